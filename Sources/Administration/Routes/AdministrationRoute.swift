/// What a path of the administration leads to. Decided once, from the decoded path.
package enum AdministrationRoute: Sendable, Hashable {
  /// What the caller's key sees of itself.
  case key
  case keys
  /// One key, by its hash as it stands in the path.
  case storedKey(hash: String)
  case credits
  /// The balance in the form that LibreChat asks for.
  case balance
  case activity
  case generation
  /// Where somebody who is logged in gets a code.
  case loginCode
  /// Where a code becomes a key.
  case login
  case workspaces
  /// One workspace, by its id or slug, and what belongs to it.
  case workspace(String)
  case members(String)
  case addMembers(String)
  case removeMembers(String)
  case budgets(String)
  case budget(String, interval: String)

  /// The route of a path behind `/v1`, or nil.
  package init?(versioned path: Substring) {
    let parts = path.split(separator: "/" as Character, maxSplits: 5, omittingEmptySubsequences: false).map(String.init)
    guard parts.count >= 2, parts[0].isEmpty else { return nil }
    switch parts[1] {
    case "key" where parts.count == 2: self = .key
    case "credits" where parts.count == 2: self = .credits
    case "activity" where parts.count == 2: self = .activity
    case "generation" where parts.count == 2: self = .generation
    case "keys" where parts.count == 2: self = .keys
    case "keys" where parts.count == 3:
      // OpenRouter's examples write `/keys/`.
      self = parts[2].isEmpty ? .keys : .storedKey(hash: parts[2])
    case "auth" where parts.dropFirst(2) == ["keys"]: self = .login
    case "auth" where parts.dropFirst(2) == ["keys", "code"]: self = .loginCode
    case "workspaces" where parts.count == 2: self = .workspaces
    case "workspaces" where !parts[2].isEmpty: self.init(workspace: parts[2], parts.dropFirst(3))
    default: return nil
    }
  }

  private init?(workspace id: String, _ rest: ArraySlice<String>) {
    switch rest {
    case []: self = .workspace(id)
    case ["members"]: self = .members(id)
    case ["members", "add"]: self = .addMembers(id)
    case ["members", "remove"]: self = .removeMembers(id)
    case ["budgets"]: self = .budgets(id)
    default:
      guard rest.count == 2, rest.first == "budgets", let interval = rest.last, !interval.isEmpty else { return nil }
      self = .budget(id, interval: interval)
    }
  }

  /// The methods it answers; `HEAD` goes with `GET`.
  package var methods: [AdministrationMethod] {
    switch self {
    case .key, .balance, .activity, .generation, .members, .budgets: [.get]
    case .keys, .credits, .workspaces: [.get, .post]
    case .storedKey, .workspace: [.get, .patch, .delete]
    case .loginCode, .login, .addMembers, .removeMembers: [.post]
    case .budget: [.get, .put, .delete]
    }
  }

  /// Who may use it, whatever the method.
  package var access: RouteAccess {
    switch self {
    case .login: .open
    case .key, .balance, .generation: .key
    case .keys, .storedKey, .credits, .activity, .loginCode, .workspaces, .workspace, .members, .addMembers,
      .removeMembers, .budgets, .budget:
      .management
    }
  }
}

import Administration
import Ledger

/// Who makes a request and what the key allows. Immutable: a change of a key makes another one.
package final class Caller: Sendable {
  /// The key's name; `anonymous` where no key is needed.
  package let name: String
  /// What is shown of the key.
  let label: String
  /// Who had the key made.
  let creator: String?
  /// What the key is for.
  package let role: StoredKey.Role
  /// Model patterns the key may use; nil: all.
  package let allowedModels: [String]?
  /// Providers the key may use; nil: all.
  package let allowedProviders: [String]?
  /// Whether the key reaches endpoints that retain nothing only.
  package let zdr: Bool
  /// What the key has spent and may spend.
  package let account: KeyAccount
  /// The id of the key's workspace; empty: none.
  package let workspace: String
  /// From when on the key is refused. Unit: seconds since 1970; nil: never.
  let expiresAt: Int64?
  /// Whether the key is refused for now.
  let isDisabled: Bool

  /// A caller with what its key allows.
  package init(
    name: String, label: String = "", creator: String? = nil, role: StoredKey.Role, account: KeyAccount,
    limits: KeyLimits = KeyLimits(), workspace: String = "", expiresAt: Int64? = nil, isDisabled: Bool = false
  ) {
    self.name = name
    self.label = label
    self.creator = creator
    self.role = role
    self.account = account
    self.workspace = workspace
    self.expiresAt = expiresAt
    self.isDisabled = isDisabled
    allowedModels = limits.allowedModels
    allowedProviders = limits.allowedProviders
    zdr = limits.zdr
  }

  /// Whoever comes, where no key is needed.
  package static func anonymous(_ account: KeyAccount, workspace: String) -> Caller {
    Caller(name: "anonymous", role: .user, account: account, workspace: workspace)
  }

  /// Whether nobody in particular calls: only whoever comes without a key has no number in the books.
  var isAnonymous: Bool { account.number == 0 }

  /// The caller as the administration sees it.
  var administrationCaller: AdministrationCaller {
    guard !isAnonymous else { return .anonymous }
    return AdministrationCaller(
      number: account.number, role: role, name: name, label: label, creator: creator,
      expiresAt: expiresAt)
  }
}

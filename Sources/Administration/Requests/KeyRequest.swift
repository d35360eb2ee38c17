import Core
import JSON
import Ledger

/// What a request wants of a key: `POST /keys`, `PATCH /keys/{hash}`. Members of OpenRouter's interface, and our own:
/// `requests_per_minute`, `tokens_per_minute`, `max_concurrent`, `allowed_models`, `allowed_providers`, `zdr`.
package struct KeyRequest: Sendable {
  /// What becomes of a member.
  private enum Change: Sendable {
    case name(String)
    case disabled(Bool)
    case limit(Money?)
    case reset(LimitReset?)
    case requestsPerMinute(Int64?)
    case tokensPerMinute(Int64?)
    case maxConcurrent(Int64?)
    case allowedModels([String]?)
    case allowedProviders([String]?)
    case zdr(Bool)
    case expiresAt(Int64?)
    case workspace(String)
    case creator(String?)
  }

  private var changes: [Change] = []

  /// Reads the body of `POST /keys`. Throws a 400 that names the member.
  package static func creation(_ body: JSONValue) throws(GatewayError) -> KeyRequest {
    let members = try RequestMembers(body)
    var request = KeyRequest()
    request.changes = [.name(try members.required("name", members.text("name"), "what people call the key"))]
    try request.readLimits(members)
    try request.readOrigin(members)
    request.add(try members.text("creator_user_id"), Change.creator)
    return request
  }

  /// Reads what the body of `POST /auth/keys/code` says of the key to be; `name` is its name where the body gives none.
  static func login(_ members: RequestMembers, name: String) throws(GatewayError) -> KeyRequest {
    var request = KeyRequest()
    request.changes = [.name(try members.optional("key_label", members.text("key_label", limit: 100)) ?? name)]
    request.add(try members.amount("limit"), Change.limit)
    let resets = LimitReset.allCases.map(\.rawValue)
    request.add(try members.word("usage_limit_type", resets, LimitReset.init(rawValue:)), Change.reset)
    try request.readOrigin(members)
    return request
  }

  /// Reads the body of `PATCH /keys/{hash}`: what is absent stays, `null` clears. Throws a 400 that names the member.
  package static func change(_ body: JSONValue) throws(GatewayError) -> KeyRequest {
    let members = try RequestMembers(body)
    var request = KeyRequest()
    if let name = try members.optional("name", members.text("name")) { request.changes.append(.name(name)) }
    if let disabled = try members.optional("disabled", members.flag("disabled")) {
      request.changes.append(.disabled(disabled))
    }
    try request.readLimits(members)
    return request
  }

  /// Applies what was asked to a key.
  package func apply(to key: inout StoredKey) {
    for change in changes {
      switch change {
      case .name(let name): key.name = name
      case .disabled(let disabled): key.disabled = disabled
      case .limit(let limit): key.limits.limit = limit
      case .reset(let reset): key.limits.reset = reset
      case .requestsPerMinute(let count): key.limits.requestsPerMinute = count
      case .tokensPerMinute(let count): key.limits.tokensPerMinute = count
      case .maxConcurrent(let count): key.limits.maxConcurrent = count
      case .allowedModels(let models): key.limits.allowedModels = models
      case .allowedProviders(let providers): key.limits.allowedProviders = providers
      case .zdr(let zdr): key.limits.zdr = zdr
      case .expiresAt(let seconds): key.expiresAt = seconds
      case .workspace(let workspace): key.workspace = workspace
      case .creator(let creator): key.creator = creator
      }
    }
  }

  private mutating func readLimits(_ members: RequestMembers) throws(GatewayError) {
    add(try members.amount("limit"), Change.limit)
    add(try members.word("limit_reset", LimitReset.allCases.map(\.rawValue), LimitReset.init(rawValue:)), Change.reset)
    add(try members.count("requests_per_minute", in: 1...1_000_000_000), Change.requestsPerMinute)
    add(try members.count("tokens_per_minute", in: 1...1_000_000_000), Change.tokensPerMinute)
    add(try members.count("max_concurrent", in: 1...1_000_000_000), Change.maxConcurrent)
    add(try members.texts("allowed_models"), Change.allowedModels)
    add(try members.texts("allowed_providers"), Change.allowedProviders)
    if let zdr = try members.optional("zdr", members.flag("zdr")) { changes.append(.zdr(zdr)) }
    // There are no providers' keys of callers here, so that the flag changes nothing.
    _ = try members.optional("include_byok_in_limit", members.flag("include_byok_in_limit"))
  }

  /// Where the key belongs and until when: what cannot be changed later.
  private mutating func readOrigin(_ members: RequestMembers) throws(GatewayError) {
    add(try members.instant("expires_at"), Change.expiresAt)
    if let workspace = try members.optional("workspace_id", members.text("workspace_id")) {
      changes.append(.workspace(workspace))
    }
  }

  private mutating func add<Value>(_ presence: RequestMembers.Presence<Value>, _ make: (Value?) -> Change) {
    switch presence {
    case .absent: break
    case .null: changes.append(make(nil))
    case .value(let value): changes.append(make(value))
    }
  }
}

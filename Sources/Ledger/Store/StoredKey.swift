import Core

/// When a limit's spending begins again at zero, in UTC.
package enum LimitReset: String, Sendable, CaseIterable {
  /// At midnight.
  case daily
  /// At midnight before Monday.
  case weekly
  /// At midnight before the first of the month.
  case monthly
}

/// What a key may do and spend.
package struct KeyLimits: Sendable, Hashable {
  /// Most it may spend in a window; nil: no limit.
  package var limit: Money?
  /// When spending begins again at zero; nil: never.
  package var reset: LimitReset?
  /// Most requests in any minute; nil: no limit.
  package var requestsPerMinute: Int64?
  /// Most tokens in any minute; nil: no limit.
  package var tokensPerMinute: Int64?
  /// Most requests at a time; nil: no limit.
  package var maxConcurrent: Int64?
  /// Model ids it may ask for; a `*` at the end matches any rest. Nil: every model.
  package var allowedModels: [String]?
  /// Slugs of providers its requests may go to. Nil: every provider.
  package var allowedProviders: [String]?
  /// Whether its requests go to endpoints with zero data retention only.
  package var zdr: Bool

  /// Limits; what is left out is not limited.
  package init(
    limit: Money? = nil, reset: LimitReset? = nil, requestsPerMinute: Int64? = nil, tokensPerMinute: Int64? = nil,
    maxConcurrent: Int64? = nil, allowedModels: [String]? = nil, allowedProviders: [String]? = nil, zdr: Bool = false
  ) {
    self.limit = limit
    self.reset = reset
    self.requestsPerMinute = requestsPerMinute
    self.tokensPerMinute = tokensPerMinute
    self.maxConcurrent = maxConcurrent
    self.allowedModels = allowedModels
    self.allowedProviders = allowedProviders
    self.zdr = zdr
  }
}

/// A key that callers present, as the store keeps it: never the key itself.
package struct StoredKey: Sendable, Hashable {
  /// What a key is good for.
  package enum Role: String, Sendable, CaseIterable {
    /// May infer.
    case user
    /// May administer, may not infer.
    case management
  }

  /// Where a key was made.
  package enum Source: String, Sendable, CaseIterable {
    /// By the administration; it lives in the store.
    case store
    /// In the configuration; the store keeps only what names it in the books.
    case configuration
  }

  /// The store's number of the key, what records refer to; it outlives rotations. 0 before it is stored.
  package var number: Int64
  /// SHA-256 of the key.
  package var hash: KeyHash
  /// What the key is good for.
  package var role: Role
  /// Where it was made.
  package var source: Source
  /// What people call it.
  package var name: String
  /// What is shown of it, such as `sk-pb-v1-abc…x7qa`.
  package var label: String
  /// When it was made. Unit: seconds since 1970.
  package var createdAt: Int64
  /// When it was last changed. Unit: seconds since 1970; nil: never.
  package var updatedAt: Int64?
  /// Whether it is refused for now.
  package var disabled: Bool
  /// From when on it is refused. Unit: seconds since 1970; nil: never.
  package var expiresAt: Int64?
  /// When it was deleted; a deleted key stays for the books. Unit: seconds since 1970.
  package var deletedAt: Int64?
  /// The hash before the last rotation, which is good until `previousUntil`.
  package var previousHash: KeyHash?
  /// Until when the previous key is good as well. Unit: seconds since 1970.
  package var previousUntil: Int64?
  /// What it may do and spend.
  package var limits: KeyLimits
  /// The id of its workspace; empty: the default one, before it is stored.
  package var workspace: String
  /// Who made it, as the maker said.
  package var creator: String?

  /// A key as it is stored.
  package init(
    number: Int64 = 0, hash: KeyHash, role: Role, source: Source = .store, name: String, label: String,
    createdAt: Int64, updatedAt: Int64? = nil, disabled: Bool = false, expiresAt: Int64? = nil,
    deletedAt: Int64? = nil, previousHash: KeyHash? = nil, previousUntil: Int64? = nil,
    limits: KeyLimits = KeyLimits(), workspace: String = "", creator: String? = nil
  ) {
    self.number = number
    self.hash = hash
    self.role = role
    self.source = source
    self.name = name
    self.label = label
    self.createdAt = createdAt
    self.updatedAt = updatedAt
    self.disabled = disabled
    self.expiresAt = expiresAt
    self.deletedAt = deletedAt
    self.previousHash = previousHash
    self.previousUntil = previousUntil
    self.limits = limits
    self.workspace = workspace
    self.creator = creator
  }

  /// What is shown of a key: enough to recognise it, far too little to guess it.
  package static func label(of key: String) -> String { key.prefix(12) + "…" + key.suffix(4) }

  /// The hashes that are good at an instant in seconds since 1970: none for a key that is disabled, expired or deleted,
  /// two while a rotation's grace lasts.
  package func validHashes(at now: Int64) -> [KeyHash] {
    if disabled || deletedAt != nil { return [] }
    if let expiresAt, expiresAt <= now { return [] }
    if let previousHash, let previousUntil, previousUntil > now { return [hash, previousHash] }
    return [hash]
  }
}

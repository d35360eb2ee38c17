import Core
import Ledger

extension SQLiteStore {
  private static let columns = """
    number, hash, role, source, name, label, created_at, updated_at, disabled, expires_at, deleted_at, previous_hash,
    previous_until, limit_amount, limit_reset, requests_per_minute, tokens_per_minute, max_concurrent, allowed_models,
    allowed_providers, zdr, workspace, creator
    """

  /// Keys that were made or changed after a revision.
  package func keys(changedAfter revision: Int64) throws(StoreError) -> [StoredKey] {
    try read { database throws(StoreError) in
      let statement = try database.prepare(
        "SELECT \(SQLiteStore.columns) FROM keys WHERE revision > ? ORDER BY number")
      try statement.bind(1, revision)
      var keys: [StoredKey] = []
      while try statement.step() { keys.append(try SQLiteStore.key(statement)) }
      return keys
    }
  }

  /// The key with that hash. A key of the store may be one of the configuration, too; the store's comes first.
  package func key(hash: KeyHash) throws(StoreError) -> StoredKey? {
    try read { database throws(StoreError) in
      for (source, index) in [("store", "stored_keys"), ("configuration", "configured_keys")] {
        // The source stands in the text, so that the index over its keys can be used.
        let row = try database.cached(
          """
          SELECT \(SQLiteStore.columns) FROM keys INDEXED BY \(index) WHERE source = '\(source)' AND hash = ?
          ORDER BY number DESC LIMIT 1
          """)
        try row.bind(1, hash.bytes)
        defer { row.reset() }
        if try row.step() { return try SQLiteStore.key(row) }
      }
      return nil
    }
  }

  /// A part of the keys that a question is about.
  package func keys(_ query: KeyQuery) throws(StoreError) -> [StoredKey] {
    try read { database throws(StoreError) in
      let row = try database.cached(
        """
        SELECT \(SQLiteStore.columns) FROM keys WHERE source = ? AND role = ? AND workspace = ? AND disabled <= ?
        AND deleted_at IS NULL ORDER BY number LIMIT ? OFFSET ?
        """)
      try row.bind(1, query.source.rawValue)
      try row.bind(2, query.role.rawValue)
      try row.bind(3, query.workspace)
      try row.bind(4, query.includesDisabled ? 1 : 0)
      try row.bind(5, Int64(query.limit))
      try row.bind(6, Int64(query.offset))
      defer { row.reset() }
      var keys: [StoredKey] = []
      while try row.step() { keys.append(try SQLiteStore.key(row)) }
      return keys
    }
  }

  /// Stores a key.
  package func insert(_ key: StoredKey, by administrator: Administrator) throws(StoreError) -> StoredKey {
    try administer(administrator) { (database, revision) throws(StoreError) in
      let stored = try SQLiteStore.insert(key, revision, database)
      let note = AuditNote(action: "key.create", subject: stored.hash.hexadecimal, detail: stored.summary)
      return (stored, note)
    }
  }

  /// Names a key of the configuration in the books: the one of that name, else the one with that hash, which was renamed.
  package func register(configured key: StoredKey) throws(StoreError) -> Int64 {
    try write { database throws(StoreError) in
      let known = try database.cached(
        """
        SELECT number, name = ?1 AND hash = ?2 FROM keys WHERE source = 'configuration' AND (name = ?1 OR hash = ?2)
        ORDER BY name = ?1 DESC LIMIT 1
        """)
      try known.bind(1, key.name)
      try known.bind(2, key.hash.bytes)
      defer { known.reset() }
      guard try known.step() else {
        var key = key
        key.source = .configuration
        return try SQLiteStore.insert(key, 0, database).number
      }
      let number = known.integer(0)
      if known.integer(1) != 0 { return number }
      let update = try database.prepare("UPDATE keys SET name = ?, hash = ?, label = ? WHERE number = ?")
      try update.bind(1, key.name)
      try update.bind(2, key.hash.bytes)
      try update.bind(3, key.label)
      try update.bind(4, number)
      try update.finish()
      return number
    }
  }

  /// Changes a key.
  package func change(
    key number: Int64, action: String, by administrator: Administrator,
    _ change: @Sendable (inout StoredKey) -> Void
  ) throws(StoreError) -> StoredKey {
    try administer(administrator) { (database, revision) throws(StoreError) in
      let statement = try database.prepare(
        "SELECT \(SQLiteStore.columns) FROM keys WHERE number = ? AND deleted_at IS NULL AND source = 'store'")
      try statement.bind(1, number)
      guard try statement.step() else { throw .notFound("key with that hash or name") }
      var key = try SQLiteStore.key(statement)
      statement.reset()
      let before = key
      change(&key)
      key.number = number
      key.updatedAt = administrator.now
      let places = Array(repeating: "?", count: 22).joined(separator: ", ")
      let update = try database.prepare(
        """
        UPDATE keys SET (hash, role, source, name, label, created_at, updated_at, disabled, expires_at, deleted_at,
          previous_hash, previous_until, limit_amount, limit_reset, requests_per_minute, tokens_per_minute,
          max_concurrent, allowed_models, allowed_providers, zdr, workspace, creator) = (\(places)), revision = ?
        WHERE number = ?
        """)
      try SQLiteStore.bind(key, to: update)
      try update.bind(23, revision)
      try update.bind(24, number)
      try update.finish()
      return (key, AuditNote(action: action, subject: before.hash.hexadecimal, detail: key.summary))
    }
  }

  private static func insert(_ key: StoredKey, _ revision: Int64, _ database: Database) throws(StoreError) -> StoredKey
  {
    var key = key
    if key.workspace.isEmpty { key.workspace = try defaultWorkspace(database) }
    let places = Array(repeating: "?", count: 23).joined(separator: ", ")
    let statement = try database.cached(
      """
      INSERT INTO keys (hash, role, source, name, label, created_at, updated_at, disabled, expires_at, deleted_at,
        previous_hash, previous_until, limit_amount, limit_reset, requests_per_minute, tokens_per_minute,
        max_concurrent, allowed_models, allowed_providers, zdr, workspace, creator, revision) VALUES (\(places))
      """)
    try bind(key, to: statement)
    try statement.bind(23, revision)
    try statement.finish()
    key.number = database.lastRow
    return key
  }

  private static func bind(_ key: StoredKey, to statement: Statement) throws(StoreError) {
    try statement.bind(1, key.hash.bytes)
    try statement.bind(2, key.role.rawValue)
    try statement.bind(3, key.source.rawValue)
    try statement.bind(4, key.name)
    try statement.bind(5, key.label)
    try statement.bind(6, key.createdAt)
    try statement.bind(7, ifAny: key.updatedAt)
    try statement.bind(8, key.disabled ? 1 : 0)
    try statement.bind(9, ifAny: key.expiresAt)
    try statement.bind(10, ifAny: key.deletedAt)
    try statement.bind(11, ifAny: key.previousHash?.bytes)
    try statement.bind(12, ifAny: key.previousUntil)
    try statement.bind(13, ifAny: key.limits.limit?.units)
    try statement.bind(14, ifAny: key.limits.reset?.rawValue)
    try statement.bind(15, ifAny: key.limits.requestsPerMinute)
    try statement.bind(16, ifAny: key.limits.tokensPerMinute)
    try statement.bind(17, ifAny: key.limits.maxConcurrent)
    try statement.bind(18, ifAny: key.limits.allowedModels?.joined(separator: "\n"))
    try statement.bind(19, ifAny: key.limits.allowedProviders?.joined(separator: "\n"))
    try statement.bind(20, key.limits.zdr ? 1 : 0)
    try statement.bind(21, key.workspace)
    try statement.bind(22, ifAny: key.creator)
  }

  private static func key(_ row: Statement) throws(StoreError) -> StoredKey {
    guard let hash = KeyHash(bytes: row.blob(1)), let role = StoredKey.Role(rawValue: row.text(2)),
      let source = StoredKey.Source(rawValue: row.text(3))
    else { throw .failed(step: "read a key", reason: "it is not one that this program writes") }
    return StoredKey(
      number: row.integer(0), hash: hash, role: role, source: source, name: row.text(4), label: row.text(5),
      createdAt: row.integer(6), updatedAt: row.integer(ifAny: 7), disabled: row.integer(8) != 0,
      expiresAt: row.integer(ifAny: 9), deletedAt: row.integer(ifAny: 10),
      previousHash: row.isNull(11) ? nil : KeyHash(bytes: row.blob(11)), previousUntil: row.integer(ifAny: 12),
      limits: KeyLimits(
        limit: row.integer(ifAny: 13).map(Money.init(units:)),
        reset: row.text(ifAny: 14).flatMap(LimitReset.init(rawValue:)), requestsPerMinute: row.integer(ifAny: 15),
        tokensPerMinute: row.integer(ifAny: 16), maxConcurrent: row.integer(ifAny: 17),
        allowedModels: list(row.text(ifAny: 18)), allowedProviders: list(row.text(ifAny: 19)),
        zdr: row.integer(20) != 0),
      workspace: row.text(21), creator: row.text(ifAny: 22))
  }

  private static func list(_ text: String?) -> [String]? { text?.split(separator: "\n").map(String.init) }
}

extension StoredKey {
  /// What the audit log says of a key: everything but the key.
  fileprivate var summary: String {
    var parts = ["name=\(name)", "role=\(role.rawValue)", "label=\(label)"]
    if disabled { parts.append("disabled") }
    if let expiresAt { parts.append("expires=\(expiresAt)") }
    if let limit = limits.limit { parts.append("limit=\(limit.dollars)/\(limits.reset?.rawValue ?? "never")") }
    if let value = limits.requestsPerMinute { parts.append("rpm=\(value)") }
    if let value = limits.tokensPerMinute { parts.append("tpm=\(value)") }
    if let value = limits.maxConcurrent { parts.append("concurrent=\(value)") }
    if let value = limits.allowedModels { parts.append("models=\(value.joined(separator: ","))") }
    if let value = limits.allowedProviders { parts.append("providers=\(value.joined(separator: ","))") }
    if limits.zdr { parts.append("zdr") }
    if deletedAt != nil { parts.append("deleted") }
    return parts.joined(separator: " ")
  }
}

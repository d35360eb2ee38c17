import Configuration
import Core
import Gateway
import Ledger
import LedgerSQLite

/// A key of the store, as the key table wants it.
struct KnownKey: Sendable {
  /// The key's hash.
  let digest: KeyDigest
  /// Whom it stands for.
  let caller: Caller
}

/// Keys of the store; on the first start of a gateway that needs keys and has none, it makes two.
enum FirstStart {
  /// A key that has just been made, to be printed once.
  struct GeneratedKey {
    let role: Caller.Role
    let key: String
  }

  /// The store's keys and those made now. The store is opened only when it can matter, so that a laptop without a file
  /// is left without one. Throws the store's errors.
  static func keys(
    _ configuration: Configuration
  ) throws -> (table: [KnownKey], generated: [GeneratedKey]) {
    let access = configuration.access
    guard access.requireKey || configuration.storage.isExplicit else { return ([], []) }
    let hasOwn = !access.keys.isEmpty || !access.managementKeys.isEmpty
    if hasOwn, !configuration.storage.isExplicit { return ([], []) }
    let store = try SQLiteStore.open(
      path: configuration.storage.path, sync: configuration.storage.sync == .power ? .power : .process)
    let now = WallClock.seconds()
    var stored = try store.keys(changedAfter: 0).filter { $0.source == .store && $0.deletedAt == nil }
    var generated: [GeneratedKey] = []
    if stored.isEmpty, !hasOwn, access.requireKey {
      for role in [Caller.Role.user, .management] {
        let key = Identifier.key()
        let record = StoredKey(
          hash: KeyHash(key), role: role == .user ? .user : .management, name: "first-\(role.rawValue)",
          label: StoredKey.label(of: key), createdAt: now)
        stored.append(try store.insert(record, by: Administrator("server", now: now)))
        generated.append(GeneratedKey(role: role, key: key))
      }
    }
    return (stored.flatMap { knownKeys($0, now) }, generated)
  }

  /// The hashes of a key that are good now; two while a rotation's grace lasts.
  private static func knownKeys(_ record: StoredKey, _ now: Int64) -> [KnownKey] {
    let limits = record.limits
    let caller = Caller(
      name: record.name, role: record.role == .user ? .user : .management, allowedModels: limits.allowedModels,
      allowedProviders: limits.allowedProviders, zdr: limits.zdr)
    return record.validHashes(at: now).compactMap { hash in
      KeyDigest(stored: hash.bytes).map { KnownKey(digest: $0, caller: caller) }
    }
  }
}

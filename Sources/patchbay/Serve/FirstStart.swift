import Configuration
import Core
import Gateway
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
    let store = try KeyStore.open(
      path: configuration.storage.path, sync: configuration.storage.sync == .power ? .power : .process)
    var stored = try store.allKeys()
    var generated: [GeneratedKey] = []
    if stored.isEmpty, !hasOwn, access.requireKey {
      for role in [Caller.Role.user, .management] {
        let key = Identifier.key()
        let record = StoredKey(
          hash: KeyDigest(key).bytes, role: role == .user ? .user : .management, name: "first-\(role.rawValue)",
          display: String(key.prefix(12)) + "…" + String(key.suffix(4)), createdAt: WallClock.seconds(), disabled: false
        )
        try store.insert(record)
        stored.append(record)
        generated.append(GeneratedKey(role: role, key: key))
      }
    }
    return (stored.compactMap(knownKey), generated)
  }

  private static func knownKey(_ record: StoredKey) -> KnownKey? {
    guard !record.disabled, let digest = KeyDigest(stored: record.hash) else { return nil }
    return KnownKey(
      digest: digest, caller: Caller(name: record.name, role: record.role == .user ? .user : .management))
  }
}

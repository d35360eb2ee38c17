import Configuration
import Core
import Gateway
import Ledger

/// The first start of a gateway that needs keys and has none: it makes two.
enum FirstStart {
  /// A key that has just been made, to be printed once.
  struct GeneratedKey {
    let role: StoredKey.Role
    let key: String
  }

  /// Makes a user key and a management key in the store, when keys are needed and neither the configuration nor the store
  /// has any. Throws the store's errors.
  static func keys(
    _ access: AccessSettings, stored: [StoredKey], _ store: any LedgerStore, now: Int64
  ) throws(StoreError) -> [GeneratedKey] {
    guard access.requireKey, access.keys.isEmpty, access.managementKeys.isEmpty,
      !stored.contains(where: { $0.source == .store && $0.deletedAt == nil })
    else { return [] }
    var generated: [GeneratedKey] = []
    for role in [StoredKey.Role.user, .management] {
      let key = Identifier.key()
      let record = StoredKey(
        hash: KeyHash(key), role: role, name: "first-\(role.rawValue)", label: StoredKey.label(of: key), createdAt: now)
      _ = try store.insert(record, by: Administrator("server", now: now))
      generated.append(GeneratedKey(role: role, key: key))
    }
    return generated
  }
}

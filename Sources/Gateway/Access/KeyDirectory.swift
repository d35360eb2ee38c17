import Configuration
import Core
import Ledger

/// The keys of the configuration and of the store, brought together into the table that loops look keys up in. Belongs to
/// whoever makes and changes it, one thread at a time, never a loop.
package struct KeyDirectory {
  /// The table as it is now.
  package private(set) var table = KeyTable()
  private let accounts: Accounts
  /// The store's keys by their numbers.
  private var stored: [Int64: [(hash: KeyHash, caller: Caller)]] = [:]
  private var configured: [KeyHash: Caller] = [:]

  /// A key of the configuration with the number that the store has given it.
  package struct ConfiguredKey: Sendable {
    /// As the store names it.
    package let key: StoredKey
    /// What it has spent so far.
    package let spending: Spending

    /// A key and its spending.
    package init(key: StoredKey, spending: Spending) {
      self.key = key
      self.spending = spending
    }
  }

  /// No keys yet; what they may spend stands in `accounts`.
  package init(accounts: Accounts) { self.accounts = accounts }

  /// Puts the keys of a configuration in the place of those of the one before. Where the store has the same key, the
  /// configuration's entry counts.
  package mutating func replaceConfigured(_ keys: [ConfiguredKey], time: AdmissionTime) {
    let old = configured
    configured = [:]
    for entry in keys {
      let account = accounts.apply(entry.key, spending: entry.spending, time: time)
      configured[entry.key.hash] = KeyDirectory.caller(entry.key, account)
    }
    for hash in old.keys { table[hash: hash] = nil }
    if !old.isEmpty {
      for entry in stored.values.joined() where old[entry.hash] != nil { table[hash: entry.hash] = entry.caller }
    }
    for (hash, caller) in configured { table[hash: hash] = caller }
  }

  /// Takes over keys of the store that were made or changed.
  package mutating func apply(_ keys: [StoredKey], time: AdmissionTime) {
    for key in keys where key.source == .store {
      for entry in stored.removeValue(forKey: key.number) ?? [] { table[hash: entry.hash] = configured[entry.hash] }
      if key.deletedAt != nil { continue }
      let account = accounts.apply(key, time: time)
      var entries = [(hash: key.hash, caller: KeyDirectory.caller(key, account))]
      if let previous = key.previousHash, let until = key.previousUntil {
        entries.append((previous, KeyDirectory.caller(key, account, until: until)))
      }
      for entry in entries where configured[entry.hash] == nil { table[hash: entry.hash] = entry.caller }
      stored[key.number] = entries
    }
  }

  private static func caller(_ key: StoredKey, _ account: KeyAccount, until: Int64? = nil) -> Caller {
    let ends = [key.expiresAt, until].compactMap { $0 }
    return Caller(
      name: key.name, label: key.label, creator: key.creator, role: key.role, account: account,
      limits: key.limits, workspace: key.workspace, expiresAt: ends.min(), isDisabled: key.disabled)
  }
}

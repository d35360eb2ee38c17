import Core
import Glibc
import Synchronization

/// The keys that are kept in a SQLite file. Several processes may use one file at a time. Every call blocks: never on
/// a loop. Safe from any thread.
package final class KeyStore: Sendable {
  /// What a change that has returned survives.
  package enum Sync: Sendable {
    /// The end of the process.
    case process
    /// Also a power cut.
    case power
  }

  private let database: Mutex<Database>

  private init(_ database: sending Database) { self.database = Mutex(database) }

  /// Opens the file at `path`, makes it (readable by its owner only) when it does not exist, and brings its schema up to
  /// date. Throws when the file cannot be opened, is no store, or was written by a newer program.
  package static func open(path: String, sync: Sync) throws(KeyStoreError) -> KeyStore {
    try create(path)
    let database = try Database(path: path)
    try database.run("PRAGMA busy_timeout = 5000")
    try database.run("PRAGMA journal_mode = WAL")
    try database.run("PRAGMA synchronous = \(sync == .power ? "FULL" : "NORMAL")")
    try Schema.migrate(database, path: path)
    return KeyStore(database)
  }

  /// SQLite would make the file readable by everyone; the files beside it take the mode of this one.
  private static func create(_ path: String) throws(KeyStoreError) {
    let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw .cannotOpen(path: path, reason: SystemFailure.text(SystemFailure("open").code))
    }
    close(descriptor)
  }

  /// Every key, in the order in which they were made.
  package func allKeys() throws(KeyStoreError) -> [StoredKey] {
    try locked { database throws(KeyStoreError) in
      let statement = try database.prepare(
        "SELECT hash, role, name, display, created_at, disabled FROM keys ORDER BY created_at, rowid")
      var keys: [StoredKey] = []
      while try statement.step() {
        guard let role = StoredKey.Role(rawValue: statement.text(1)) else {
          throw .failed(step: "read a key", reason: "its role is not known")
        }
        keys.append(
          StoredKey(
            hash: statement.blob(0), role: role, name: statement.text(2), display: statement.text(3),
            createdAt: statement.integer(4), disabled: statement.integer(5) != 0))
      }
      return keys
    }
  }

  /// Stores a key; it is on the disk, as far as `sync` promises, when the call returns. Throws `duplicateKey` when its
  /// hash is stored already.
  package func insert(_ key: StoredKey) throws(KeyStoreError) {
    precondition(key.hash.count == 32, "a SHA-256 has 32 bytes")
    try locked { database throws(KeyStoreError) in
      let statement = try database.prepare(
        "INSERT INTO keys (hash, role, name, display, created_at, disabled) VALUES (?, ?, ?, ?, ?, ?)")
      try statement.bind(1, key.hash)
      try statement.bind(2, key.role.rawValue)
      try statement.bind(3, key.name)
      try statement.bind(4, key.display)
      try statement.bind(5, key.createdAt)
      try statement.bind(6, key.disabled ? 1 : 0)
      _ = try statement.step()
    }
  }

  private func locked<Value: Sendable>(
    _ body: (Database) throws(KeyStoreError) -> Value
  ) throws(KeyStoreError) -> Value {
    let result: Result<Value, KeyStoreError> = database.withLock { database in
      do throws(KeyStoreError) {
        return .success(try body(database))
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }
}

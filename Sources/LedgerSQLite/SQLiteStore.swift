import Core
import Glibc
import Ledger
import Synchronization

/// The books in a SQLite file. Several processes may use one file at a time. Every call blocks: never on a loop. Safe from
/// any thread.
package final class SQLiteStore: LedgerStore {
  /// What a change that has returned survives.
  package enum Sync: Sendable {
    /// The end of the process.
    case process
    /// Also a power cut.
    case power
  }

  /// How long a call waits for another process that is writing. Unit: milliseconds.
  static let busyTimeout = 5000

  /// The path of the file.
  package let path: String
  private let database: Mutex<Database>
  /// The numbers of dimensions that are in the file already; the file never forgets one.
  let dimensions = Mutex<[Dimension: Int64]>([:])

  private init(_ database: sending Database, path: String) {
    self.path = path
    self.database = Mutex(database)
  }

  /// Opens the file at `path`, makes it (readable by its owner only) when it does not exist, and brings its schema up to
  /// date. Throws when the file cannot be opened, is no store, or was written by a newer program.
  package static func open(path: String, sync: Sync) throws(StoreError) -> SQLiteStore {
    try create(path)
    return try open(existing: path, sync: sync)
  }

  /// Like `open`, but throws when there is no file.
  package static func open(existing path: String, sync: Sync = .process) throws(StoreError) -> SQLiteStore {
    let database = try Database(path: path)
    try database.run("PRAGMA busy_timeout = \(busyTimeout)")
    try database.run("PRAGMA journal_mode = WAL")
    // A page that many batches change is copied into the file once instead of four times. The log grows to 16 MiB.
    database.checkpoints(above: 4000)
    try database.run("PRAGMA synchronous = \(sync == .power ? "FULL" : "NORMAL")")
    database.records.isFlushedAtOnce = sync == .power
    try Schema.migrate(database, path: path)
    return SQLiteStore(database, path: path)
  }

  /// SQLite would make the file readable by everyone; the files beside it take the mode of this one.
  private static func create(_ path: String) throws(StoreError) {
    let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      let failure = SystemFailure("open")
      if [EACCES, EROFS, EPERM].contains(failure.code), FileContents.exists(path) { throw .readOnly(path: path) }
      throw .cannotOpen(path: path, reason: SystemFailure.text(failure.code))
    }
    close(descriptor)
  }

  /// Sets how long calls wait for another process that is writing. Default: 5 seconds.
  package func waitsForOthers(milliseconds: Int) {
    _ = try? read { database throws(StoreError) in try database.run("PRAGMA busy_timeout = \(milliseconds)") }
  }

  /// What SQLite itself finds wrong with the file; empty when it is sound.
  package func integrityFaults() throws(StoreError) -> [String] {
    try read { database throws(StoreError) in
      let statement = try database.prepare("PRAGMA integrity_check(20)")
      var faults: [String] = []
      while try statement.step() { faults.append(statement.text(0)) }
      return faults == ["ok"] ? [] : faults
    }
  }

  /// The number of the schema.
  package static var schema: Int64 { Schema.current }

  /// Runs `body` on the connection, alone in this process.
  func read<Value: Sendable>(_ body: (Database) throws(StoreError) -> Value) throws(StoreError) -> Value {
    let result: Result<Value, StoreError> = database.withLock { database in
      do throws(StoreError) {
        return .success(try body(database))
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }

  /// Runs `body` as a transaction.
  func write<Value: Sendable>(_ body: (Database) throws(StoreError) -> Value) throws(StoreError) -> Value {
    try read { database throws(StoreError) in
      try database.transaction { () throws(StoreError) in try body(database) }
    }
  }

  /// Runs `body` as a transaction that is an administrative change: it gets the change's revision, and returns what the
  /// audit log says about it.
  func administer<Value: Sendable>(
    _ administrator: Administrator,
    _ body: (Database, _ revision: Int64) throws(StoreError) -> (value: Value, entry: AuditNote?)
  ) throws(StoreError) -> Value {
    try write { database throws(StoreError) in
      try database.run("UPDATE revision SET value = value + 1")
      let (value, note) = try body(database, try SQLiteStore.revision(database))
      if let note { try SQLiteStore.append(note, by: administrator, to: database) }
      return value
    }
  }

  /// The revision of the last administrative change.
  package func revision() throws(StoreError) -> Int64 {
    try read { database throws(StoreError) in try SQLiteStore.revision(database) }
  }

  private static func revision(_ database: Database) throws(StoreError) -> Int64 {
    let statement = try database.cached("SELECT value FROM revision")
    defer { statement.reset() }
    return try statement.step() ? statement.integer(0) : 0
  }
}

/// What the audit log is told about a change.
struct AuditNote {
  let action: String
  let subject: String
  var detail = ""
}

extension SQLiteStore {
  /// Appends to the audit log, within the transaction of the change.
  fileprivate static func append(
    _ note: AuditNote, by administrator: Administrator, to database: Database
  ) throws(StoreError) {
    let last = try database.cached("SELECT number, hash FROM audit_log ORDER BY number DESC LIMIT 1")
    let hasLast = try last.step()
    let number = hasLast ? last.integer(0) + 1 : 1
    let previous = hasLast ? KeyHash(bytes: last.blob(1)) : nil
    last.reset()
    let hash = AuditEntry.hash(
      previous: previous, number: number, at: administrator.now, actor: administrator.name, action: note.action,
      subject: note.subject, detail: note.detail)
    let insertion = try database.cached("INSERT INTO audit_log VALUES (?, ?, ?, ?, ?, ?, ?)")
    try insertion.bind(1, number)
    try insertion.bind(2, administrator.now)
    try insertion.bind(3, administrator.name)
    try insertion.bind(4, note.action)
    try insertion.bind(5, note.subject)
    try insertion.bind(6, note.detail)
    try insertion.bind(7, hash.bytes)
    try insertion.finish()
  }

  /// The audit log, oldest first.
  package func auditLog() throws(StoreError) -> [AuditEntry] {
    try read { database throws(StoreError) in
      let statement = try database.prepare(
        "SELECT number, at, actor, action, subject, detail, hash FROM audit_log ORDER BY number")
      var entries: [AuditEntry] = []
      while try statement.step() {
        guard let hash = KeyHash(bytes: statement.blob(6)) else {
          throw .failed(step: "read the audit log", reason: "a hash has no 32 bytes")
        }
        entries.append(
          AuditEntry(
            number: statement.integer(0), at: statement.integer(1), actor: statement.text(2),
            action: statement.text(3), subject: statement.text(4), detail: statement.text(5), hash: hash))
      }
      return entries
    }
  }
}

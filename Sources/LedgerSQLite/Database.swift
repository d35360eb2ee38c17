import CSQLite
import Ledger

/// A connection to a SQLite file. Lives behind the lock of its store; one thread at a time.
final class Database {
  private let path: String
  fileprivate let handle: OpaquePointer
  private var statements: [String: Statement] = [:]
  private var logLimit: Int32 = 1000
  /// The records beside the file.
  let records: RecordFiles
  /// Numbers of dimensions that the current transaction has made.
  var madeDimensions: Set<Int64> = []

  /// Opens an existing file.
  init(path: String) throws(StoreError) {
    records = RecordFiles(folder: path + ".records")
    var handle: OpaquePointer?
    let code = sqlite3_open_v2(path, &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nil)
    guard code == SQLITE_OK, let handle else {
      sqlite3_close_v2(handle)
      throw .cannotOpen(path: path, reason: String(cString: sqlite3_errstr(code)))
    }
    self.path = path
    self.handle = handle
    sqlite3_extended_result_codes(handle, 1)
  }

  // Statements keep the connection open until they are finalised.
  deinit {
    // The last connection copies its log into the file.
    records.flush()
    sqlite3_close_v2(handle)
  }

  /// Copies the log into the file when it is longer than `pages`, and not before the records that it speaks of are on the
  /// disk: a power cut may take the latest records and sums, but not one without the other.
  func checkpoints(above pages: Int32) {
    logLimit = pages
    // The connection outlives its hook.
    sqlite3_wal_hook(
      handle,
      { context, handle, _, pages in
        guard let context else { return SQLITE_OK }
        let database = Unmanaged<Database>.fromOpaque(context).takeUnretainedValue()
        if pages >= database.logLimit {
          database.records.flush()
          sqlite3_wal_checkpoint_v2(handle, nil, SQLITE_CHECKPOINT_PASSIVE, nil, nil)
        }
        return SQLITE_OK
      }, Unmanaged.passUnretained(self).toOpaque())
  }

  /// Runs statements without parameters, one after the other; rows are dropped.
  func script(_ sql: String) throws(StoreError) {
    let code = sqlite3_exec(handle, sql, nil, nil, nil)
    guard code == SQLITE_OK else { throw failure(code, step: "run a script") }
  }

  /// The statement of a text, compiled once for the connection; ready for its parameters. For what runs often.
  func cached(_ sql: String) throws(StoreError) -> Statement {
    if let statement = statements[sql] {
      statement.reset()
      return statement
    }
    let statement = try prepare(sql)
    statements[sql] = statement
    return statement
  }

  /// The number that the last insertion gave its row.
  var lastRow: Int64 { sqlite3_last_insert_rowid(handle) }

  /// Runs `body` alone: everything it changes, or nothing.
  func transaction<Value>(_ body: () throws(StoreError) -> Value) throws(StoreError) -> Value {
    madeDimensions = []
    try run("BEGIN IMMEDIATE")
    do throws(StoreError) {
      let value = try body()
      try run("COMMIT")
      return value
    } catch {
      try? run("ROLLBACK")
      throw error
    }
  }

  /// Runs a statement without parameters; rows are dropped.
  func run(_ sql: String) throws(StoreError) {
    let statement = try prepare(sql)
    while try statement.step() {}
  }

  /// Compiles a statement.
  func prepare(_ sql: String) throws(StoreError) -> Statement {
    var statement: OpaquePointer?
    let code = sqlite3_prepare_v2(handle, sql, -1, &statement, nil)
    guard code == SQLITE_OK, let statement else { throw failure(code, step: "prepare a statement") }
    return Statement(statement, of: self)
  }

  /// The error that the records beside the file are not as they were written.
  func damaged(_ reason: String) -> StoreError { .damaged(path: records.folder, reason: reason) }

  /// SQLITE_CONSTRAINT_PRIMARYKEY, a macro that Swift does not import.
  private static let duplicatePrimaryKey = SQLITE_CONSTRAINT | (6 << 8)
  /// SQLITE_CONSTRAINT_UNIQUE, likewise.
  private static let duplicateValue = SQLITE_CONSTRAINT | (8 << 8)

  /// The error that an SQLite result code means.
  func failure(_ code: Int32, step: String) -> StoreError {
    let reason = String(cString: sqlite3_errmsg(handle))
    switch code & 0xFF {
    case SQLITE_NOTADB, SQLITE_CORRUPT: return .damaged(path: path, reason: reason)
    case SQLITE_CANTOPEN, SQLITE_PERM: return .cannotOpen(path: path, reason: reason)
    case SQLITE_READONLY: return .readOnly(path: path)
    case SQLITE_BUSY, SQLITE_LOCKED: return .busy
    case SQLITE_FULL: return .full
    case SQLITE_CONSTRAINT where code == Database.duplicatePrimaryKey || code == Database.duplicateValue:
      return .duplicateKey
    default: return .failed(step: step, reason: reason)
    }
  }
}

/// A compiled statement; finalised when it is let go.
final class Statement {
  private let handle: OpaquePointer
  private let database: Database

  /// Takes over a compiled statement; keeps its connection open.
  fileprivate init(_ handle: OpaquePointer, of database: Database) {
    self.handle = handle
    self.database = database
  }

  deinit { sqlite3_finalize(handle) }

  /// Makes the statement ready to run again; parameters stay as they are.
  func reset() { sqlite3_reset(handle) }

  /// Runs a statement that gives no rows, and makes it ready to run again.
  func finish() throws(StoreError) {
    while try step() {}
    reset()
  }

  /// Sets the parameter at `index`, counted from 1; nil: NULL.
  func bind(_ index: Int32, ifAny value: Int64?) throws(StoreError) {
    if let value { try bind(index, value) } else { try check(sqlite3_bind_null(handle, index)) }
  }

  /// Sets the parameter at `index`, counted from 1; nil: NULL.
  func bind(_ index: Int32, ifAny text: String?) throws(StoreError) {
    if let text { try bind(index, text) } else { try check(sqlite3_bind_null(handle, index)) }
  }

  /// Sets the parameter at `index`, counted from 1; nil: NULL.
  func bind(_ index: Int32, ifAny bytes: [UInt8]?) throws(StoreError) {
    if let bytes { try bind(index, bytes) } else { try check(sqlite3_bind_null(handle, index)) }
  }

  /// Whether a column of the row is NULL, counted from 0.
  func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }

  /// The number in a column of the row, or nil for NULL.
  func integer(ifAny column: Int32) -> Int64? { isNull(column) ? nil : integer(column) }

  /// The text in a column of the row, or nil for NULL.
  func text(ifAny column: Int32) -> String? { isNull(column) ? nil : text(column) }

  /// Runs to the next row; false at the end.
  func step() throws(StoreError) -> Bool {
    let code = sqlite3_step(handle)
    if code == SQLITE_ROW { return true }
    guard code == SQLITE_DONE else { throw database.failure(code, step: "run a statement") }
    return false
  }

  /// Sets the parameter at `index`, counted from 1.
  func bind(_ index: Int32, _ bytes: [UInt8]) throws(StoreError) {
    try check(bytes.withUnsafeBytes { pb_bind_blob(handle, index, $0.baseAddress, Int32($0.count)) })
  }

  /// Sets the parameter at `index`, counted from 1, without a copy: the bytes stay as they are until the statement is done.
  func bind(_ index: Int32, borrowed bytes: UnsafeRawBufferPointer) throws(StoreError) {
    try check(sqlite3_bind_blob(handle, index, bytes.baseAddress, Int32(bytes.count), nil))
  }

  /// Sets the parameter at `index`, counted from 1.
  func bind(_ index: Int32, _ text: String) throws(StoreError) {
    var text = text
    try check(
      text.withUTF8 { utf8 in
        utf8.withMemoryRebound(to: CChar.self) { pb_bind_text(handle, index, $0.baseAddress, Int32($0.count)) }
      })
  }

  /// Sets the parameter at `index`, counted from 1.
  func bind(_ index: Int32, _ value: Int64) throws(StoreError) {
    try check(sqlite3_bind_int64(handle, index, value))
  }

  private func check(_ code: Int32) throws(StoreError) {
    guard code == SQLITE_OK else { throw database.failure(code, step: "set a parameter") }
  }

  /// The number in a column of the row, counted from 0.
  func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

  /// The text in a column of the row, counted from 0.
  func text(_ column: Int32) -> String {
    guard let start = sqlite3_column_text(handle, column) else { return "" }
    let count = Int(sqlite3_column_bytes(handle, column))
    return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
  }

  /// The bytes in a column of the row, counted from 0.
  func blob(_ column: Int32) -> [UInt8] {
    let count = Int(sqlite3_column_bytes(handle, column))
    return Array(UnsafeRawBufferPointer(start: sqlite3_column_blob(handle, column), count: count))
  }
}

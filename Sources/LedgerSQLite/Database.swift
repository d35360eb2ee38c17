import CSQLite

/// A connection to a SQLite file. Lives behind the lock of its store; one thread at a time.
final class Database {
  private let path: String
  fileprivate let handle: OpaquePointer

  /// Opens an existing file.
  init(path: String) throws(KeyStoreError) {
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

  deinit { sqlite3_close_v2(handle) }

  /// Runs a statement without parameters; rows are dropped.
  func run(_ sql: String) throws(KeyStoreError) {
    let statement = try prepare(sql)
    while try statement.step() {}
  }

  /// Compiles a statement.
  func prepare(_ sql: String) throws(KeyStoreError) -> Statement {
    var statement: OpaquePointer?
    let code = sqlite3_prepare_v2(handle, sql, -1, &statement, nil)
    guard code == SQLITE_OK, let statement else { throw failure(code, step: "prepare a statement") }
    return Statement(statement, of: self)
  }

  /// SQLITE_CONSTRAINT_PRIMARYKEY, a macro that Swift does not import.
  private static let duplicatePrimaryKey = SQLITE_CONSTRAINT | (6 << 8)

  /// The error that an SQLite result code means.
  func failure(_ code: Int32, step: String) -> KeyStoreError {
    let reason = String(cString: sqlite3_errmsg(handle))
    switch code & 0xFF {
    case SQLITE_NOTADB, SQLITE_CORRUPT: return .damaged(path: path, reason: reason)
    case SQLITE_CANTOPEN, SQLITE_READONLY, SQLITE_PERM: return .cannotOpen(path: path, reason: reason)
    case SQLITE_BUSY, SQLITE_LOCKED: return .busy
    case SQLITE_FULL: return .full
    case SQLITE_CONSTRAINT where code == Database.duplicatePrimaryKey: return .duplicateKey
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

  /// Runs to the next row; false at the end.
  func step() throws(KeyStoreError) -> Bool {
    let code = sqlite3_step(handle)
    if code == SQLITE_ROW { return true }
    guard code == SQLITE_DONE else { throw database.failure(code, step: "run a statement") }
    return false
  }

  /// Sets the parameter at `index`, counted from 1.
  func bind(_ index: Int32, _ bytes: [UInt8]) throws(KeyStoreError) {
    try check(bytes.withUnsafeBytes { pb_bind_blob(handle, index, $0.baseAddress, Int32($0.count)) })
  }

  /// Sets the parameter at `index`, counted from 1.
  func bind(_ index: Int32, _ text: String) throws(KeyStoreError) {
    var text = text
    try check(
      text.withUTF8 { utf8 in
        utf8.withMemoryRebound(to: CChar.self) { pb_bind_text(handle, index, $0.baseAddress, Int32($0.count)) }
      })
  }

  /// Sets the parameter at `index`, counted from 1.
  func bind(_ index: Int32, _ value: Int64) throws(KeyStoreError) {
    try check(sqlite3_bind_int64(handle, index, value))
  }

  private func check(_ code: Int32) throws(KeyStoreError) {
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

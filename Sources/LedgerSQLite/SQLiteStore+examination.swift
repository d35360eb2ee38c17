import Core
import Ledger

extension SQLiteStore {
  /// What does not agree with what, in one view of the file, and what is estimated or unknown.
  package func examine() throws(StoreError) -> BooksExamination {
    let log = try auditLog()
    return try read { database throws(StoreError) in
      try database.run("BEGIN")
      defer { try? database.run("COMMIT") }
      var result = BooksExamination()
      var books = RecordedSums()
      var duplicates = DuplicateSearch()
      let row = try database.prepare(
        "SELECT \(StoredSegment.columns) FROM record_segments ORDER BY highest_id DESC, number DESC")
      while try row.step() {
        let segment = StoredSegment(row)
        duplicates.goDown(to: segment.highestID)
        SQLiteStore.examine(segment, database, &books, &duplicates)
      }
      duplicates.goDown(to: .min)
      books.report(to: &result)
      let open = try database.prepare("SELECT count(*) FROM journal_openings")
      result.open = try open.step() ? open.integer(0) : 0
      let places = try database.prepare("SELECT coalesce(sum(length(open) / 8), 0) FROM journal_places")
      result.open += try places.step() ? places.integer(0) : 0
      try SQLiteStore.compareSums(books, database, &result.faults)
      for id in try duplicates.ids(database) { result.faults.append("the generation \(id) is in the books twice") }
      result.faults += SQLiteStore.faults(in: log)
      return result
    }
  }

  /// Adds a segment's records. One that cannot be read is a fault, and the examination goes on.
  private static func examine(
    _ segment: StoredSegment, _ database: Database, _ books: inout RecordedSums, _ duplicates: inout DuplicateSearch
  ) {
    let bytes: [UInt8]
    do throws(StoreError) {
      bytes = try segment.bytes(database)
    } catch {
      return books.faults.append("\(segment.records) records are lost: \(error)")
    }
    let damage = forEachRecord(in: bytes) { offset, record, figures in
      books.add(figures, record, number: segment.number, offset: offset)
      duplicates.add(record.id, number: segment.number, offset: offset)
    }
    if let damage {
      books.faults.append(
        "records in file \(segment.file) behind \(segment.start) cannot be read: one has no \(damage.reason)")
    }
  }

  /// Sums of what must be equal: records against days, days against key totals, key totals against the account's.
  private static func compareSums(
    _ books: RecordedSums, _ database: Database, _ faults: inout [String]
  ) throws(StoreError) {
    faults += books.faults
    var daily: [Int64: RecordedSums.Sum] = [:]
    var totals: [Int64: RecordedSums.Sum] = [:]
    let days = try database.prepare("SELECT key, sum(requests), sum(cost) FROM usage_daily GROUP BY key")
    while try days.step() {
      daily[days.integer(0)] = RecordedSums.Sum(requests: days.integer(1), cost: days.integer(2))
    }
    let keys = try database.prepare("SELECT key, requests, cost FROM key_totals")
    while try keys.step() {
      totals[keys.integer(0)] = RecordedSums.Sum(requests: keys.integer(1), cost: keys.integer(2))
    }
    for key in Set(books.keys.keys).union(daily.keys).union(totals.keys).sorted() {
      let records = books.keys[key] ?? RecordedSums.Sum()
      for (name, sums) in [("daily sums", daily), ("total", totals)] {
        let sum = sums[key] ?? RecordedSums.Sum()
        if sum != records { faults.append("key \(key): its records are \(records), its \(name) \(sum)") }
      }
    }
    let account = try database.prepare("SELECT requests, cost FROM account_total")
    guard try account.step() else { return faults.append("the account's total is gone") }
    let sum = RecordedSums.Sum(requests: account.integer(0), cost: account.integer(1))
    if sum != books.total { faults.append("the account: its records are \(books.total), its total \(sum)") }
  }

  /// Entries of the audit log that do not follow the one before.
  private static func faults(in log: [AuditEntry]) -> [String] {
    var previous: KeyHash?
    var number: Int64 = 1
    var faults: [String] = []
    for entry in log {
      if entry.number != number || !entry.follows(previous) {
        faults.append("the audit log was changed at entry \(entry.number)")
        number = entry.number
      }
      number += 1
      previous = entry.hash
    }
    return faults
  }
}

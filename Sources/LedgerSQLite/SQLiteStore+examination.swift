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
      let sums = try database.prepare("SELECT count(*), coalesce(sum(cost), 0) FROM generations")
      if try sums.step() {
        result.records = sums.integer(0)
        result.cost = Money(units: sums.integer(1))
      }
      let open = try database.prepare("SELECT count(*) FROM journal_openings")
      result.open = try open.step() ? open.integer(0) : 0
      let unknown = "outcome = \(Outcome.unknown.rawValue)"
      let estimated = "flags & \(RecordFlags.estimated) <> 0 AND NOT \(unknown)"
      (result.estimatedCount, result.estimated) = try SQLiteStore.list(estimated, database)
      (result.unknownCount, result.unknown) = try SQLiteStore.list(unknown, database)
      (result.overrunCount, result.overruns) = try SQLiteStore.list("flags & \(RecordFlags.overrun) <> 0", database)
      try SQLiteStore.compareSums(database, &result.faults)
      try SQLiteStore.findDuplicates(database, &result.faults)
      result.faults += SQLiteStore.faults(in: log)
      return result
    }
  }

  private static func list(_ condition: String, _ database: Database) throws(StoreError) -> (Int64, [String]) {
    let count = try database.prepare("SELECT count(*) FROM generations WHERE \(condition)")
    let total = try count.step() ? count.integer(0) : 0
    let row = try database.prepare(
      "SELECT record FROM generations WHERE \(condition) ORDER BY number DESC LIMIT \(BooksExamination.listed)")
    var ids: [String] = []
    while try row.step() { ids.append(try StoredRecord.read(row.blob(0)).opening.id) }
    return (total, ids)
  }

  /// Sums of what must be equal: records against days, days against key totals, key totals against the account's.
  private static func compareSums(_ database: Database, _ faults: inout [String]) throws(StoreError) {
    let byKey = try database.prepare(
      """
      SELECT key, sum(n1), sum(c1), sum(n2), sum(c2), sum(n3), sum(c3) FROM (
        SELECT key, count(*) AS n1, sum(cost) AS c1, 0 AS n2, 0 AS c2, 0 AS n3, 0 AS c3 FROM generations GROUP BY key
        UNION ALL SELECT key, 0, 0, sum(requests), sum(cost), 0, 0 FROM usage_daily GROUP BY key
        UNION ALL SELECT key, 0, 0, 0, 0, requests, cost FROM key_totals)
      GROUP BY key
      """)
    var total: (requests: Int64, cost: Int64) = (0, 0)
    while try byKey.step() {
      let records = (byKey.integer(1), byKey.integer(2))
      total.requests += records.0
      total.cost += records.1
      for (name, requests, cost) in [
        ("daily sums", byKey.integer(3), byKey.integer(4)), ("total", byKey.integer(5), byKey.integer(6)),
      ] where requests != records.0 || cost != records.1 {
        faults.append(
          "key \(byKey.integer(0)): its records are \(records.0) requests for \(Money(units: records.1).dollars) USD, its "
            + "\(name) \(requests) for \(Money(units: cost).dollars)")
      }
    }
    let account = try database.prepare("SELECT requests, cost FROM account_total")
    guard try account.step() else { return faults.append("the account's total is gone") }
    if account.integer(0) != total.requests || account.integer(1) != total.cost {
      faults.append(
        "the account: its records are \(total.requests) requests for \(Money(units: total.cost).dollars) USD, its total "
          + "\(account.integer(0)) for \(Money(units: account.integer(1)).dollars)")
    }
  }

  private static func findDuplicates(_ database: Database, _ faults: inout [String]) throws(StoreError) {
    let row = try database.prepare(
      """
      SELECT record FROM generations WHERE id_hash IN
        (SELECT id_hash FROM generations GROUP BY id_hash HAVING count(*) > 1)
      """)
    var seen: Set<String> = []
    while try row.step() {
      let id = try StoredRecord.read(row.blob(0)).opening.id
      if !seen.insert(id).inserted { faults.append("the generation \(id) is in the books twice") }
    }
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

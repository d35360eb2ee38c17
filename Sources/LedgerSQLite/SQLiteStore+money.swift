import Core
import Ledger

extension SQLiteStore {
  /// Adds or takes back credits.
  package func add(_ entry: CreditEntry, by administrator: Administrator) throws(StoreError) -> CreditEntry {
    try administer(administrator) { (database, _) throws(StoreError) in
      let sum = try database.prepare("SELECT coalesce(sum(amount), 0) FROM credits")
      _ = try sum.step()
      guard Money(units: sum.integer(0)).adding(entry.amount) != nil else {
        throw .refused("the sum of all credits would leave the range of ± 9.2 million USD")
      }
      sum.reset()
      let statement = try database.prepare("INSERT INTO credits (at, amount, note, actor) VALUES (?, ?, ?, ?)")
      try statement.bind(1, entry.at)
      try statement.bind(2, entry.amount.units)
      try statement.bind(3, entry.note)
      try statement.bind(4, entry.actor)
      try statement.finish()
      var stored = entry
      stored.number = database.lastRow
      let detail = "\(entry.amount.dollars) \(entry.note)"
      return (stored, AuditNote(action: "credits.add", subject: "\(stored.number)", detail: detail))
    }
  }

  /// Every entry, oldest first.
  package func credits() throws(StoreError) -> [CreditEntry] {
    try read { database throws(StoreError) in
      let row = try database.prepare("SELECT number, at, amount, note, actor FROM credits ORDER BY number")
      var entries: [CreditEntry] = []
      while try row.step() {
        entries.append(
          CreditEntry(
            number: row.integer(0), at: row.integer(1), amount: Money(units: row.integer(2)), note: row.text(3),
            actor: row.text(4)))
      }
      return entries
    }
  }

  /// What each key has spent.
  package func keySpending(at now: Int64) throws(StoreError) -> [Int64: Spending] {
    try read { database throws(StoreError) in
      var spending: [Int64: Spending] = [:]
      let totals = try database.prepare("SELECT key, cost FROM key_totals")
      while try totals.step() { spending[totals.integer(0), default: Spending()].total.units = totals.integer(1) }
      let windows = Windows(now)
      let days = try database.prepare(
        "SELECT key, day, sum(cost) FROM usage_daily WHERE day >= ? GROUP BY key, day")
      try days.bind(1, windows.earliest)
      while try days.step() {
        windows.add(
          Money(units: days.integer(2)), on: days.integer(1), to: &spending[days.integer(0), default: Spending()])
      }
      return spending
    }
  }

  /// What each workspace has spent.
  package func workspaceSpending(at now: Int64) throws(StoreError) -> [String: Spending] {
    try read { database throws(StoreError) in
      var spending: [String: Spending] = [:]
      let windows = Windows(now)
      let rows = try database.prepare(
        """
        SELECT workspace, CASE WHEN day >= ? THEN day ELSE -1 END AS since, sum(cost)
        FROM usage_daily JOIN dimensions ON dimension = dimensions.number GROUP BY workspace, since
        """)
      try rows.bind(1, windows.earliest)
      while try rows.step() {
        let cost = Money(units: rows.integer(2))
        spending[rows.text(0), default: Spending()].total.units += cost.units
        windows.add(cost, on: rows.integer(1), to: &spending[rows.text(0), default: Spending()])
      }
      return spending
    }
  }

  /// What the account has spent since the beginning.
  package func accountSpending() throws(StoreError) -> Money {
    try read { database throws(StoreError) in
      let row = try database.prepare("SELECT cost FROM account_total")
      return try row.step() ? Money(units: row.integer(0)) : .zero
    }
  }

  /// What was used.
  package func usage(_ query: UsageQuery) throws(StoreError) -> [UsageRow] {
    let columns = UsageGrouping.allCases.filter(query.grouping.contains).flatMap(\.columns)
    var conditions: [String] = []
    if query.days != nil { conditions.append("day BETWEEN ?1 AND ?2") }
    if query.key != nil { conditions.append("key = ?3") }
    if query.workspace != nil { conditions.append("workspace = ?4") }
    let list = columns.joined(separator: ", ")
    let sql = """
      SELECT \(list)\(columns.isEmpty ? "" : ",") sum(requests), sum(estimated), sum(prompt), sum(completion), sum(reasoning),
        sum(cached), sum(cost) AS total
      FROM usage_daily JOIN dimensions ON dimension = dimensions.number
      WHERE ?1 IS ?1 AND ?2 IS ?2 AND ?3 IS ?3 AND ?4 IS ?4 \(conditions.map { "AND \($0)" }.joined(separator: " "))
      \(columns.isEmpty ? "" : "GROUP BY \(list)")
      ORDER BY \(columns.contains("day") ? "day DESC, " : "")total DESC \(columns.isEmpty ? "" : ", \(list)")
      """
    return try read { database throws(StoreError) in
      let row = try database.prepare(sql)
      try row.bind(1, ifAny: query.days?.lowerBound)
      try row.bind(2, ifAny: query.days?.upperBound)
      try row.bind(3, ifAny: query.key)
      try row.bind(4, ifAny: query.workspace)
      var rows: [UsageRow] = []
      while try row.step() {
        let usage = SQLiteStore.usageRow(row, columns)
        if usage.requests > 0 { rows.append(usage) }
      }
      return rows
    }
  }

  private static func usageRow(_ row: Statement, _ columns: [String]) -> UsageRow {
    var usage = UsageRow()
    for (index, column) in columns.enumerated() {
      let index = Int32(index)
      switch column {
      case "day": usage.day = row.integer(index)
      case "key": usage.key = row.integer(index)
      case "workspace": usage.workspace = row.text(index)
      case "model": usage.model = row.text(index)
      case "provider": usage.provider = row.text(index)
      case "provider_name": usage.providerName = row.text(index)
      case "endpoint": usage.endpoint = row.text(index)
      default: usage.region = row.text(index)
      }
    }
    let first = Int32(columns.count)
    usage.requests = row.integer(first)
    usage.estimated = row.integer(first + 1)
    usage.promptTokens = row.integer(first + 2)
    usage.completionTokens = row.integer(first + 3)
    usage.reasoningTokens = row.integer(first + 4)
    usage.cachedTokens = row.integer(first + 5)
    usage.cost = Money(units: row.integer(first + 6))
    return usage
  }
}

/// The days on which the windows of limits have begun.
private struct Windows {
  let day: Int64
  let monday: Int64
  let first: Int64
  var earliest: Int64 { min(monday, first) }

  init(_ now: Int64) {
    day = UTCDay.of(seconds: now)
    monday = UTCDay.monday(of: day)
    first = UTCDay.firstOfMonth(of: day)
  }

  func add(_ cost: Money, on day: Int64, to spending: inout Spending) {
    if day >= self.day { spending.daily.units += cost.units }
    if day >= monday { spending.weekly.units += cost.units }
    if day >= first { spending.monthly.units += cost.units }
  }
}

extension UsageGrouping {
  /// The columns that tell rows apart.
  fileprivate var columns: [String] {
    self == .provider ? ["provider", "provider_name"] : [rawValue]
  }
}

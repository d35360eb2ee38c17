import Administration
import Core
import JSON
import Ledger
import LedgerSQLite

extension BooksCommand {
  func showCredits(_ store: SQLiteStore) throws {
    let entries = try store.credits()
    let total = entries.reduce(Money.zero) { $0.adding($1.amount) ?? $0 }
    let usage = try store.accountSpending()
    if options.json { return write(BookDocuments.credits(total: total, usage: usage)) }
    if entries.isEmpty {
      terminal.write("\(usage.dollars) USD spent; no credits were ever added, so the account is unlimited\n")
      return
    }
    var table = Table([("DATE", .left), ("USD", .right), ("BY", .left), ("NOTE", .left)])
    for entry in entries {
      table.add([UTCDay.text(UTCDay.of(seconds: entry.at)), entry.amount.dollars, entry.actor, entry.note])
    }
    terminal.write(table.text())
    let left = Money(units: total.units - usage.units)
    terminal.write("\n\(total.dollars) USD added, \(usage.dollars) spent, \(left.dollars) left\n")
  }

  func addCredits(_ amount: Money, _ note: String, _ store: SQLiteStore) throws {
    let administrator = administrator
    _ = try store.add(
      CreditEntry(at: now, amount: amount, note: note, actor: administrator.name), by: administrator)
    try showCredits(store)
  }

  func showUsage(_ grouping: UsageGrouping, _ days: Int64, _ csv: Bool, _ store: SQLiteStore) throws {
    let today = UTCDay.of(seconds: now)
    let rows = try store.usage(UsageQuery([grouping], days: (today - days + 1)...today))
    let names = grouping == .key ? Dictionary(try keys(store).map { ($0.number, $0.name) }) { first, _ in first } : [:]
    let labelled = rows.map { (label: label($0, grouping, names), row: $0) }
    if options.json {
      write(.array(labelled.map { UsageTable.json($0.label, $0.row, grouping) }))
    } else if csv {
      terminal.write(UsageTable.csv(labelled, grouping))
    } else if rows.isEmpty {
      terminal.note("nothing was used in the last \(days) days")
    } else {
      terminal.write(UsageTable.text(labelled, grouping))
    }
  }

  private func label(_ row: UsageRow, _ grouping: UsageGrouping, _ names: [Int64: String]) -> String {
    switch grouping {
    case .day: row.day.map(UTCDay.text) ?? ""
    case .key: row.key.map { names[$0] ?? ($0 == 0 ? "anonymous" : "#\($0)") } ?? ""
    case .workspace: row.workspace ?? ""
    case .model: row.model ?? ""
    case .provider: row.provider ?? ""
    case .endpoint: row.endpoint ?? ""
    case .region: row.region ?? ""
    }
  }
}

/// Usage for people and machines. Pure.
enum UsageTable {
  /// As an aligned table with a sum.
  static func text(_ rows: [(label: String, row: UsageRow)], _ grouping: UsageGrouping) -> String {
    var table = Table([
      (grouping.rawValue.uppercased(), .left), ("REQUESTS", .right), ("PROMPT", .right), ("CACHED", .right),
      ("COMPLETION", .right), ("REASONING", .right), ("USD", .right),
    ])
    var sum = UsageRow()
    for (label, row) in rows {
      table.add([label] + numbers(row).map(String.init) + [row.cost.dollars])
      sum.requests += row.requests
      sum.promptTokens += row.promptTokens
      sum.cachedTokens += row.cachedTokens
      sum.completionTokens += row.completionTokens
      sum.reasoningTokens += row.reasoningTokens
      sum.cost.units += row.cost.units
    }
    if rows.count > 1 { table.add(["sum"] + numbers(sum).map(String.init) + [sum.cost.dollars]) }
    return table.text()
  }

  private static func numbers(_ row: UsageRow) -> [Int64] {
    [row.requests, row.promptTokens, row.cachedTokens, row.completionTokens, row.reasoningTokens]
  }

  /// As comma-separated values with a heading (RFC 4180).
  static func csv(_ rows: [(label: String, row: UsageRow)], _ grouping: UsageGrouping) -> String {
    var text =
      "\(grouping.rawValue),requests,estimated,prompt_tokens,cached_tokens,completion_tokens,reasoning_tokens,usd\n"
    for (label, row) in rows {
      let values = [row.requests, row.estimated] + numbers(row).dropFirst()
      text += "\(field(label)),\(values.map(String.init).joined(separator: ",")),\(row.cost.dollars)\n"
    }
    return text
  }

  /// Quoted where it must be, and made harmless where a spreadsheet would take it for a formula.
  private static func field(_ text: String) -> String {
    let safe = text.first.map { "=+-@\t\r".contains($0) } ?? false ? "'" + text : text
    guard safe.contains(where: { ",\"\r\n".contains($0) || $0 == "\r\n" }) else { return safe }
    return "\"" + safe.replacing("\"", with: "\"\"") + "\""
  }

  /// As an object.
  static func json(_ label: String, _ row: UsageRow, _ grouping: UsageGrouping) -> JSONValue {
    .object([
      (grouping.rawValue, .string(label)), ("requests", .integer(row.requests)), ("estimated", .integer(row.estimated)),
      ("prompt_tokens", .integer(row.promptTokens)), ("cached_tokens", .integer(row.cachedTokens)),
      ("completion_tokens", .integer(row.completionTokens)), ("reasoning_tokens", .integer(row.reasoningTokens)),
      ("usd", .usd(row.cost)),
    ])
  }
}

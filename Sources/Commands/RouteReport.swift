import Core
import Planning

/// A plan, or the reason why there is none, as text.
enum RouteReport {
  /// The attempts in order, then the endpoints left out.
  static func text(_ plan: Plan) -> String {
    var attempts = Table([
      ("#", .right), ("MODEL", .left), ("ENDPOINT", .left), ("USD/M IN", .right), ("USD/M OUT", .right),
      ("REASON", .left),
    ])
    for (index, attempt) in plan.attempts.enumerated() {
      let price = attempt.endpoint.pricing
      attempts.add([
        String(index + 1), attempt.model.id, attempt.endpoint.tag, price?.prompt.dollarsPerMillion ?? "-",
        price?.completion.dollarsPerMillion ?? "-", attempt.placement.words,
      ])
    }
    guard !plan.exclusions.isEmpty else { return attempts.text() }
    return attempts.text() + "\n" + text(plan.exclusions)
  }

  private static func text(_ exclusions: [Exclusion]) -> String {
    var table = excludedTable()
    for exclusion in exclusions {
      table.add([exclusion.model.id, exclusion.endpoint.tag, exclusion.reason.rawValue, exclusion.reason.words])
    }
    return table.text()
  }

  /// What is wrong, then the endpoints left out.
  static func text(_ error: GatewayError) -> String {
    var table = excludedTable()
    var hasRow = false
    for field in error.metadata where field.name == "endpoints" {
      guard case .list(let rows) = field.value else { continue }
      for case .object(let fields) in rows {
        hasRow = true
        table.add(["model", "endpoint", "excluded_by", "reason"].map { text($0, in: fields) })
      }
    }
    return error.message + "\n" + (hasRow ? "\n" + table.text() : "")
  }

  private static func excludedTable() -> Table {
    Table([("EXCLUDED MODEL", .left), ("ENDPOINT", .left), ("RULE", .left), ("REASON", .left)])
  }

  private static func text(_ name: String, in fields: [MetadataField]) -> String {
    for field in fields where field.name == name {
      if case .text(let text) = field.value { return text }
    }
    return ""
  }
}

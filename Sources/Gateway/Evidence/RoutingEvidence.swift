import Core
import JSON
import Planning

/// `openrouter_metadata` (reference section 6.4): what was asked for, which endpoints could have served it, which were
/// tried and how that ended. Made only for callers who ask for it.
struct RoutingEvidence {
  /// The model as the caller wrote it.
  let requested: String
  /// The plan.
  let plan: Plan
  /// Attempts that failed, in order.
  let failures: [FailedAttempt]
  /// The attempt that answered; nil when none did.
  let answered: Plan.Attempt?

  /// The object.
  var document: JSONValue {
    var rows = failures.map { row($0.attempt, status: $0.error.kind.status) }
    if let answered { rows.append(row(answered, status: 200)) }
    let attempt = answered == nil && failures.isEmpty ? 0 : rows.count
    return .object([
      ("requested", .string(requested)), ("strategy", .string(plan.strategy.rawValue)), ("region", region),
      ("summary", .string(summary)), ("attempt", .integer(attempt)), ("is_byok", .bool(false)),
      (
        "endpoints",
        .object([("total", .integer(plan.attempts.count + plan.exclusions.count)), ("available", .array(available))])
      ),
      ("attempts", .array(rows)),
    ])
  }

  private var region: JSONValue { answered?.endpoint.region.map { .string($0) } ?? .null }

  private var summary: String {
    "available=\(plan.attempts.count)" + (answered.map { ", selected=\($0.endpoint.provider.name)" } ?? "")
  }

  private var available: [JSONValue] {
    plan.attempts.map { attempt in
      .object([
        ("provider", .string(attempt.endpoint.provider.name)), ("model", .string(attempt.model.id)),
        ("selected", .bool(attempt.endpoint === answered?.endpoint)),
      ])
    }
  }

  private func row(_ attempt: Plan.Attempt, status: Int) -> JSONValue {
    .object([
      ("provider", .string(attempt.endpoint.provider.name)), ("model", .string(attempt.model.id)),
      ("status", .integer(status)),
    ])
  }
}

import Core
import JSON
import Planning

/// `openrouter_metadata` (reference section 6.4): what was asked for, which endpoints could have served it, which were
/// tried and how that ended. Made only for callers who ask for it.
struct RoutingEvidence {
  /// The model as the caller wrote it.
  let requested: String
  /// How the request came to its model.
  let strategy: Plan.Strategy
  /// What could be tried.
  let choices: [Plan.Attempt]
  /// How many endpoints were left out.
  let excluded: Int
  /// Attempts that failed, in order.
  let failures: [FailedAttempt]
  /// The attempt that answered; nil when none did.
  let answered: Plan.Attempt?

  /// Of a plan, as far as it has come.
  init(requested: String, plan: Plan, failures: [FailedAttempt] = [], answered: Plan.Attempt? = nil) {
    self.requested = requested
    strategy = plan.strategy
    choices = plan.attempts
    excluded = plan.exclusions.count
    self.failures = failures
    self.answered = answered
  }

  /// Of a request that none of `excluded` endpoints may serve.
  init(requested: String, strategy: Plan.Strategy, excluded: Int) {
    self.requested = requested
    self.strategy = strategy
    self.excluded = excluded
    choices = []
    failures = []
    answered = nil
  }

  /// The object.
  var document: JSONValue {
    var rows = failures.map { row($0.attempt, status: $0.status) }
    if let answered { rows.append(row(answered, status: 200)) }
    return .object([
      ("requested", .string(requested)), ("strategy", .string(strategy.rawValue)), ("region", region),
      ("summary", .string(summary)), ("attempt", .integer(rows.count)), ("is_byok", .bool(false)),
      ("endpoints", .object([("total", .integer(choices.count + excluded)), ("available", .array(available))])),
      ("attempts", .array(rows)),
    ])
  }

  private var region: JSONValue { answered?.endpoint.region.map { .string($0) } ?? .null }

  private var summary: String {
    "available=\(choices.count)" + (answered.map { ", selected=\($0.endpoint.provider.name)" } ?? "")
  }

  private var available: [JSONValue] {
    choices.map { attempt in
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

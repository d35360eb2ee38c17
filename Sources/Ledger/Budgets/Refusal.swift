import Core

/// Why a request was not admitted. A value: `Refusal+error` makes the caller's message of it.
package enum Refusal: Error, Sendable, Hashable {
  /// What a shortage is about.
  package enum Scope: Sendable, Hashable {
    /// The key's own limit: 402.
    case key(name: String)
    /// The account's credits: 402.
    case account
    /// A workspace's budget: 403.
    case workspace(name: String)
  }

  /// The upper bound of the cost does not fit.
  case tooDear(Scope, Budget.Shortage, CostBound)
  /// A budget is in force and no eligible endpoint's price is known: 402.
  case unpriced(Scope)
  /// Too many requests in the last minute: 429.
  case requestRate(limit: Int64, waitSeconds: Int64)
  /// Too many tokens in the last minute: 429.
  case tokenRate(limit: Int64, used: Int64, asked: Int64, waitSeconds: Int64)
  /// Too many requests at a time: 429.
  case concurrency(limit: Int64)
  /// Too many requests for free variants in the last minute: 429.
  case freeRate(limit: Int64, waitSeconds: Int64)
  /// Too many requests for free variants today: 429.
  case freeDay(limit: Int64, waitSeconds: Int64)
}

extension Refusal {
  /// The error for the caller: what is left, what was asked, what would fit. `now` is in seconds since 1970.
  package func error(now: Int64) -> GatewayError {
    switch self {
    case .tooDear(let scope, let shortage, let bound): Refusal.tooDear(scope, shortage, bound)
    case .unpriced(let scope):
      GatewayError(
        scope.kind,
        "\(scope.owner) has a spending limit, and the price of every endpoint for this model is unknown. "
          + "Ask for a model with a price, or have 'pricing' added to its endpoints.", origin: .caller)
    case .requestRate(let limit, let wait):
      Refusal.rate("This key may send \(limit) requests per minute.", limit, 0, wait, now)
    case .tokenRate(let limit, let used, let asked, let wait):
      Refusal.rate(
        asked > limit
          ? "The request has about \(asked) prompt tokens, and this key may use \(limit) tokens per minute: it never fits. "
            + "Send less, or have the limit raised."
          : "This key may use \(limit) tokens per minute; \(used) are used and the request has about \(asked).",
        limit, max(0, limit - used), wait, now)
    case .concurrency(let limit):
      Refusal.rate("This key may have \(limit) requests under way at a time.", limit, 0, 1, now)
    case .freeRate(let limit, let wait):
      Refusal.rate("The account may send \(limit) requests per minute to free models.", limit, 0, wait, now)
    case .freeDay(let limit, let wait):
      Refusal.rate("The account may send \(limit) requests per day to free models.", limit, 0, wait, now)
    }
  }

  private static func rate(
    _ message: String, _ limit: Int64, _ remaining: Int64, _ wait: Int64, _ now: Int64
  ) -> GatewayError {
    let fields: [MetadataField] = [
      MetadataField("X-RateLimit-Limit", .text("\(limit)")),
      MetadataField("X-RateLimit-Remaining", .text("\(remaining)")),
      MetadataField("X-RateLimit-Reset", .text("\((now + wait) * 1000)")),
    ]
    return GatewayError(
      .rateLimited, "\(message) Try again in \(wait) s.", origin: .caller,
      metadata: [MetadataField("headers", .object(fields))], retryAfterSeconds: Int(min(86_400, wait)))
  }

  private static func tooDear(_ scope: Scope, _ shortage: Budget.Shortage, _ bound: CostBound) -> GatewayError {
    let left = max(shortage.left, .zero)
    let fitting = bound.completionTokens(within: left)
    var message = "\(scope.owner) has \(left.dollars) USD left of \(shortage.limit.words(scope))"
    message += ", and the request could cost up to \(bound.cost.dollars) USD"
    message += " (\(bound.promptTokens) prompt and \(bound.completionTokens) completion tokens at most). "
    if let fitting, fitting > 0 {
      message += "Set max_tokens to \(fitting) or less, or \(scope.remedy)."
    } else {
      message += "\(scope.remedy.prefix(1).uppercased() + scope.remedy.dropFirst())."
    }
    var metadata = [
      MetadataField("limit_usd", .text(shortage.limit.amount.dollars)), MetadataField("left_usd", .text(left.dollars)),
      MetadataField("asked_usd", .text(bound.cost.dollars)),
      MetadataField("reset", shortage.limit.reset.map { .text($0.rawValue) } ?? .null),
    ]
    if let fitting, fitting > 0 { metadata.append(MetadataField("max_tokens_that_fit", .integer(fitting))) }
    return GatewayError(scope.kind, message, origin: .caller, metadata: metadata)
  }
}

extension Refusal.Scope {
  /// 402 for what the caller pays with, 403 for what somebody else decided.
  fileprivate var kind: ErrorKind {
    if case .workspace = self { .forbidden } else { .paymentRequired }
  }

  fileprivate var owner: String {
    switch self {
    case .key(let name): "The key '\(name)'"
    case .account: "The account"
    case .workspace(let name): "The workspace '\(name)'"
    }
  }

  fileprivate var remedy: String {
    switch self {
    case .key: "have the key's limit raised"
    case .account: "add credits"
    case .workspace: "have the workspace's budget raised"
    }
  }
}

extension SpendingLimit {
  /// `its daily limit of 5 USD`, `its credits`.
  fileprivate func words(_ scope: Refusal.Scope) -> String {
    if case .account = scope { return "\(amount.dollars) USD of credits" }
    return "its \(reset.map { $0.rawValue + " " } ?? "")limit of \(amount.dollars) USD"
  }
}

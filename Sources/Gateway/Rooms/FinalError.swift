import Core
import Planning

/// What is answered when nothing of a plan could serve. Pure.
enum FinalError {
  /// The kinds in the order in which they win when attempts failed in different ways (contract section 3).
  private static let precedence: [[ErrorKind]] = [
    [.rateLimited], [.providerOverloaded, .unavailable], [.timedOut], [.providerFailed, .internalFailure], [.moderated],
    [.contextLengthExceeded, .providerRejected, .invalidRequest],
  ]

  /// Seconds sent as `Retry-After` when no provider gave a hint: long enough for a passing overload, short enough for a
  /// person to wait.
  private static let defaultRetryAfter = 5

  /// The error for the caller from all failures, in the order they occurred, and from the endpoints that were passed
  /// over. A passed-over rate limit counts as the 429 that the provider would have given again, an overload as its 503;
  /// an open circuit only where nothing was tried at all.
  static func error(
    _ failures: [FailedAttempt], skips: [AttemptSequence.Skip], now: MonotonicTime
  ) -> GatewayError {
    let errors = failures.map(\.error) + skips.compactMap { error($0, isOnly: failures.isEmpty, now) }
    var answer = GatewayError(.providerFailed, "No provider answered", origin: .upstream)
    for kinds in precedence {
      if let error = errors.first(where: { kinds.contains($0.kind) }) {
        answer = error
        break
      }
    }
    answer.retryAfterSeconds = nil
    if answer.kind == .rateLimited || answer.kind.status == 503 {
      answer.retryAfterSeconds = errors.compactMap(\.retryAfterSeconds).min() ?? defaultRetryAfter
    }
    answer.metadata.append(MetadataField("attempts", .list(failures.map(\.metadata))))
    return answer
  }

  private static func error(_ skip: AttemptSequence.Skip, isOnly: Bool, _ now: MonotonicTime) -> GatewayError? {
    switch skip.admission {
    case .rateLimited(let until):
      GatewayError(
        .rateLimited, "The provider has asked for patience and nothing else can serve the request", origin: .upstream,
        retryAfterSeconds: seconds(until, now))
    case .overloaded(let until):
      GatewayError(
        .providerOverloaded, "The provider is overloaded, and nothing else can serve the request", origin: .upstream,
        retryAfterSeconds: seconds(until, now))
    case .circuitOpen(let until) where isOnly:
      GatewayError(
        .unavailable, "Every endpoint of the model has failed too often lately; none is being asked right now",
        origin: .upstream, retryAfterSeconds: seconds(until, now))
    case .circuitOpen, .overBudget, .granted: nil
    }
  }

  private static func seconds(_ until: MonotonicTime, _ now: MonotonicTime) -> Int {
    Int((max(0, until.milliseconds(since: now)) + 999) / 1000).clamped(to: 1...RetryAfter.most)
  }
}

extension Comparable {
  fileprivate func clamped(to range: ClosedRange<Self>) -> Self { min(max(self, range.lowerBound), range.upperBound) }
}

/// An attempt that failed before anything of it reached the caller.
struct FailedAttempt {
  /// What was tried.
  let attempt: Plan.Attempt
  /// How it ended.
  let error: GatewayError
  /// How long it took. Unit: milliseconds.
  let milliseconds: Int64
  /// The status that the provider sent; 0 when it sent none.
  var answeredStatus = 0

  /// The provider's own status where it named a failure, in the head of its answer or in its body; else ours for what went
  /// wrong.
  var status: Int {
    if answeredStatus != 0, !(200..<300).contains(answeredStatus) { return answeredStatus }
    for field in error.metadata where field.name == "provider_status" {
      if case .integer(let status) = field.value { return Int(status) }
    }
    return error.kind.status
  }

  /// For `error.metadata.attempts`.
  var metadata: MetadataValue {
    .object([
      MetadataField("provider", .text(attempt.endpoint.provider.name)),
      MetadataField("model", .text(attempt.model.id)),
      MetadataField("status", .integer(Int64(status))),
      MetadataField("error_type", .text(error.kind.errorType)),
      MetadataField("message", .text(error.message)),
      MetadataField("milliseconds", .integer(milliseconds)),
    ])
  }
}

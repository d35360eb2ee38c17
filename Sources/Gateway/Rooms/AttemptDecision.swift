import Core
import Planning

/// What to do after a failed attempt, and what to answer when all have failed. Pure.
enum AttemptDecision {
  /// The index of the next attempt after attempt `index` failed with `error`, or nil when nothing is left to try.
  static func next(after index: Int, _ error: GatewayError, _ attempts: [Plan.Attempt]) -> Int? {
    switch error.kind {
    case .providerRejected, .contextLengthExceeded, .moderated:
      // The request itself was refused: another endpoint of the same model would say the same.
      let model = attempts[index].model
      return attempts.indices.first { $0 > index && attempts[$0].model !== model }
    default:
      return index + 1 < attempts.count ? index + 1 : nil
    }
  }

  /// The kinds in the order in which they win when attempts failed in different ways (contract section 3).
  private static let precedence: [[ErrorKind]] = [
    [.rateLimited], [.providerOverloaded, .unavailable], [.timedOut], [.providerFailed, .internalFailure], [.moderated],
    [.contextLengthExceeded, .providerRejected],
  ]

  /// Seconds sent as `Retry-After` when no provider gave a hint: long enough for a passing overload, short enough for a
  /// person to wait.
  private static let defaultRetryAfter = 5

  /// The error for the caller from all failures, in the order they occurred.
  static func finalError(_ failures: [FailedAttempt]) -> GatewayError {
    let errors = failures.map(\.error)
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
}

/// An attempt that failed before anything of it reached the caller.
struct FailedAttempt {
  /// What was tried.
  let attempt: Plan.Attempt
  /// How it ended.
  let error: GatewayError
  /// How long it took. Unit: milliseconds.
  let milliseconds: Int64

  /// For `error.metadata.attempts`.
  var metadata: MetadataValue {
    .object([
      MetadataField("provider", .text(attempt.endpoint.provider.name)),
      MetadataField("model", .text(attempt.model.id)),
      MetadataField("status", .integer(Int64(error.kind.status))),
      MetadataField("error_type", .text(error.kind.errorType)),
      MetadataField("message", .text(error.message)),
      MetadataField("milliseconds", .integer(milliseconds)),
    ])
  }
}

import Core

/// Deadlines of a call. Progress only stores a time; this looks at them when one may have come, and sets the next look.
extension InferenceCall {
  /// Silence before the first comment to a waiting caller. Unit: milliseconds. Source: contract, section 3.
  private static let firstComment: Int64 = 10_000
  /// Silence before each further comment. Unit: milliseconds. Source: contract, section 3.
  private static let furtherComment: Int64 = 15_000

  /// When the whole request must be over.
  var totalDeadline: MonotonicTime {
    startedAt.adding(milliseconds: Int64(snapshot.configuration.routing.timeouts.totalMilliseconds))
  }

  /// Acts on deadlines that have passed and arms the timer for the next one.
  func checkClock() {
    guard let attempt, !isOver else { return }
    let now = home.loop.now
    if now >= totalDeadline { return passTotal() }
    if let deadline = silenceDeadline(attempt), now >= deadline { return passSilence(attempt) }
    if let due = commentDue, now >= due { comment() }
    arm()
  }

  /// A comment for a caller to whom nothing was said; one whose connection still holds bytes is not waiting for us.
  private func comment() {
    if exchange.pendingBytes == 0 { sendKeepAlive() } else { lastSent = home.loop.now }
  }

  /// Sets the next look at the deadlines. Called when one may have moved earlier.
  func arm() {
    guard let attempt, !isOver else { return }
    var next = totalDeadline
    if let deadline = silenceDeadline(attempt) { next = min(next, deadline) }
    if let due = commentDue { next = min(next, due) }
    clock?.arm(at: next)
  }

  /// When silence of the provider becomes a failure; nil while we hold the transfer back, and for whole answers.
  private func silenceDeadline(_ attempt: AttemptState) -> MonotonicTime? {
    guard request.isStream, !attempt.isPaused else { return nil }
    let timeouts = snapshot.configuration.routing.timeouts
    if attempt.hasEvent {
      return attempt.lastActivity.adding(milliseconds: Int64(timeouts.idleMilliseconds))
    }
    let limit = hasAlternative ? timeouts.firstTokenFallbackMilliseconds : timeouts.firstTokenMilliseconds
    return attempt.startedAt.adding(milliseconds: Int64(limit))
  }

  /// When a waiting caller is due a comment; nil for whole answers.
  private var commentDue: MonotonicTime? {
    guard request.isStream else { return nil }
    let silence = exchange.hasBegun ? InferenceCall.furtherComment : InferenceCall.firstComment
    return lastSent.adding(milliseconds: silence)
  }

  private func passTotal() {
    let seconds = snapshot.configuration.routing.timeouts.totalMilliseconds / 1000
    fail(GatewayError(.timedOut, "The request took longer than \(seconds) s", origin: .gateway))
  }

  private func passSilence(_ attempt: AttemptState) {
    let provider = attempt.planned.endpoint.provider.name
    let words =
      attempt.hasEvent
      ? "Provider \(provider) went silent in the middle of its answer" : "Provider \(provider) did not begin to answer"
    fail(GatewayError(.timedOut, words + " in time", origin: .upstream))
  }
}

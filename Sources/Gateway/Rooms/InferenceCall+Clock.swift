import Core

/// Deadlines of a call. Progress only stores a time; this looks at them when one may have come, and sets the next look.
extension InferenceCall {
  /// Silence before the first comment to a waiting caller. Unit: milliseconds. Source: contract, section 3.
  private static let firstComment: Int64 = 10_000
  /// Silence before each further comment. Unit: milliseconds. Source: contract, section 3.
  private static let furtherComment: Int64 = 15_000
  /// How many times the endpoint's own 99th percentile the first token may take. Source: contract, section 3.
  private static let patienceFactor = 4.0

  /// When the whole request must be over.
  var totalDeadline: MonotonicTime {
    startedAt.adding(milliseconds: Int64(snapshot.configuration.routing.timeouts.totalMilliseconds))
  }

  /// Decides how long an attempt may stay silent before its first event. Once, when it starts: it looks at percentiles.
  func setDeadlines(_ state: AttemptState) {
    guard request.isStream else { return }
    let timeouts = snapshot.configuration.routing.timeouts
    let hasOther = state.purpose == .hedge || sequence.hasAlternative(to: state.index, isUsable: isUsable)
    let limit = hasOther ? timeouts.firstTokenFallbackMilliseconds : timeouts.firstTokenMilliseconds
    let hedge = snapshot.configuration.routing.hedge
    let isHedged =
      (wantsHedge ?? state.planned.model.hedge ?? hedge.isEnabled) && state.purpose == .answer
      && sequence.hasSibling(of: state.index, isUsable: isUsable)
    let known = home.health.measured(state.planned.endpoint, now: state.startedAt).firstToken
    state.firstTokenMilliseconds = max(Int64(limit), Int64((known?.p99 ?? 0) * InferenceCall.patienceFactor))
    if isHedged {
      home.hedges.note(hedge)
      if let usual = known?.p95 { state.hedgeAt = state.startedAt.adding(milliseconds: Int64(usual)) }
    }
  }

  /// Acts on deadlines that have passed and arms the timer for the next one.
  func checkClock() {
    guard !isOver else { return }
    let now = home.loop.now
    if now >= totalDeadline { return passTotal() }
    if let drain, now >= drain.deadline { return conclude(.cancelled, nil) }
    if let pending, now >= pending.at { return resumePending(pending.index) }
    for state in [attempt, rival].compactMap({ $0 }) {
      if let deadline = silenceDeadline(state), now >= deadline { return passSilence(state) }
    }
    if let attempt, attempt.isRunning, attempt.preparation == nil, now >= attempt.hedgeAt { startHedge(attempt) }
    if let due = commentDue, now >= due { comment() }
    arm()
  }

  /// A comment for a caller to whom nothing was said; one whose connection still holds bytes is not waiting for us.
  private func comment() {
    if exchange.pendingBytes == 0 { sendKeepAlive() } else { lastSent = home.loop.now }
  }

  /// Sets the next look at the deadlines. Called when one may have moved earlier.
  func arm() {
    guard !isOver else { return }
    var next = min(totalDeadline, drain?.deadline ?? .distantFuture)
    if let pending { next = min(next, pending.at) }
    if let attempt {
      if let deadline = silenceDeadline(attempt) { next = min(next, deadline) }
      if attempt.preparation == nil { next = min(next, attempt.hedgeAt) }
    }
    if let rival, let deadline = silenceDeadline(rival) { next = min(next, deadline) }
    if let due = commentDue { next = min(next, due) }
    clock?.arm(at: next)
  }

  /// Whether an attempt at place `index` of the plan would be admitted now.
  func isUsable(_ index: Int) -> Bool {
    home.health.isUsable(plan.attempts[index].endpoint, now: home.loop.now)
  }

  /// When silence of the provider becomes a failure; nil while we hold the transfer back, and for whole answers.
  private func silenceDeadline(_ state: AttemptState) -> MonotonicTime? {
    if state.mode == .collectingError { return state.errorDeadline }
    // What is awaited before the request is sent has limits of its own.
    guard request.isStream, state.isRunning, !state.isPaused, state.preparation == nil else { return nil }
    if state.hasEvent {
      let timeouts = snapshot.configuration.routing.timeouts
      let limit = canRescue(state) ? timeouts.idleFallbackMilliseconds : timeouts.idleMilliseconds
      return state.lastActivity.adding(milliseconds: Int64(limit))
    }
    return state.sentAt.adding(milliseconds: state.firstTokenMilliseconds)
  }

  /// When a waiting caller is due a comment; nil for whole answers.
  private var commentDue: MonotonicTime? {
    guard request.isStream, drain == nil else { return nil }
    let silence = exchange.hasBegun ? InferenceCall.furtherComment : InferenceCall.firstComment
    return lastSent.adding(milliseconds: silence)
  }

  private func passTotal() {
    let seconds = snapshot.configuration.routing.timeouts.totalMilliseconds / 1000
    var error = GatewayError(.timedOut, "The request took longer than \(seconds) s", origin: .gateway)
    if let rival {
      rival.end()
      note(rival, "abandoned")
      report(rival, .neutral)
      self.rival = nil
    }
    // The attempt under way is named in the evidence; nothing follows it, since the deadline has passed.
    if let attempt, attempt.isRunning {
      let patience = Int64(snapshot.configuration.routing.timeouts.firstTokenMilliseconds)
      if attempt.mode == .awaitingHead, attempt.preparation == nil,
        home.loop.now.milliseconds(since: attempt.sentAt) >= patience
      {
        report(attempt, .failure(.timeout))
      }
      return fail(attempt, error)
    }
    // It passed between two attempts: those before are told all the same.
    error.metadata.append(MetadataField("attempts", .list(failures.map(\.metadata))))
    end(error)
  }

  private func passSilence(_ state: AttemptState) {
    if state.mode == .collectingError {
      fail(state, reportedError(state))
      return arm()
    }
    let provider = state.planned.endpoint.provider.name
    let words =
      state.hasEvent
      ? "Provider \(provider) went silent in the middle of its answer"
      : "Provider \(provider) did not begin to answer in time"
    fail(state, GatewayError(.timedOut, words, origin: .upstream))
    arm()
  }
}

import Catalog
import Core
import Planning
import Translation
import Upstream

/// The room `dispatch`: one attempt after the other until one speaks.
extension InferenceCall {
  /// Does what the sequence has decided.
  func perform(_ step: AttemptSequence.Step) {
    switch step {
    case .attempt(let index): start(index, .answer)
    case .wait(let index, let time):
      pending = (index, min(time, totalDeadline))
      arm()
    case .giveUp: giveUp()
    }
  }

  /// The time of a waiting attempt has come.
  func resumePending(_ index: Int) {
    pending = nil
    perform(sequence.resume(index, now: home.loop.now, random: 1 - home.chance.unit(), admit: admit))
    if !isOver { arm() }
  }

  /// Asks the endpoint's health, and for extra attempts the model's retry budget, whether attempt `index` may start.
  func admit(_ index: Int, isExtra: Bool) -> AttemptSequence.Admission {
    let planned = plan.attempts[index]
    let now = home.loop.now
    switch home.health.permit(planned.endpoint, now: now, isStream: request.isStream) {
    case .granted(let ticket):
      if isExtra, !home.budget.takeExtra(planned.model, now: now) {
        home.health.finish(ticket, AttemptReport(.neutral), now: now)
        return .overBudget
      }
      if !isExtra { home.budget.noteRequest(planned.model, now: now) }
      granted = ticket
      return .granted
    case .rateLimited(let until): return .rateLimited(until: until)
    case .overloaded(let until): return .overloaded(until: until)
    case .circuitOpen(let until), .probing(let until): return .circuitOpen(until: until)
    }
  }

  /// Starts attempt `index` of the plan, which has been admitted.
  func start(_ index: Int, _ purpose: AttemptState.Purpose) {
    guard let ticket = granted else { return }
    granted = nil
    let planned = plan.attempts[index]
    // What a failed attempt was about to say reached nobody.
    if rescue.transcript != nil, !hasAnswered, !failures.isEmpty, rival == nil {
      rescue.transcript = StreamTranscript()
    }
    let joined = purpose == .rescue ? rescueBody(planned.endpoint, index: index) : nil
    if purpose == .rescue, joined == nil {
      // Nothing can be joined to what the caller has, so nothing more may be sent.
      home.health.finish(ticket, AttemptReport(.neutral), now: home.loop.now)
      return endTruthfully(
        rescue.cause ?? GatewayError(.providerFailed, "The provider cut its answer short", origin: .upstream))
    }
    let identity = identity(of: index)
    // What was written for the same place goes there again as it was.
    let known = purpose == .rescue ? nil : sent.flatMap { $0.index == index ? $0.way : nil }
    let way = known ?? way(to: planned.endpoint, purpose)
    let passThrough = passThrough(way, identity)
    let toolCalls = request.hasTools && passThrough == nil ? ToolCallCollector() : nil
    let state = AttemptState(
      planned, index: index, purpose: purpose, ticket: ticket, way: way, generationID: generationID,
      identity: identity, operation: request.operation, transcript: rescue.transcript, splicer: joined?.splicer,
      passThrough: passThrough, toolCalls: toolCalls,
      eventBytes: snapshot.configuration.server.limits.eventBytes, now: home.loop.now)
    state.joint = joined?.joint ?? .begun
    if purpose == .hedge { rival = state } else { attempt = state }
    setDeadlines(state)
    prepare(state, joined: joined?.body)
  }

  /// What edits a stream that goes through in a format that is not OpenAI's.
  private func passThrough(_ way: OutgoingRequest.Way, _ identity: AnswerIdentity) -> (any PassThroughStream)? {
    guard request.isStream, case .passThrough(let format) = way, let translated else { return nil }
    return format.stream(identity, answerID: translated.answerID(generationID))
  }

  /// Whose answer attempt `index` of the plan would be.
  func identity(of index: Int) -> AnswerIdentity {
    AnswerIdentity(id: generationID, source: snapshot.source(plan.attempts[index].endpoint))
  }

  /// An attempt has failed. Before anything was sent the next one starts; after that the answer is finished elsewhere,
  /// or the caller is told.
  func fail(_ state: AttemptState, _ error: GatewayError) {
    guard !isOver, state.isRunning else { return }
    if drain != nil { return conclude(.cancelled, error) }
    state.end()
    let error = OpenAIErrorBody.redacted(error, secrets: secrets(of: state))
    // A second answer that differs from the first is nobody's failure.
    let isDisagreement = state.splicer?.hasDisagreed == true
    report(
      state, isDisagreement ? .neutral : .failure(FailureClass(error)), retryAfterSeconds: error.retryAfterSeconds)
    note(state, error.kind.errorType)
    failures.append(
      FailedAttempt(
        attempt: state.planned, error: error, milliseconds: home.loop.now.milliseconds(since: state.startedAt),
        answeredStatus: state.head.status))
    if hasAnswered { return continueElsewhere(state, error) }
    sequence.note(state.index, error, now: home.loop.now)
    if outlived(by: state) { return }
    guard home.loop.now < totalDeadline else { return giveUp() }
    logFailure(state, error)
    perform(
      sequence.next(
        after: state.index, error, now: home.loop.now, random: 1 - home.chance.unit(),
        admit: admit))
    if !isOver { checkClock() }
  }

  /// Says what failed, where somebody wants to know.
  func logFailure(_ state: AttemptState, _ error: GatewayError) {
    guard home.log.isEnabled(.info) else { return }
    home.log.write(
      .info, "attempt failed",
      [
        ("generation", generationID), ("endpoint", state.planned.endpoint.tag), ("error", error.kind.rawValue),
        ("message", error.message),
      ])
  }

  /// Ends the call from outside, whatever it is doing.
  func end(_ error: GatewayError) {
    if drain != nil { return conclude(.cancelled, error) }
    finish(with: error)
  }

  /// Nothing is left to try.
  private func giveUp() {
    finish(with: FinalError.error(failures, skips: sequence.skips, now: home.loop.now))
  }

  private func finish(with error: GatewayError) {
    attempt?.end()
    if exchange.hasBegun { return endTruthfully(error) }
    settle(.failed, status: error.kind.status, .nothing)
    exchange.fail(error, fields: generationField, members: translated == nil ? errorMembers : [])
    conclude(.failed, error)
  }

  /// Tells the endpoint's health how an attempt ended, once.
  func report(
    _ state: AttemptState, _ result: AttemptReport.Result, tokens: Int64? = nil, retryAfterSeconds: Int? = nil,
    toolCalls: ToolCallSoundness? = nil
  ) {
    guard !state.isReported else { return }
    state.isReported = true
    var report = AttemptReport(result)
    report.isStream = request.isStream
    report.outputTokens = tokens.map { Int($0) }
    report.generationMilliseconds = Double(home.loop.now.nanoseconds - state.startedAt.nanoseconds) / 1_000_000
    report.retryAfterSeconds = retryAfterSeconds
    report.toolCalls = toolCalls
    home.health.finish(state.ticket, report, now: home.loop.now)
    home.news?.note()
  }
}

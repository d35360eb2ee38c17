import Core
import HTTPWire
import Planning
import Translation
import Upstream

/// The room `dispatch`: one attempt after the other until one speaks.
extension InferenceCall {
  /// Starts attempt `index` of the plan.
  func startAttempt(_ index: Int) {
    let planned = plan.attempts[index]
    let identity = AnswerIdentity(id: generationID, source: snapshot.source(planned.endpoint))
    let state = AttemptState(
      planned, index: index, operation: request.operation, identity: identity,
      eventBytes: snapshot.configuration.server.limits.eventBytes, now: home.loop.now)
    attempt = state
    guard let route = snapshot.route(planned.endpoint.provider, request.operation) else {
      return fail(
        GatewayError(.internalFailure, "The provider has no route", origin: .gateway, resend: .safe))
    }
    let body = ByteBuffer(capacity: exchange.body.count + 128)
    OpenAIRequestEncoder.encode(
      request, body: exchange.body.bytes, upstreamModel: planned.endpoint.upstreamModel, into: body)
    state.transfer = home.transport.start(route, body: body, observer: self)
  }

  /// The attempt under way has failed. Before anything was sent the next one starts; after that the caller is told.
  func fail(_ error: GatewayError) {
    guard let attempt, !isOver else { return }
    attempt.end()
    let error = OpenAIErrorBody.redacted(error, secrets: secrets(of: attempt))
    if hasAnswered { return endTruthfully(error) }
    failures.append(
      FailedAttempt(
        attempt: attempt.planned, error: error,
        milliseconds: home.loop.now.milliseconds(since: attempt.startedAt)))
    let hasTime = home.loop.now < totalDeadline
    if hasTime, let next = AttemptDecision.next(after: attempt.index, error, plan.attempts) {
      home.log.write(
        .info, "attempt failed, trying the next",
        [
          ("generation", generationID), ("endpoint", attempt.planned.endpoint.tag), ("error", error.kind.rawValue),
          ("message", error.message),
        ])
      startAttempt(next)
      checkClock()
    } else {
      giveUp()
    }
  }

  /// Ends the call from outside, whatever it is doing.
  func end(_ error: GatewayError) {
    attempt?.end()
    if exchange.hasBegun { return endTruthfully(error) }
    exchange.fail(error, fields: generationField)
    conclude(.failed, error)
  }

  /// Nothing is left to try.
  private func giveUp() {
    let error = AttemptDecision.finalError(failures)
    if exchange.hasBegun { return endTruthfully(error) }
    exchange.fail(error, fields: generationField)
    conclude(.failed, error)
  }

  /// Whether another attempt would follow if this one stayed silent.
  var hasAlternative: Bool {
    guard let attempt else { return false }
    return attempt.index + 1 < plan.attempts.count
  }
}

extension InferenceCall: UpstreamObserver {
  func upstream(_ transfer: any UpstreamTransfer, head: UpstreamHead) {
    guard let attempt, attempt.transfer === transfer else { return }
    attempt.head = head
    attempt.lastActivity = home.loop.now
    guard head.status >= 200, head.status < 300 else {
      attempt.mode = .collectingError
      return
    }
    if head.contentType == "text/html" {
      return fail(
        GatewayError(.providerFailed, "The provider answered with a web page instead of an answer", origin: .upstream))
    }
    // A stream that was asked for and comes as one JSON document is a provider's way to say no.
    attempt.mode = request.isStream && head.contentType != "application/json" ? .streaming : .collectingAnswer
  }

  func upstream(_ transfer: any UpstreamTransfer, bytes: UnsafeRawBufferPointer) {
    guard let attempt, attempt.transfer === transfer else { return }
    switch attempt.mode {
    case .streaming: relay(bytes, attempt)
    case .collectingAnswer:
      attempt.collected.append(bytes)
      if attempt.collected.count > GatewayLoop.answerLimit {
        fail(
          GatewayError(
            .providerFailed, "The provider's answer is larger than \(GatewayLoop.answerLimit) bytes",
            origin: .upstream))
      }
    case .collectingError:
      attempt.collected.append(bytes)
      if attempt.collected.count > AttemptState.errorBodyLimit { fail(reportedError(attempt)) }
    case .awaitingHead: break
    }
  }

  func upstream(_ transfer: any UpstreamTransfer, ended failure: GatewayError?) {
    guard let attempt, attempt.transfer === transfer else { return }
    attempt.transfer = nil
    if attempt.mode == .collectingError { return fail(reportedError(attempt)) }
    if let failure { return fail(failure) }
    switch attempt.mode {
    case .streaming: endOfStream(attempt)
    case .collectingAnswer: endOfAnswer(attempt)
    case .collectingError, .awaitingHead:
      fail(GatewayError(.providerFailed, "The provider sent no response", origin: .upstream))
    }
  }

  /// What must never come back out of a provider's words, wherever it puts them.
  private func secrets(of attempt: AttemptState) -> [Secret] {
    let settings = attempt.planned.endpoint.provider.settings
    return [settings.apiKey].compactMap { $0 } + settings.headers.map(\.value)
  }

  private func reportedError(_ attempt: AttemptState) -> GatewayError {
    OpenAIErrorBody.error(
      status: attempt.head.status, body: attempt.collected.bytes,
      retryAfterSeconds: RetryAfter.seconds(attempt.head.retryAfter), provider: attempt.planned.endpoint.provider.name,
      secrets: secrets(of: attempt))
  }
}

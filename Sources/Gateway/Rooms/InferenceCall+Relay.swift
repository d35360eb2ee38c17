import Core
import HTTPServer
import HTTPWire
import JSON
import Ledger
import Planning
import Translation
import Upstream

/// The room `relay`: what the provider says goes to the caller, as it comes.
extension InferenceCall {
  // MARK: Streams

  /// Takes bytes of a stream: every whole event among them is edited and passed on, in one write.
  func relay(_ bytes: UnsafeRawBufferPointer, _ state: AttemptState) { _ = read(bytes, state) }

  /// Reads on; `bytes` is nil when the body has ended in order, and an event that lacks nothing but its end counts. Whether
  /// the attempt goes on.
  private func read(_ bytes: UnsafeRawBufferPointer?, _ state: AttemptState) -> Bool {
    let output = home.output
    output.clear()
    var failure: GatewayError?
    let comments = state.comments
    let hadEvent = state.hasEvent
    do {
      if let translation = state.translation {
        func note(_ chunk: UnsafeRawBufferPointer) {
          guard failure == nil else { return }
          state.lastActivity = home.loop.now
          failure = take(chunk, state, output)
        }
        if let bytes { try translation.feed(bytes, onChunk: note) } else { try translation.end(onChunk: note) }
      } else {
        func note(_ event: SSEEvent) {
          guard failure == nil else { return }
          // Whole events are progress, single bytes are not: a trickle must not hold a caller until the total deadline.
          state.lastActivity = home.loop.now
          failure = take(event, state, output)
        }
        if let bytes {
          try state.parser.feed(bytes, onEvent: note)
        } else {
          try state.parser.finish(isWhole: StreamEnd.isWhole, onEvent: note)
        }
      }
    } catch {
      failure =
        error as? GatewayError
        ?? GatewayError(.providerFailed, "The provider's stream cannot be read", origin: .upstream)
    }
    if state.comments != comments { state.lastActivity = home.loop.now }
    if !state.hasEvent { hold(output, state) }
    if !hadEvent, state.hasEvent { begunToSpeak(state) }
    if drain != nil {
      failure = noteDrained(bytes?.count ?? 0) ?? failure
    } else if !output.isEmpty {
      send(output, state)
    }
    if let failure {
      fail(state, failure)
      return false
    }
    // From the first event on the idle deadline counts, which may come before the one of the first token.
    if !hadEvent, state.hasEvent { arm() }
    return true
  }

  /// Holds back what says nothing yet: the caller has no answer as long as another endpoint could still give it.
  private func hold(_ output: ByteBuffer, _ state: AttemptState) {
    state.held.append(output.bytes)
    output.clear()
    if state.deltaBytes > 0 || state.isFinished || state.held.count > AttemptState.heldLimit + 3 * request.textBytes {
      state.firstEventAt = home.loop.now
      output.append(state.held.bytes)
      state.held.release()
    }
  }

  /// The first event of an attempt that says something is there.
  private func begunToSpeak(_ state: AttemptState) {
    state.hedgeAt = .distantFuture
    home.health.firstToken(state.ticket, now: home.loop.now)
    settleRivalry(state)
  }

  private func take(_ event: SSEEvent, _ state: AttemptState, _ output: ByteBuffer) -> GatewayError? {
    if event.data.isEmpty { return nil }
    if let passThrough = state.passThrough { return take(event, passThrough, output) }
    if let name = event.event, name.elementsEqual("error".utf8) { return OpenAIErrorBody.eventError(event.data) }
    return take(event.data, state, output)
  }

  /// Takes a chunk in OpenAI's format.
  private func take(
    _ chunk: UnsafeRawBufferPointer, _ state: AttemptState, _ output: ByteBuffer
  ) -> GatewayError? {
    do throws(GatewayError) {
      switch try state.editor.take(chunk, into: output) {
      case .chunk, .held:
        // What repeats the beginning of a broken answer goes to nobody, and shows all the same that the provider speaks.
        if state.purpose == .rescue, state.firstEventAt == nil { state.firstEventAt = home.loop.now }
        return nil
      case .failure(let error): return error
      }
    } catch {
      return error
    }
  }

  /// Takes an event of a format that both sides speak.
  private func take(_ event: SSEEvent, _ stream: any PassThroughStream, _ output: ByteBuffer) -> GatewayError? {
    do throws(GatewayError) {
      if case .failure(let error) = try stream.take(event, into: output) { return error }
      return nil
    } catch {
      return error
    }
  }

  /// Sends edited events. The first ones carry the response's head with them.
  private func send(_ output: ByteBuffer, _ state: AttemptState) {
    if !exchange.hasBegun { begin(state) }
    if !hasAnswered {
      hasAnswered = true
      // Without a rescue no other attempt follows.
      sent = nil
      if !sequence.hasSibling(of: state.index, isUsable: { _ in true }) { releaseBody() }
    }
    // Without a rescue no other attempt follows.
    if state.passThrough != nil || rescue.transcript?.isClosed ?? true { releaseBody() }
    speaker = state
    lastSent = home.loop.now
    deliver(output, state)
    if exchange.isAboveHighWater, !state.isPaused {
      state.isPaused = true
      state.transfer?.pause()
    }
  }

  private func begin(_ attempt: AttemptState?) {
    let fields = answerFields(attempt)
    exchange.begin(
      status: 200, fields: fields, contentType: translated?.dialect.streamType ?? "text/event-stream")
  }

  /// Hands what the rooms say to the caller, in its own format; what has gone through in it is there already.
  private func deliver(_ output: ByteBuffer, _ state: AttemptState?) {
    guard let translated, state?.passThrough == nil else { return exchange.write(output.bytes) }
    let model = state?.planned.model.id ?? plan.attempts.first?.model.id ?? ""
    exchange.write(
      translated.streamed(
        output.bytes, generationID, model: model, promptBytes: request.textBytes,
        eventBytes: snapshot.configuration.server.limits.eventBytes
      ).bytes)
  }

  /// A comment while the caller waits. It commits the status, not the answer: other attempts may still follow.
  func sendKeepAlive() {
    if !exchange.hasBegun { begin(nil) }
    lastSent = home.loop.now
    if let translated {
      return exchange.write(translated.keepAlive(generationID, model: request.model ?? "").bytes)
    }
    let output = home.output
    output.clear()
    OpenAIStreamEditor.appendKeepAlive(to: output)
    exchange.write(output.bytes)
  }

  /// The provider's body has ended in order. Only if every choice has its finish reason is the stream complete.
  func endOfStream(_ state: AttemptState) {
    guard read(nil, state) else { return }
    let editor = state.editor
    guard state.isFinished else {
      let words =
        state.hasEvent
        ? "The provider ended its stream before the answer was complete" : "The provider sent an empty stream"
      return fail(state, GatewayError(.providerFailed, words, origin: .upstream))
    }
    let part = part(state, failure: nil)
    let total = rescue.total(part)
    let output = home.output
    output.clear()
    if let passThrough = state.passThrough {
      passThrough.appendEnd(
        usage: InferenceCall.estimate(total.usage), cost: total.cost, members: finalMembers(part), to: output)
    } else {
      editor.appendUsage(total.usage, cost: total.cost, members: finalMembers(part), to: output)
      OpenAIStreamEditor.appendTerminator(to: output)
    }
    let outcome: Outcome = drain != nil ? .cancelled : rescue.isUnderWay ? .rescued : .complete
    settle(
      outcome, status: 200,
      Settlement(
        usage: total.usage, cost: total.cost, served: state, finishReason: state.finishReason,
        commonFinishReason: state.way.decoding == nil ? nil : editor.finishReason, upstreamID: state.upstreamID,
        serviceTier: state.serviceTier))
    if !exchange.hasBegun { begin(state) }
    deliver(output, state)
    exchange.finish()
    succeed(state, usage: part.usage.usage)
    conclude(outcome, nil)
  }

  /// The usage as what it is for the caller, where the gateway counted it itself; nil where the provider did.
  static func estimate(_ usage: OpenAIUsage) -> AnswerUsage? {
    guard usage.isEstimated else { return nil }
    var estimate = AnswerUsage(usage.usage)
    estimate.isEstimated = true
    return estimate
  }

  /// Members of the usage chunk besides the usage: that the answer was rescued, and the evidence where it was asked for.
  private func finalMembers(_ last: Rescue.Part) -> [(key: String, value: JSONValue)] {
    var members: [(key: String, value: JSONValue)] = []
    if rescue.isUnderWay { members.append(RescueMark.flag) }
    if wantsEvidence { members.append(("openrouter_metadata", evidence(last.planned, rescue.mark(last)))) }
    return members
  }

  /// An answer that has begun cannot go on: the caller gets an error as the last event, and no terminator.
  func endTruthfully(_ error: GatewayError) {
    let output = home.output
    output.clear()
    let last = speaker ?? attempt
    if let passThrough = speaker?.passThrough {
      passThrough.appendError(error, to: output)
    } else {
      let editor = last?.editor ?? OpenAIStreamEditor(request.operation, identity: identity(of: 0))
      editor.appendError(error, members: errorMembers, to: output)
    }
    let outcome: Outcome = hasAnswered ? .truncated : .failed
    settle(outcome, status: exchange.hasBegun ? 200 : error.kind.status, hasAnswered ? settlementOfParts() : .nothing)
    deliver(output, speaker)
    exchange.finish()
    conclude(outcome, error)
  }

  // MARK: Fields

  /// The generation id, on every answer to an inference request.
  var generationField: ResponseFields {
    var fields = ResponseFields()
    addIDs(&fields)
    return fields
  }

  /// The generation id, and the request's under the name that Anthropic's SDKs look for.
  private func addIDs(_ fields: inout ResponseFields) {
    fields.add("x-generation-id", generationID)
    if translated?.dialect.format == .anthropic { fields.add("request-id", exchange.requestID) }
  }

  /// Fields of an answer; without an attempt, those of a stream that begins before any provider has spoken.
  func answerFields(_ attempt: AttemptState?) -> ResponseFields {
    var fields = attempt.map { snapshot.fields($0.planned.endpoint) } ?? GatewaySnapshot.privateFields
    addIDs(&fields)
    if let id = attempt?.head.requestID { fields.add("x-provider-request-id", id) }
    if let dropped = attempt?.outgoing?.dropped { fields.add("x-patchbay-dropped", dropped) }
    return fields
  }
}

extension InferenceCall: ExchangeObserver {
  /// The caller has gone: the provider's transfer is cancelled at once, or read to its end for what it counts.
  func callerLeft(_ exchange: Exchange) {
    if startDrain() { return }
    conclude(.cancelled, GatewayError(.requestTimeout, "The caller left", origin: .caller))
  }

  /// The caller has read enough for more to be fetched. The idle clock stood still meanwhile.
  func callerDrained(_ exchange: Exchange) {
    guard let attempt, attempt.isPaused else { return }
    attempt.isPaused = false
    attempt.lastActivity = home.loop.now
    attempt.transfer?.resume()
    checkClock()
  }
}

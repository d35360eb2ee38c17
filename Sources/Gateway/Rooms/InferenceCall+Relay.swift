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
  func relay(_ bytes: UnsafeRawBufferPointer, _ state: AttemptState) {
    let output = home.output
    output.clear()
    var failure: GatewayError?
    let comments = state.parser.comments
    let hadEvent = state.hasEvent
    do {
      try state.parser.feed(bytes) { event in
        guard failure == nil else { return }
        // Whole events are progress, single bytes are not: a trickle must not hold a caller until the total deadline.
        state.lastActivity = home.loop.now
        failure = take(event, state, output)
      }
    } catch {
      failure =
        error as? GatewayError
        ?? GatewayError(.providerFailed, "The provider's stream cannot be read", origin: .upstream)
    }
    if state.parser.comments != comments { state.lastActivity = home.loop.now }
    if !state.hasEvent { hold(output, state) }
    if !hadEvent, state.hasEvent { begunToSpeak(state) }
    if drain != nil { failure = noteDrained(bytes.count) ?? failure } else if !output.isEmpty { send(output, state) }
    if let failure { return fail(state, failure) }
    // From the first event on the idle deadline counts, which may come before the one of the first token.
    if !hadEvent, state.hasEvent { arm() }
  }

  /// Holds back what says nothing yet: the caller has no answer as long as another endpoint could still give it.
  private func hold(_ output: ByteBuffer, _ state: AttemptState) {
    state.held.append(output.bytes)
    output.clear()
    if state.editor.deltaBytes > 0 || state.editor.isFinished || state.held.count > AttemptState.heldLimit {
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
    if let name = event.event, name.elementsEqual("error".utf8) { return OpenAIErrorBody.eventError(event.data) }
    do throws(GatewayError) {
      switch try state.editor.take(event.data, into: output) {
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
    if rescue.transcript?.isClosed ?? true { releaseBody() }
    speaker = state
    lastSent = home.loop.now
    exchange.write(output.bytes)
    if exchange.isAboveHighWater, !state.isPaused {
      state.isPaused = true
      state.transfer?.pause()
    }
  }

  private func begin(_ attempt: AttemptState?) {
    let fields = answerFields(attempt)
    exchange.begin(status: 200, fields: fields, contentType: "text/event-stream")
  }

  /// A comment while the caller waits. It commits the status, not the answer: other attempts may still follow.
  func sendKeepAlive() {
    if !exchange.hasBegun { begin(nil) }
    let output = home.output
    output.clear()
    OpenAIStreamEditor.appendKeepAlive(to: output)
    lastSent = home.loop.now
    exchange.write(output.bytes)
  }

  /// The provider's body has ended in order. Only if every choice has its finish reason is the stream complete.
  func endOfStream(_ state: AttemptState) {
    let editor = state.editor
    guard editor.isFinished else {
      let words =
        state.hasEvent
        ? "The provider ended its stream before the answer was complete" : "The provider sent an empty stream"
      return fail(state, GatewayError(.providerFailed, words, origin: .upstream))
    }
    let part = part(state, failure: nil)
    let total = rescue.total(part)
    let output = home.output
    output.clear()
    editor.appendUsage(total.usage, cost: total.cost, members: finalMembers(part), to: output)
    OpenAIStreamEditor.appendTerminator(to: output)
    let outcome: Outcome = drain != nil ? .cancelled : rescue.isUnderWay ? .rescued : .complete
    settle(
      outcome, status: 200,
      Settlement(
        usage: total.usage, cost: total.cost, served: state, finishReason: editor.finishReason,
        upstreamID: editor.upstreamID, serviceTier: editor.serviceTier))
    if !exchange.hasBegun { begin(state) }
    exchange.write(output.bytes)
    exchange.finish()
    succeed(state, usage: part.usage.usage)
    conclude(outcome, nil)
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
    let editor = (speaker ?? attempt)?.editor ?? OpenAIStreamEditor(request.operation, identity: identity(of: 0))
    editor.appendError(error, members: errorMembers, to: output)
    let outcome: Outcome = hasAnswered ? .truncated : .failed
    settle(outcome, status: exchange.hasBegun ? 200 : error.kind.status, hasAnswered ? settlementOfParts() : .nothing)
    exchange.write(output.bytes)
    exchange.finish()
    conclude(outcome, error)
  }

  // MARK: Whole answers

  /// The provider's whole answer is there.
  func endOfAnswer(_ state: AttemptState) {
    if request.isStream {
      return fail(state, documentInsteadOfStream(state))
    }
    let answer: OpenAIAnswerEditor
    do throws(GatewayError) {
      answer = try OpenAIAnswerEditor(request.operation, data: state.collected.bytes)
    } catch {
      return fail(state, error)
    }
    let usage = Settle.usage(answer.usage, requestBytes: request.textBytes, answerBytes: answer.answerBytes)
    let cost = Settle.cost(
      usage, state.planned, images: request.imageCount,
      isEmpty: answer.answerBytes == 0 && request.operation != .embedding)
    settle(
      .complete, status: 200,
      Settlement(
        usage: usage, cost: cost, served: state, finishReason: answer.finishReason, upstreamID: answer.upstreamID,
        serviceTier: answer.serviceTier))
    let output = home.output
    output.clear()
    answer.write(
      identity: state.identity, usage: usage, cost: cost,
      members: wantsEvidence ? [("openrouter_metadata", evidence(state.planned, nil))] : [], to: output)
    let fields = answerFields(state)
    exchange.respond(status: 200, fields: fields, contentType: "application/json", body: output.bytes)
    home.trimOutput()
    if let calls = state.toolCalls { answer.note(in: calls) }
    succeed(state, usage: usage.usage)
    conclude(.complete, nil)
  }

  /// A provider that was asked for a stream and sent one document: its error, if it is one.
  private func documentInsteadOfStream(_ state: AttemptState) -> GatewayError {
    do throws(GatewayError) {
      _ = try OpenAIAnswerEditor(request.operation, data: state.collected.bytes)
    } catch {
      return error
    }
    return GatewayError(.providerFailed, "The provider did not stream the answer", origin: .upstream)
  }

  // MARK: Fields

  /// The generation id, on every answer to an inference request.
  var generationField: ResponseFields {
    var fields = ResponseFields()
    fields.add("x-generation-id", generationID)
    return fields
  }

  /// Fields of an answer; without an attempt, those of a stream that begins before any provider has spoken.
  private func answerFields(_ attempt: AttemptState?) -> ResponseFields {
    var fields = attempt.map { snapshot.fields($0.planned.endpoint) } ?? GatewaySnapshot.privateFields
    fields.add("x-generation-id", generationID)
    if let id = attempt?.head.requestID { fields.add("x-provider-request-id", id) }
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

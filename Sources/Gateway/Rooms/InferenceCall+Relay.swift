import Core
import HTTPServer
import HTTPWire
import Planning
import Translation
import Upstream

/// The room `relay`: what the provider says goes to the caller, as it comes.
extension InferenceCall {
  // MARK: Streams

  /// Takes bytes of a stream: every whole event among them is edited and passed on, in one write.
  func relay(_ bytes: UnsafeRawBufferPointer, _ attempt: AttemptState) {
    let output = home.output
    output.clear()
    var failure: GatewayError?
    let comments = attempt.parser.comments
    let hadEvent = attempt.hasEvent
    do {
      try attempt.parser.feed(bytes) { event in
        guard failure == nil else { return }
        // Whole events are progress, single bytes are not: a trickle must not hold a caller until the total deadline.
        attempt.lastActivity = home.loop.now
        failure = take(event, attempt, output)
      }
    } catch {
      failure =
        error as? GatewayError
        ?? GatewayError(.providerFailed, "The provider's stream cannot be read", origin: .upstream)
    }
    if attempt.parser.comments != comments { attempt.lastActivity = home.loop.now }
    if !output.isEmpty { send(output, attempt) }
    if let failure { return fail(failure) }
    // From the first event on the idle deadline counts, which may come before the one of the first token.
    if !hadEvent, attempt.hasEvent { arm() }
  }

  private func take(_ event: SSEEvent, _ attempt: AttemptState, _ output: ByteBuffer) -> GatewayError? {
    if event.data.isEmpty { return nil }
    if let name = event.event, name.elementsEqual("error".utf8) { return OpenAIErrorBody.eventError(event.data) }
    do throws(GatewayError) {
      switch try attempt.editor.take(event.data, into: output) {
      case .chunk, .held:
        attempt.hasEvent = true
        return nil
      case .failure(let error): return error
      }
    } catch {
      return error
    }
  }

  /// Sends edited events. The first ones carry the response's head with them.
  private func send(_ output: ByteBuffer, _ attempt: AttemptState) {
    if !exchange.hasBegun { begin(attempt) }
    if !hasAnswered {
      hasAnswered = true
      exchange.body.release()  // no other attempt follows
    }
    lastSent = home.loop.now
    exchange.write(output.bytes)
    if exchange.isAboveHighWater, !attempt.isPaused {
      attempt.isPaused = true
      attempt.transfer?.pause()
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
  func endOfStream(_ attempt: AttemptState) {
    let editor = attempt.editor
    guard editor.isFinished else {
      let words =
        attempt.hasEvent
        ? "The provider ended its stream before the answer was complete" : "The provider sent an empty stream"
      return fail(GatewayError(.providerFailed, words, origin: .upstream))
    }
    let usage = Settle.usage(editor.usage, requestBytes: request.textBytes, answerBytes: editor.deltaBytes)
    let cost = Settle.cost(usage, attempt.planned, images: request.imageCount)
    let output = home.output
    output.clear()
    editor.appendUsage(usage, cost: cost, to: output)
    OpenAIStreamEditor.appendTerminator(to: output)
    if !exchange.hasBegun { begin(attempt) }
    exchange.write(output.bytes)
    exchange.finish()
    conclude(.complete, nil)
  }

  /// An answer that has begun cannot go on: the caller gets an error as the last event, and no terminator.
  func endTruthfully(_ error: GatewayError) {
    let output = home.output
    output.clear()
    if let attempt { attempt.editor.appendError(error, to: output) }
    exchange.write(output.bytes)
    exchange.finish()
    conclude(hasAnswered ? .truncated : .failed, error)
  }

  // MARK: Whole answers

  /// The provider's whole answer is there.
  func endOfAnswer(_ attempt: AttemptState) {
    if request.isStream {
      return fail(documentInsteadOfStream(attempt))
    }
    let answer: OpenAIAnswerEditor
    do throws(GatewayError) {
      answer = try OpenAIAnswerEditor(request.operation, data: attempt.collected.bytes)
    } catch {
      return fail(error)
    }
    let usage = Settle.usage(answer.usage, requestBytes: request.textBytes, answerBytes: answer.answerBytes)
    let cost = Settle.cost(usage, attempt.planned, images: request.imageCount)
    let output = home.output
    output.clear()
    answer.write(identity: attempt.identity, usage: usage, cost: cost, to: output)
    let fields = answerFields(attempt)
    exchange.respond(status: 200, fields: fields, contentType: "application/json", body: output.bytes)
    home.trimOutput()
    conclude(.complete, nil)
  }

  /// A provider that was asked for a stream and sent one document: its error, if it is one.
  private func documentInsteadOfStream(_ attempt: AttemptState) -> GatewayError {
    do throws(GatewayError) {
      _ = try OpenAIAnswerEditor(request.operation, data: attempt.collected.bytes)
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
    fields.append(generationField)
    if let id = attempt?.head.requestID { fields.add("x-provider-request-id", id) }
    return fields
  }
}

extension InferenceCall: ExchangeObserver {
  /// The caller has gone: the provider's transfer is cancelled at once.
  func callerLeft(_ exchange: Exchange) {
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

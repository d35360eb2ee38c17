import Core
import HTTPServer
import JSON
import Ledger
import Planning
import Translation
import Upstream

/// Whole answers in the room `relay`: read when they are there, and sent in one piece.
extension InferenceCall {
  /// The provider's whole answer is there.
  func endOfAnswer(_ state: AttemptState) {
    if request.isStream { return fail(state, documentInsteadOfStream(state)) }
    if case .passThrough(let format) = state.way { return passOn(state, format) }
    var decoded: Answer?
    var native: String?
    let answer: OpenAIAnswerEditor
    do throws(GatewayError) {
      if let dialect = state.way.decoding { decoded = try decode(state, dialect) }
      answer = try read(state, &native)
    } catch {
      return fail(state, error)
    }
    let usage = Settle.usage(answer.usage, requestBytes: request.textBytes, answerBytes: answer.answerBytes)
    let cost = Settle.cost(
      usage, state.planned, images: request.imageCount,
      isEmpty: answer.answerBytes == 0 && request.operation != .embedding)
    let sent: ByteBuffer
    do throws(GatewayError) {
      sent = try written(answer, decoded, usage, cost, state)
    } catch {
      return fail(state, error)
    }
    native = native ?? decoded?.choices.first?.finish?.native
    let finish = answer.finishReason
    settle(
      .complete, status: 200,
      Settlement(
        usage: usage, cost: cost, served: state, finishReason: native ?? finish,
        commonFinishReason: native == nil ? nil : finish, upstreamID: answer.upstreamID,
        serviceTier: answer.serviceTier))
    respond(sent, state)
    if let calls = state.toolCalls { answer.note(in: calls) }
    succeed(state, usage: usage.usage)
    conclude(.complete, nil)
  }

  /// Reads what was collected, repaired where it must be. `native`: the finish reason that was put in other words.
  private func read(_ state: AttemptState, _ native: inout String?) throws(GatewayError) -> OpenAIAnswerEditor {
    let answer = try OpenAIAnswerEditor(request.operation, data: state.collected.bytes)
    guard let repaired = answer.repaired(hidesReasoning: state.outgoing?.hidesReasoning ?? false) else { return answer }
    native = answer.finishReason
    state.collected.clear()
    state.collected.append(repaired)
    return try OpenAIAnswerEditor(request.operation, data: state.collected.bytes)
  }

  /// The answer as the caller reads it. `decoded`: from a provider that does not speak OpenAI's format.
  private func written(
    _ answer: borrowing OpenAIAnswerEditor, _ decoded: Answer?, _ usage: OpenAIUsage, _ cost: Money?,
    _ state: AttemptState
  ) throws(GatewayError) -> ByteBuffer {
    let model = state.planned.model.id
    let members = wantsEvidence ? [("openrouter_metadata", evidence(state.planned, nil))] : []
    if let decoded, let translated {
      let edit = WholeAnswer.Edit(
        model: model, provider: state.planned.endpoint.provider.name, usage: usage, cost: cost, members: members)
      return translated.whole(decoded, edit, generationID, promptBytes: request.textBytes)
    }
    let output = home.output
    output.clear()
    answer.write(identity: state.identity, usage: usage, cost: cost, members: members, to: output)
    guard let translated else { return output }
    return try translated.whole(output.bytes, generationID, model: model, promptBytes: request.textBytes)
  }

  private func respond(_ body: ByteBuffer, _ state: AttemptState) {
    exchange.respond(
      status: 200, fields: answerFields(state), contentType: "application/json", body: body.bytes)
    home.trimOutput()
  }

  /// Replaces what was collected by the same answer in OpenAI's format, and returns it; nil for embeddings, which have no
  /// other form between the two.
  private func decode(_ state: AttemptState, _ dialect: any ProviderDialect) throws(GatewayError) -> Answer? {
    let decoded = ByteBuffer(capacity: state.collected.count + 256)
    var answer: Answer?
    if request.operation == .embedding {
      try WholeEmbedding.fromProvider(state.collected.bytes, dialect, state.answerContext, to: decoded)
    } else {
      answer = try WholeAnswer.fromProvider(state.collected.bytes, dialect, state.answerContext, to: decoded)
    }
    state.collected.clear()
    state.collected.append(decoded.bytes)
    return answer
  }

  /// An answer in the format that both sides speak.
  private func passOn(_ state: AttemptState, _ format: any PassThrough) {
    guard let translated else { return }
    let answer: any PassThroughAnswer
    do throws(GatewayError) {
      answer = try format.answer(state.collected.bytes)
    } catch {
      return fail(state, error)
    }
    let reported: OpenAIUsage? = answer.usage.map { .combined([($0.counts, $0.isEstimated)]) }
    let usage = Settle.usage(reported, requestBytes: request.textBytes, answerBytes: answer.answerBytes)
    let cost = Settle.cost(usage, state.planned, images: request.imageCount, isEmpty: answer.answerBytes == 0)
    let output = home.output
    output.clear()
    answer.write(
      state.identity, answerID: translated.answerID(generationID), usage: InferenceCall.estimate(usage), cost: cost,
      members: wantsEvidence ? [("openrouter_metadata", evidence(state.planned, nil))] : [], to: output)
    settle(
      .complete, status: 200,
      Settlement(
        usage: usage, cost: cost, served: state, finishReason: answer.finishReason, upstreamID: answer.upstreamID,
        serviceTier: answer.serviceTier))
    respond(output, state)
    succeed(state, usage: usage.usage)
    conclude(.complete, nil)
  }

  /// A provider that was asked for a stream and sent one document: its error, if it is one.
  private func documentInsteadOfStream(_ state: AttemptState) -> GatewayError {
    let body = state.collected.bytes
    do throws(GatewayError) {
      switch state.way {
      case .own: _ = try OpenAIAnswerEditor(request.operation, data: body)
      case .passThrough(let format): _ = try format.answer(body)
      case .translated(let dialect): _ = try dialect.answer(body, state.answerContext)
      }
    } catch {
      return error
    }
    return GatewayError(.providerFailed, "The provider did not stream the answer", origin: .upstream)
  }
}

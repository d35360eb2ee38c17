import Core
import JSON
import Ledger

/// Reads a provider's whole answer and writes it for the caller with the same edits as a stream's chunks.
package struct OpenAIAnswerEditor: ~Copyable {
  private let chunk: OpenAIChunk
  private let data: UnsafeRawBufferPointer
  /// What the provider reported, or nil.
  package var usage: OpenAIUsage? { chunk.usage }
  /// Bytes of text in the answer, for an estimate where no usage was reported.
  package var answerBytes: Int { chunk.deltaBytes }

  /// The finish reason of the first choice that has one, as the provider wrote it.
  package var finishReason: String? { chunk.finishReason?.recordText(in: data) }
  /// The provider's own id of the answer.
  package var upstreamID: String? { chunk.id?.recordText(in: data) }
  /// The service tier that the provider reported.
  package var serviceTier: String? { chunk.serviceTier?.recordText(in: data) }

  /// Reads an answer; `data` must outlive the value. Throws a `GatewayError` when it is no answer: not JSON, an error in
  /// the body of a success, nothing in it.
  package init(_ operation: OpenAIOperation, data: UnsafeRawBufferPointer) throws(GatewayError) {
    let chunk = try OpenAIAnswerEditor.read(data, operation)
    self.chunk = chunk
    self.data = data
  }

  private static func read(
    _ data: UnsafeRawBufferPointer, _ operation: OpenAIOperation
  ) throws(GatewayError) -> OpenAIChunk {
    guard data.contains(where: { $0 > 32 }) else {
      throw GatewayError(.providerFailed, "The provider sent an empty answer", origin: .upstream)
    }
    let chunk: OpenAIChunk
    do throws(JSONProblem) {
      chunk = try OpenAIChunk(data, answer: operation.subject.answer)
    } catch {
      throw GatewayError(
        .providerFailed, "The provider sent an answer that is not valid JSON", origin: .upstream,
        context: error.description)
    }
    if let error = chunk.error { throw OpenAIErrorBody.streamError(error) }
    if !chunk.hasChoices {
      throw GatewayError(
        .providerFailed, "The provider sent an answer without '\(operation.subject.answer)'", origin: .upstream)
    }
    if chunk.isEmpty {
      throw GatewayError(.providerFailed, "The provider sent an answer with nothing in it", origin: .upstream)
    }
    return chunk
  }

  /// The answer with what must be set right for the caller; nil when nothing must. `hidesReasoning`: the caller wants to
  /// read none.
  package func repaired(hidesReasoning: Bool) -> [UInt8]? {
    var needs = chunk.needs.intersection(.finish)
    if hidesReasoning, chunk.carries.contains(.reasoning) { needs.insert(.reasoning) }
    return needs.isEmpty ? nil : ChunkRepair(object: "", created: 0, needs: needs).repaired(data)
  }

  /// Notes the answer's tool calls, so that they can be judged.
  package func note(in toolCalls: ToolCallCollector) { toolCalls.note(chunk, data) }

  /// Appends the answer for the caller, with `usage` and its cost as the last member, but for further `members`.
  package func write(
    identity: AnswerIdentity, usage: OpenAIUsage, cost: Money?, members: [(key: String, value: JSONValue)] = [],
    to output: ByteBuffer
  ) {
    chunk.writeOpen(data, identity: identity, to: output)
    output.append(#","usage":"#)
    usage.write(cost: cost, to: output)
    for member in members { member.value.write(asMember: member.key, to: output) }
    output.append("}")
  }
}

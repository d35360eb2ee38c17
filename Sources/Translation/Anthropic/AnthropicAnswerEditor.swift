import Core
import JSON

/// Reads a provider's whole answer in Anthropic's format and writes it for a caller of the same, with the same edits as a
/// stream's.
package struct AnthropicAnswerEditor: PassThroughAnswer {
  private let data: UnsafeRawBufferPointer
  private let value: JSONValue
  /// What the provider reported, in OpenAI's convention; nil when it reported nothing.
  package let usage: AnswerUsage?

  /// Reads an answer; `data` must outlive the value. Throws a `GatewayError` when it is no answer.
  package init(_ data: UnsafeRawBufferPointer) throws(GatewayError) {
    self.data = data
    value = try JSONValue.answer(data)
    if value["type"]?.stringValue == "error", let error = value["error"] { throw AnthropicErrorBody.streamError(error) }
    guard value["content"]?.arrayValue != nil else {
      throw GatewayError(.providerFailed, "The provider sent an answer without 'content'", origin: .upstream)
    }
    var reported = AnthropicUsage()
    if let usage = value["usage"] { reported.take(usage) }
    usage = reported.answerUsage
  }

  /// Why the answer ended, in the provider's words.
  package var finishReason: String? { value["stop_reason"]?.stringValue }
  /// The provider's id of the message.
  package var upstreamID: String? { value["id"]?.stringValue }
  /// The tier that the provider reported.
  package var serviceTier: String? { value["usage"]?["service_tier"]?.stringValue }

  /// Bytes of text in the answer, for an estimate where no usage was reported.
  package var answerBytes: Int {
    var bytes = 0
    for block in value["content"]?.arrayValue ?? [] {
      bytes += block["text"]?.stringValue?.utf8.count ?? 0
      bytes += block["thinking"]?.stringValue?.utf8.count ?? 0
      if let input = block["input"] { bytes += input.serialized().count }
    }
    return bytes
  }

  /// Appends the answer for the caller, with its cost in USD (null where the price is not known) and further `members`.
  package func write(
    _ identity: AnswerIdentity, answerID: String, usage: AnswerUsage?, cost: Money?,
    members: [(key: String, value: JSONValue)], to output: ByteBuffer
  ) {
    let edited = ByteBuffer(capacity: data.count + 256)
    do throws(JSONProblem) {
      let priced = try priced(usage, cost)
      try AnthropicMessageEdit.write(priced.bytes, identity, answerID, to: edited)
    } catch {
      // Cannot be: the text has been parsed.
      return
    }
    output.append(UnsafeRawBufferPointer(rebasing: edited.bytes.dropLast(trailing(edited.bytes))))
    for member in members { member.value.write(asMember: member.key, to: output) }
    output.append("}")
  }

  /// Bytes from the closing brace on.
  private func trailing(_ text: UnsafeRawBufferPointer) -> Int {
    text.count - (text.lastIndex(of: UInt8(ascii: "}")) ?? text.count)
  }

  /// The answer with the cost in its usage.
  private func priced(_ estimate: AnswerUsage?, _ cost: Money?) throws(JSONProblem) -> ByteBuffer {
    var splice = JSONSplice()
    var scanner = JSONScanner(data)
    var hasMember = try scanner.enterObject()
    while hasMember {
      let key = try scanner.key()
      let span = try scanner.value()
      if key.isNamed("usage"), span.kind == .object {
        let usage = try JSONValue.parse(span.bytes(in: data)).objectValue ?? []
        splice.replace(span, with: AnthropicUsage.priced(usage, estimate, cost).serialized())
      }
      hasMember = try scanner.nextMember()
    }
    let buffer = ByteBuffer(capacity: data.count + 64)
    splice.apply(to: data, into: buffer)
    return buffer
  }
}

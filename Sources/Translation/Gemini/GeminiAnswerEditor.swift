import Core
import JSON

/// Reads a provider's whole answer in Google's format and writes it for a caller of the same, with the same edits as a
/// stream's.
package struct GeminiAnswerEditor: PassThroughAnswer {
  private let data: UnsafeRawBufferPointer
  private let value: JSONValue
  private let spans: GeminiEventSpans
  /// What the provider reported, in OpenAI's convention; nil when it reported nothing.
  package let usage: AnswerUsage?
  /// The tier that the provider reported.
  package let serviceTier: String?

  /// Reads an answer; `data` must outlive the value. Throws a `GatewayError` when it is no answer, and a 403 when the
  /// prompt was blocked.
  package init(_ data: UnsafeRawBufferPointer) throws(GatewayError) {
    self.data = data
    value = try JSONValue.answer(data)
    if let error = value["error"], !error.isNull { throw GeminiErrorBody.streamError(error) }
    guard value["candidates"]?.arrayValue?.isEmpty == false else {
      throw GeminiAnswerReader.blocked(value["promptFeedback"])
        ?? GatewayError(.providerFailed, "The provider sent an answer without 'candidates'", origin: .upstream)
    }
    var spans = GeminiEventSpans()
    do throws(JSONProblem) {
      try spans.read(data)
    } catch {
      throw GatewayError(.providerFailed, "The provider sent an answer that cannot be read", origin: .upstream)
    }
    self.spans = spans
    var reported = GeminiUsage()
    if let usage = value["usageMetadata"] { reported.take(usage) }
    for candidate in value["candidates"]?.arrayValue ?? [] {
      reported.searches += GeminiGrounding.searches(candidate)
    }
    usage = reported.answerUsage
    serviceTier = reported.serviceTier
  }

  /// Why the answer ended, in the provider's words.
  package var finishReason: String? { value["candidates"]?[0]?["finishReason"]?.stringValue }
  /// The provider's id of the answer.
  package var upstreamID: String? { value["responseId"]?.stringValue }

  /// Bytes of text in the answer, for an estimate where no usage was reported.
  package var answerBytes: Int {
    guard let span = spans.candidates, let candidates = try? JSONValue.parse(span.bytes(in: data)).arrayValue else {
      return 0
    }
    return candidates.reduce(0) { sum, candidate in
      guard let parts = candidate["content"]?["parts"], parts.arrayValue != nil else { return sum }
      return sum + (parts.serialized().withUnsafeBytes { (try? GeminiAnswerBytes.count($0)) ?? 0 })
    }
  }

  /// Appends the answer for the caller.
  package func write(
    _ identity: AnswerIdentity, answerID: String, usage: AnswerUsage?, cost: Money?,
    members: [(key: String, value: JSONValue)], to output: ByteBuffer
  ) {
    GeminiAnswerEdit(identity, answerID: answerID).write(data, spans, usage: usage, to: output)
  }
}

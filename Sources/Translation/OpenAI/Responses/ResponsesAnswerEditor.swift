import Core
import JSON

/// Reads a provider's whole answer in the Responses format and writes it for a caller of the same, with the same edits as
/// a stream's.
struct ResponsesAnswerEditor: PassThroughAnswer {
  private let data: UnsafeRawBufferPointer
  private let value: JSONValue
  /// What the provider reported, in OpenAI's convention; nil when it reported nothing.
  let usage: AnswerUsage?

  /// Reads an answer; `data` must outlive the value. Throws a `GatewayError` when it is no answer.
  init(_ data: UnsafeRawBufferPointer) throws(GatewayError) {
    self.data = data
    value = try ResponsesAnswerReader.response(data)
    guard value["output"]?.arrayValue != nil else {
      throw GatewayError(.providerFailed, "The provider sent an answer without 'output'", origin: .upstream)
    }
    usage = ResponsesUsage.read(value["usage"])
  }

  /// Why the answer ended, in the provider's words.
  var finishReason: String? { ResponsesAnswerEditor.finishReason(value) }
  /// The provider's id of the response.
  var upstreamID: String? { value["id"]?.stringValue }
  /// The tier that the provider reported.
  var serviceTier: String? { value["service_tier"]?.stringValue }

  /// Bytes of text in the answer, for an estimate where no usage was reported.
  var answerBytes: Int {
    func length(_ value: JSONValue?) -> Int { value?.stringValue?.utf8.count ?? 0 }
    var bytes = 0
    for item in value["output"]?.arrayValue ?? [] {
      bytes += length(item["arguments"]) + length(item["input"])
      for part in (item["content"]?.arrayValue ?? []) + (item["summary"]?.arrayValue ?? []) {
        bytes += length(part["text"]) + length(part["refusal"])
      }
    }
    return bytes
  }

  /// Appends the answer for the caller, with its cost in USD (null where the price is not known) and further `members`.
  func write(
    _ identity: AnswerIdentity, answerID: String, usage: AnswerUsage?, cost: Money?,
    members: [(key: String, value: JSONValue)], to output: ByteBuffer
  ) {
    let priced = ResponsesUsage.priced(value["usage"], usage, cost)
    // The text has been parsed before.
    try? ResponsesResponseEdit.write(data, identity, answerID, usage: priced, members: members, to: output)
  }

  /// `status`, or why it is not `completed`.
  static func finishReason(_ response: JSONValue) -> String? {
    response["incomplete_details"]?["reason"]?.stringValue ?? response["status"]?.stringValue
  }
}

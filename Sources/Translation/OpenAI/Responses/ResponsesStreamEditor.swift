import Core
import HTTPWire
import JSON

/// Edits a provider's stream in the Responses format for a caller of the same, event by event: `id` and `model` of the
/// response are the gateway's, `provider` and the cost are added, all else goes through as written. One per attempt.
final class ResponsesStreamEditor: PassThroughStream {
  private let identity: AnswerIdentity
  private let answerID: String
  /// The last event, which goes out with the cost at the end, and where the response lies in it.
  private var last: (name: StaticString, data: [UInt8], response: JSONSpan)?
  /// The response as it was told last, for an error behind it.
  private var response: [UInt8] = []
  private var number: Int64 = -1
  /// What the provider has reported, in OpenAI's convention; nil until it does at the end.
  private(set) var usage: AnswerUsage?
  /// Bytes of text the answer's deltas have carried so far.
  private(set) var deltaBytes = 0
  /// Why the answer ended, in the provider's words.
  private(set) var finishReason: String?
  /// The provider's id of the response.
  private(set) var upstreamID: String?
  /// The tier that the provider reported.
  private(set) var serviceTier: String?

  /// An editor; `answerID` is the answer's id in this format, `resp_…`.
  init(_ identity: AnswerIdentity, answerID: String) {
    self.identity = identity
    self.answerID = answerID
  }

  /// Whether the provider has said how the answer ended.
  var isFinished: Bool { last != nil }

  /// Takes one event and appends what goes to the caller. Throws when the data is no event; nothing has been appended
  /// then.
  func take(_ event: SSEEvent, into output: ByteBuffer) throws(GatewayError) -> OpenAIStreamEditor.Event {
    if last != nil || event.data.isEmpty || event.data.elementsEqual("[DONE]".utf8) { return .held }
    do throws(JSONProblem) {
      return try edit(event.data, into: output)
    } catch {
      throw GatewayError(
        .providerFailed, "The provider sent an event that is not valid JSON", origin: .upstream,
        context: error.description)
    }
  }

  private func edit(
    _ data: UnsafeRawBufferPointer, into output: ByteBuffer
  ) throws(JSONProblem) -> OpenAIStreamEditor.Event {
    var spans = ResponsesEventSpans()
    try spans.read(data)
    guard let type = spans.type else {
      if let span = spans.error {
        return .failure(ResponsesErrorBody.streamError(try JSONValue.parse(span.bytes(in: data))))
      }
      throw JSONProblem("the event has no type", at: 0)
    }
    if let delta = spans.delta { deltaBytes += delta.count - 2 }
    if type.isText("error", in: data) || type.isText("response.error", in: data) {
      let value = try JSONValue.parse(data)
      return .failure(ResponsesErrorBody.streamError(value["error"] ?? value))
    }
    guard let span = spans.response else {
      number = spans.number?.smallInteger(in: data) ?? number + 1
      append(JSONText(type, in: data), data, output)
      return .chunk
    }
    return try takeResponse(span, spans, type, data, output)
  }

  /// An event with the whole response in it.
  private func takeResponse(
    _ span: JSONSpan, _ spans: ResponsesEventSpans, _ type: JSONSpan, _ data: UnsafeRawBufferPointer,
    _ output: ByteBuffer
  ) throws(JSONProblem) -> OpenAIStreamEditor.Event {
    let value = try JSONValue.parse(span.bytes(in: data))
    upstreamID = value["id"]?.stringValue ?? upstreamID
    serviceTier = value["service_tier"]?.stringValue ?? serviceTier
    usage = ResponsesUsage.read(value["usage"]) ?? usage
    if type.isText("response.failed", in: data) {
      return .failure(ResponsesErrorBody.streamError(value["error"] ?? .null))
    }
    let isWhole = type.isText("response.completed", in: data)
    if isWhole || type.isText("response.incomplete", in: data) {
      last = (isWhole ? "response.completed" : "response.incomplete", Array(data), span)
      finishReason = ResponsesAnswerEditor.finishReason(value)
      return .held
    }
    let edited = ByteBuffer(capacity: data.count + 128)
    edited.append(UnsafeRawBufferPointer(rebasing: data[..<span.start]))
    let start = edited.count
    try ResponsesResponseEdit.write(span.bytes(in: data), identity, answerID, to: edited)
    response = Array(edited.bytes[start...])
    edited.append(UnsafeRawBufferPointer(rebasing: data[span.end...]))
    number = spans.number?.smallInteger(in: data) ?? number + 1
    append(JSONText(type, in: data), edited.bytes, output)
    return .chunk
  }

  private func append(_ name: JSONText, _ data: UnsafeRawBufferPointer, _ output: ByteBuffer) {
    output.append("event: ")
    output.append(name)
    output.append("\ndata: ")
    if data.contains(UInt8(ascii: "\n")) {
      // Lines of one event: their ends are white space in JSON.
      output.append(data.map { $0 == UInt8(ascii: "\n") ? UInt8(ascii: " ") : $0 })
    } else {
      output.append(data)
    }
    output.append("\n\n")
  }

  /// The answer is complete: appends its last event, with its cost in USD (null where the price is not known), and the
  /// terminator.
  func appendEnd(
    usage: AnswerUsage?, cost: Money?, members: [(key: String, value: JSONValue)], to output: ByteBuffer
  ) {
    if let last {
      last.data.withUnsafeBytes { data in
        let edited = ByteBuffer(capacity: data.count + 256)
        edited.append(UnsafeRawBufferPointer(rebasing: data[..<last.response.start]))
        let reported = try? JSONValue.parse(last.response.bytes(in: data))["usage"]
        // The text has been parsed before.
        try? ResponsesResponseEdit.write(
          last.response.bytes(in: data), identity, answerID, usage: ResponsesUsage.priced(reported, usage, cost),
          members: members, to: edited)
        edited.append(UnsafeRawBufferPointer(rebasing: data[last.response.end...]))
        let name = UnsafeRawBufferPointer(start: last.name.utf8Start, count: last.name.utf8CodeUnitCount)
        append(JSONText(inside: name), edited.bytes, output)
      }
    }
    OpenAIStreamEditor.appendTerminator(to: output)
  }

  /// Appends an error as the stream's last event: the response as it was told, failed.
  func appendError(_ error: GatewayError, to output: ByteBuffer) {
    let told = (try? JSONValue.parse(response))?.objectValue ?? [("id", .string(answerID)), ("output", .array([]))]
    var writer = ObjectWriter(told.filter { !["status", "error", "error_type"].contains($0.key) })
    writer.add("status", "failed")
    writer.add("error", ResponsesErrorBody.inner(error))
    writer.add("error_type", error.kind.listedErrorType)
    output.append("event: response.failed\ndata: ")
    JSONValue.object([
      ("type", .string("response.failed")), ("sequence_number", .integer(number + 1)), ("response", writer.value),
    ]).write(to: output)
    output.append("\n\n")
  }
}

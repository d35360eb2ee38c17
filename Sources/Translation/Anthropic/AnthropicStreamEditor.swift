import Core
import HTTPWire
import JSON

/// Edits a provider's stream in Anthropic's format for a caller of the same, event by event: `id` and `model` of the
/// message are the gateway's, `provider` and the cost are added, all else goes through as written. The counterpart of
/// `OpenAIStreamEditor`; one per attempt.
package final class AnthropicStreamEditor: PassThroughStream {
  private let identity: AnswerIdentity
  private let answerID: String
  private var reported = AnthropicUsage()
  /// The last event with usage, which goes out with the cost at the end.
  private var lastDelta: [UInt8]?
  /// Whether the provider has said why the answer ended.
  package private(set) var isFinished = false
  /// Whether the provider sent `message_stop`.
  package private(set) var sawTerminator = false
  /// Bytes of text the answer's deltas have carried so far.
  package private(set) var deltaBytes = 0
  /// Why the answer ended, in the provider's words.
  package private(set) var finishReason: String?
  /// The provider's id of the message.
  package private(set) var upstreamID: String?
  /// The tier that the provider reported.
  package private(set) var serviceTier: String?

  /// An editor; `answerID` is the answer's id in this format, `msg_…`.
  package init(_ identity: AnswerIdentity, answerID: String) {
    self.identity = identity
    self.answerID = answerID
  }

  /// What the provider has reported, in OpenAI's convention; nil until it does at the end.
  package var usage: AnswerUsage? { lastDelta == nil ? nil : reported.answerUsage }

  /// The counts of `message_start`.
  package var startUsage: AnswerUsage? { reported.answerUsage }

  /// Takes one event and appends what goes to the caller. Throws when the data is no event; nothing has been appended
  /// then.
  package func take(
    _ event: SSEEvent, into output: ByteBuffer
  ) throws(GatewayError) -> OpenAIStreamEditor.Event {
    if sawTerminator || event.data.isEmpty { return .held }
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
    var spans = AnthropicEventSpans()
    try spans.read(data)
    guard let type = spans.type else { throw JSONProblem("the event has no type", at: 0) }
    if type.isText("message_stop", in: data) {
      sawTerminator = true
      return .held
    }
    if type.isText("error", in: data) {
      let error = try spans.error.map { (span) throws(JSONProblem) in try JSONValue.parse(span.bytes(in: data)) }
      return .failure(AnthropicErrorBody.streamError(error ?? .null))
    }
    if type.isText("message_delta", in: data) {
      if let span = spans.usage { reported.take(try JSONValue.parse(span.bytes(in: data))) }
      if let span = spans.stopReason, finishReason == nil { finishReason = span.recordText(in: data) }
      if spans.stopReason != nil { isFinished = true }
      lastDelta = Array(data)
      return .held
    }
    if type.isText("message_start", in: data), let span = spans.message {
      try start(span, data, output)
      return .chunk
    }
    for span in [spans.text, spans.thinking, spans.partialJSON] { if let span { deltaBytes += span.count - 2 } }
    append(JSONText(type, in: data), data, output)
    return .chunk
  }

  /// `message_start` with the gateway's identity.
  private func start(
    _ span: JSONSpan, _ data: UnsafeRawBufferPointer, _ output: ByteBuffer
  ) throws(JSONProblem) {
    let message = UnsafeRawBufferPointer(rebasing: data[span.start..<span.end])
    let value = try JSONValue.parse(message)
    if let usage = value["usage"] { reported.take(usage) }
    upstreamID = value["id"]?.stringValue
    serviceTier = value["usage"]?["service_tier"]?.stringValue
    let edited = ByteBuffer(capacity: data.count + 128)
    edited.append(UnsafeRawBufferPointer(rebasing: data[..<span.start]))
    try AnthropicMessageEdit.write(message, identity, answerID, to: edited)
    edited.append(UnsafeRawBufferPointer(rebasing: data[span.end...]))
    let name: StaticString = "message_start"
    append(
      JSONText(inside: UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)), edited.bytes,
      output)
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

  /// The answer is complete: appends its last events, with its cost in USD (null where the price is not known).
  package func appendEnd(
    usage: AnswerUsage?, cost: Money?, members: [(key: String, value: JSONValue)], to output: ByteBuffer
  ) {
    if let lastDelta, let value = try? JSONValue.parse(lastDelta), var event = value.objectValue {
      let reported = event.first { $0.key == "usage" }?.value.objectValue ?? []
      event.removeAll { $0.key == "usage" }
      event.append(("usage", AnthropicUsage.priced(reported, usage, cost)))
      output.append("event: message_delta\ndata: ")
      JSONValue.object(event).write(to: output)
      output.append("\n\n")
    }
    output.append("event: message_stop\ndata: ")
    JSONValue.object([("type", .string("message_stop"))] + members).write(to: output)
    output.append("\n\n")
  }

  /// Appends an error as the stream's last event.
  package func appendError(_ error: GatewayError, to output: ByteBuffer) {
    AnthropicErrorBody.appendEvent(error, to: output)
  }
}

/// The edits to a message in Anthropic's format: whose it is.
enum AnthropicMessageEdit {
  /// Appends the message with the gateway's `id`, `model` and `provider`.
  static func write(
    _ message: UnsafeRawBufferPointer, _ identity: AnswerIdentity, _ answerID: String, to output: ByteBuffer
  ) throws(JSONProblem) {
    var splice = JSONSplice()
    let id = ByteBuffer()
    id.append(jsonString: answerID)
    var hasID = false
    var hasModel = false
    var members = JSONMemberList()
    var scanner = JSONScanner(message)
    var hasMember = try scanner.enterObject()
    while hasMember {
      let key = try scanner.key()
      let span = try scanner.value()
      if key.isNamed("id"), !hasID {
        hasID = true
        splice.replace(span, with: id.copyBytes())
      } else if key.isNamed("model"), !hasModel {
        hasModel = true
        splice.replace(span, with: identity.modelJSON)
      }
      members.append(start: key.span.start, end: span.end, isRemoved: key.isNamed("provider"))
      hasMember = try scanner.nextMember()
    }
    let end = scanner.position
    try scanner.end()
    members.addRemovals(to: &splice)
    let isBare = members.count == 0
    splice.replace(
      end - 1, end - 1, with: isBare ? Array(identity.providerMember.dropFirst()) : identity.providerMember)
    splice.apply(to: message, into: output)
  }
}

import Core
import JSON

/// Writes the events of a streamed answer as chunks in OpenAI's chat format: what the rooms edit, judge and relay. The
/// gateway's identity (`id`, `model`, `provider`) is theirs to add. One per stream.
package struct OpenAIChunkEncoder {
  /// `{"object":…,"created":…`
  private let head: [UInt8]
  /// The head and `,"choices":[{"index":`
  private let opening: [UInt8]
  /// Whether a choice has had its role, by the choice's number.
  private var begun: [Int64] = []

  /// An encoder for an answer to a request of that time. Unit: seconds since 1970.
  package init(created: Int64) {
    head = Array(#"{"object":"chat.completion.chunk","created":\#(created)"#.utf8)
    opening = head + Array(#","choices":[{"index":"#.utf8)
  }

  /// Appends the chunk for an event; nothing for events that the format has no chunk for.
  package mutating func encode(_ event: AnswerEvent, into output: ByteBuffer) {
    switch event.happening {
    case .text(let text):
      open(event.choice, #""content":""#, output)
      output.append(text)
      close("\"", output)
    case .reasoning(let delta): write(delta, event.choice, output)
    case .toolArguments(let position, let text):
      openCall(position, event.choice, output)
      output.append(#","function":{"arguments":""#)
      output.append(text)
      close(#""}}]"#, output)
    case .refusal(let text):
      open(event.choice, #""refusal":""#, output)
      output.append(text)
      close("\"", output)
    default: writeRare(event, output)
    }
  }

  private mutating func writeRare(_ event: AnswerEvent, _ output: ByteBuffer) {
    switch event.happening {
    case .start(let start):
      open(event.choice, #""content":"""#, output)
      output.append(#"},"finish_reason":null}]"#)
      if let tier = start.serviceTier { JSONValue.string(tier).write(asMember: "service_tier", to: output) }
      output.append("}")
    case .toolCall(let position, let call): write(call, position, event.choice, output)
    case .citation(let citation):
      open(event.choice, #""annotations":["#, output)
      OpenAICitation.object(citation).write(to: output)
      close("]", output)
    case .logprobs(let value):
      open(event.choice, #""content":"""#, output)
      output.append(#"},"finish_reason":null,"logprobs":"#)
      value.write(to: output)
      output.append("}]}")
    case .image(let image):
      guard let address = image.source.address else { return }
      open(event.choice, #""images":[{"type":"image_url","image_url":{"url":"#, output)
      output.append(jsonString: address)
      close("}}]", output)
    case .audio(let audio):
      open(event.choice, #""audio":"#, output)
      OpenAIAudio.object(audio).write(to: output)
      close("", output)
    case .finish(let reason): write(reason, event.choice, output)
    case .usage(let usage):
      output.append(head)
      output.append(#","choices":[],"usage":"#)
      OpenAIUsageForm.write(usage, to: output)
      output.append("}")
    case .failure(let error):
      output.append(#"{"error":"#)
      OpenAIChunkEncoder.object(error).write(to: output)
      output.append(#","choices":[]}"#)
    default: break
    }
  }

  /// The error in the words that `OpenAIErrorBody` reads the same error from.
  private static func object(_ error: GatewayError) -> JSONValue {
    var reasons: MetadataValue?
    var code: String?
    var status = Int64(error.kind.status)
    for field in error.metadata {
      if field.name == "provider_status", case .integer(let reported) = field.value { status = reported }
      if field.name == "reasons" { reasons = field.value }
      if field.name == "provider_code", case .text(let text) = field.value { code = text }
    }
    var writer = ObjectWriter([("code", .integer(status)), ("message", .string(error.message))])
    writer.add("type", error.kind == .contextLengthExceeded ? error.kind.errorType : code)
    if let reasons { writer.add("metadata", .object([("reasons", ErrorDocument.value(reasons))])) }
    return writer.value
  }

  // MARK: Frames

  /// `{…"choices":[{"index":N,"delta":{` and the beginning of the delta's first member, behind the role in a choice's
  /// first chunk.
  @inline(__always)
  private mutating func open(_ choice: Int64, _ member: StaticString, _ output: ByteBuffer) {
    output.append(opening)
    output.append(decimal: Int(choice))
    output.append(#","delta":{"#)
    if !begun.contains(choice) {
      begun.append(choice)
      output.append(#""role":"assistant","#)
    }
    output.append(member)
  }

  /// The end of the delta's last member, and of a chunk that finishes nothing.
  @inline(__always)
  private func close(_ member: StaticString, _ output: ByteBuffer) {
    output.append(member)
    output.append(#"},"finish_reason":null}]}"#)
  }

  private mutating func openCall(_ position: Int64, _ choice: Int64, _ output: ByteBuffer) {
    open(choice, #""tool_calls":[{"index":"#, output)
    output.append(decimal: Int(position))
  }

  // MARK: Pieces

  private mutating func write(
    _ call: ToolCallStart, _ position: Int64, _ choice: Int64, _ output: ByteBuffer
  ) {
    openCall(position, choice, output)
    output.append(#","id":"#)
    output.append(jsonString: call.id)
    output.append(#","type":"function","function":{"name":"#)
    output.append(jsonString: call.name)
    output.append(#","arguments":""}"#)
    for extra in call.extras { extra.value.write(asMember: extra.name, to: output) }
    close("}]", output)
  }

  /// Readable text stands twice: as `reasoning`, which every client shows, and as a piece that can be given back.
  private mutating func write(_ delta: ReasoningDelta, _ choice: Int64, _ output: ByteBuffer) {
    let member: StaticString
    switch delta.kind {
    case .text: member = #""type":"reasoning.text","text":""#
    case .summary: member = #""type":"reasoning.summary","summary":""#
    case .encrypted: member = #""type":"reasoning.encrypted","data":""#
    case .signature: member = #""type":"reasoning.text","signature":""#
    }
    if delta.kind == .text || delta.kind == .summary {
      open(choice, #""reasoning":""#, output)
      output.append(delta.text)
      output.append(#"","reasoning_details":[{"#)
    } else {
      open(choice, #""reasoning_details":[{"#, output)
    }
    output.append(member)
    output.append(delta.text)
    output.append("\"")
    if let id = delta.id {
      output.append(#","id":"#)
      output.append(jsonString: id)
    }
    output.append(#","format":""#)
    output.append(delta.format.rawValue)
    output.append(#"","index":"#)
    output.append(decimal: Int(delta.index))
    close("}]", output)
  }

  private mutating func write(_ reason: FinishReason, _ choice: Int64, _ output: ByteBuffer) {
    open(choice, #""content":""},"finish_reason":""#, output)
    output.append(reason.kind.rawValue)
    output.append("\"")
    if let native = reason.native {
      output.append(#","native_finish_reason":"#)
      output.append(jsonString: native)
    }
    if let text = reason.stopText {
      output.append(#","stop_reason":"#)
      output.append(jsonString: text)
    }
    output.append("}]}")
  }
}

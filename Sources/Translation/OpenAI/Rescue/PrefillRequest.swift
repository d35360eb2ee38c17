import Core
import JSON

/// The request that asks another provider to go on where an answer broke off: the caller's own body with the delivered
/// text as the beginning of the answer. It is a caller's request again, so every encoder takes it.
package struct PrefillRequest {
  /// The new body.
  package let body: ByteBuffer
  /// How the answer is to be joined.
  package let route: StreamSplicer.Route

  /// Bytes of text per token, for the tokens that a limit loses: the usual average of English text.
  private static let bytesPerToken = 4

  /// The request behind `delivered`, or nil when it cannot be continued and only a restart is left. In a chat the
  /// delivered text becomes a last message of the assistant, or goes behind the prefill that the caller itself sent; in
  /// a completion it goes behind the prompt. A limit on the answer's tokens is lowered by the estimate of what was
  /// delivered, to 1 at least. `withoutTrailingSpace` leaves out white space at the text's end, which Anthropic refuses.
  package init?(
    _ operation: OpenAIOperation, _ body: UnsafeRawBufferPointer, behind delivered: DeliveredText,
    withoutTrailingSpace: Bool = false
  ) {
    guard delivered.part == .content, !delivered.hasLoneSurrogate else { return nil }
    let text = withoutTrailingSpace ? PrefillRequest.trimmed(delivered) : delivered.json
    if text.isEmpty { return nil }
    var reader = PrefillReader(operation, text: text, tokens: Int64(delivered.byteCount / PrefillRequest.bytesPerToken))
    do throws(JSONProblem) {
      try reader.read(body)
    } catch {
      return nil
    }
    guard reader.isPrefillable, reader.hasPlace else { return nil }
    self.body = ByteBuffer(capacity: body.count + text.count + 64)
    reader.splice.apply(to: body, into: self.body)
    route = .continuation(.init(own: reader.own, withoutTrailingSpace: withoutTrailingSpace))
  }

  private static func trimmed(_ delivered: DeliveredText) -> [UInt8] {
    let kept = delivered.units.dropLast(delivered.trailingSpace)
    let buffer = ByteBuffer()
    buffer.append(jsonString: String(decoding: kept, as: UTF16.self))
    return Array(buffer.bytes.dropFirst().dropLast())
  }
}

/// Finds where the delivered text goes, and what forbids it.
private struct PrefillReader {
  private let operation: OpenAIOperation
  private let text: [UInt8]
  private let tokens: Int64
  var splice = JSONSplice()
  /// Whether nothing in the request forbids it.
  var isPrefillable = true
  /// Whether a place for the text was found.
  var hasPlace = false
  /// The caller's own prefill.
  var own: [UInt16] = []

  init(_ operation: OpenAIOperation, text: [UInt8], tokens: Int64) {
    self.operation = operation
    self.text = text
    self.tokens = tokens
  }

  mutating func read(_ body: UnsafeRawBufferPointer) throws(JSONProblem) {
    var scanner = JSONScanner(body)
    try scanner.object { (key, scanner) throws(JSONProblem) in
      switch key.string {
      case "messages" where operation == .chat: try messages(&scanner)
      case "prompt" where operation == .completion:
        let span = try scanner.value()
        if span.kind == .string { insert(before: span.end - 1) }
      case let name: try note(name, try scanner.value(), body)
      }
    }
    try scanner.end()
  }

  private mutating func note(
    _ name: String, _ span: JSONSpan, _ body: UnsafeRawBufferPointer
  ) throws(JSONProblem) {
    if span.kind == .null { return }
    switch name {
    case "max_tokens", "max_completion_tokens": lower(span, body)
    case "n", "best_of": if span.smallInteger(in: body) != 1 { isPrefillable = false }
    case "logprobs", "echo": if !(span.kind == .bool && span.count == 5) { isPrefillable = false }
    case "suffix", "audio": isPrefillable = false
    case "response_format":
      if try JSONValue.parse(span.bytes(in: body))["type"]?.stringValue != "text" { isPrefillable = false }
    case "tool_choice":
      let isFree = span.kind == .string && ["auto", "none"].contains(JSONString.decode(span, in: body))
      if !isFree { isPrefillable = false }
    case "modalities":
      let list = try JSONValue.parse(span.bytes(in: body)).arrayValue ?? []
      if !list.allSatisfy({ $0.stringValue == "text" }) { isPrefillable = false }
    default: break
    }
  }

  private mutating func lower(_ span: JSONSpan, _ body: UnsafeRawBufferPointer) {
    guard let limit = span.smallInteger(in: body) else { return }
    splice.replace(span, with: Array(String(max(1, limit - tokens)).utf8))
  }

  private mutating func insert(before position: Int) {
    splice.replace(position, position, with: text)
    hasPlace = true
  }

  // MARK: Messages

  private mutating func messages(_ scanner: inout JSONScanner) throws(JSONProblem) {
    var last = LastMessage()
    try scanner.array { (_, scanner) throws(JSONProblem) in last = try LastMessage(&scanner) }
    guard last.isAssistant else {
      if last.end == 0 { return }
      let opening = Array(#",{"role":"assistant","content":""#.utf8)
      splice.replace(last.end, last.end, with: opening + text + Array("\"}".utf8))
      hasPlace = true
      return
    }
    guard let text = last.text else { return }
    own = JSONTextUnits.all(UnsafeRawBufferPointer(rebasing: scanner.text[(text.start + 1)..<(text.end - 1)]))
    insert(before: text.end - 1)
  }
}

/// What must be known of the last message.
private struct LastMessage {
  var isAssistant = false
  /// Byte offset behind it; 0 without one.
  var end = 0
  /// Its text: its content, or its only part. Nil when it has none, or calls tools.
  var text: JSONSpan?

  init() {}

  init(_ scanner: inout JSONScanner) throws(JSONProblem) {
    var callsTools = false
    try scanner.object { (key, scanner) throws(JSONProblem) in
      if key.matches("content"), try scanner.peek() == .array {
        try scanner.array { (index, scanner) throws(JSONProblem) in
          let part = try LastMessage.part(&scanner)
          text = index == 0 ? part : nil
        }
        return
      }
      let span = try scanner.value()
      if key.matches("content"), span.kind == .string { text = span }
      if key.matches("role") { isAssistant = JSONString.decode(span, in: scanner.text) == "assistant" }
      if key.matches("tool_calls"), span.kind == .array, span.count > 2 { callsTools = true }
    }
    end = scanner.position
    if callsTools { text = nil }
  }

  /// The text of a text part; nil for another part.
  private static func part(_ scanner: inout JSONScanner) throws(JSONProblem) -> JSONSpan? {
    var text: JSONSpan?
    var isText = false
    try scanner.object { (key, scanner) throws(JSONProblem) in
      let span = try scanner.value()
      if key.matches("type"), span.kind == .string { isText = JSONString.decode(span, in: scanner.text) == "text" }
      if key.matches("text"), span.kind == .string { text = span }
    }
    return isText ? text : nil
  }
}

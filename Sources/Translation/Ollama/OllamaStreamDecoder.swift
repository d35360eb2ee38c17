import Core
import JSON

/// Reads the lines of a streamed answer in Ollama's format, each a JSON object. One per stream.
final class OllamaStreamDecoder: StreamDecoder {
  private let limit: Int
  private var events: OllamaEventDecoder
  /// The beginning of a line whose end has not come yet.
  private let partial = ByteBuffer()

  /// A decoder at a stream's beginning, of lines of at most `lineBytes` bytes.
  init(_ context: AnswerContext, lineBytes: Int) {
    limit = lineBytes
    events = OllamaEventDecoder(context)
  }

  /// There are none in this framing.
  var comments: Int { 0 }
  /// Whether a line lacks its end.
  var hasPartialEvent: Bool { !events.isOver && !partial.isEmpty }

  /// Reads on. Nothing is read behind the last line or an error.
  func feed(_ bytes: UnsafeRawBufferPointer, _ emit: (AnswerEvent) -> Void) throws(GatewayError) {
    if events.isOver { return }
    var rest = bytes
    while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
      let line = UnsafeRawBufferPointer(rebasing: rest[..<end])
      rest = UnsafeRawBufferPointer(rebasing: rest[(end + 1)...])
      if partial.isEmpty {
        try take(line, emit)
      } else {
        try keep(line)
        try take(partial.bytes, emit)
        partial.clear()
      }
      if events.isOver { break }
    }
    if !events.isOver { try keep(rest) }
  }

  /// Takes a last line that lacks nothing but its end.
  func end(_ emit: (AnswerEvent) -> Void) throws(GatewayError) {
    if events.isOver || partial.isEmpty || !StreamEnd.isWhole(partial.bytes) { return }
    try take(partial.bytes, emit)
    partial.clear()
  }

  private func keep(_ piece: UnsafeRawBufferPointer) throws(GatewayError) {
    guard partial.count + piece.count <= limit else { throw tooLong }
    partial.append(piece)
  }

  private func take(_ line: UnsafeRawBufferPointer, _ emit: (AnswerEvent) -> Void) throws(GatewayError) {
    guard line.count <= limit else { throw tooLong }
    try events.take(line, emit)
  }

  private var tooLong: GatewayError {
    GatewayError(
      .providerFailed,
      "The provider's stream has a line of more than \(limit) bytes; server.limits.event_bytes is the limit.",
      origin: .upstream)
  }
}

/// Reads the single lines.
private struct OllamaEventDecoder {
  private let context: AnswerContext
  private var calls: Int64 = 0
  private var hasStarted = false
  /// Whether the last line or an error has come.
  private(set) var isOver = false

  /// A decoder at a stream's beginning.
  init(_ context: AnswerContext) { self.context = context }

  /// Takes a line. Throws a 502 for one that is no JSON object.
  mutating func take(_ line: UnsafeRawBufferPointer, _ emit: (AnswerEvent) -> Void) throws(GatewayError) {
    if line.allSatisfy({ $0 == 32 || $0 == 13 || $0 == 9 }) { return }
    do throws(JSONProblem) {
      try read(line, emit)
    } catch {
      throw GatewayError(
        .providerFailed, "The provider sent a line that is not valid JSON", origin: .upstream,
        context: error.description)
    }
  }

  private mutating func read(
    _ line: UnsafeRawBufferPointer, _ emit: (AnswerEvent) -> Void
  ) throws(JSONProblem) {
    var spans = OllamaLineSpans()
    try spans.read(line)
    if let span = spans.error {
      isOver = true
      return emit(AnswerEvent(.failure(OpenAIErrorBody.streamError(try JSONValue.parse(span.bytes(in: line))))))
    }
    if !hasStarted {
      hasStarted = true
      emit(AnswerEvent(.start(AnswerStart(model: spans.model.map { JSONString.decode($0, in: line) }))))
    }
    if let span = spans.thinking, span.count > 2 {
      emit(AnswerEvent(.reasoning(ReasoningDelta(.text, JSONText(span, in: line), index: 0))))
    }
    if let span = spans.content, span.count > 2 { emit(AnswerEvent(.text(JSONText(span, in: line)))) }
    if let span = spans.calls { try takeCalls(try JSONValue.parse(span.bytes(in: line)), emit) }
    if let span = spans.logprobs, let logprobs = OllamaAnswerReader.logprobs(try JSONValue.parse(span.bytes(in: line)))
    {
      emit(AnswerEvent(.logprobs(logprobs)))
    }
    if spans.isDone { finish(spans, line, emit) }
  }

  /// Calls come whole.
  private mutating func takeCalls(_ value: JSONValue, _ emit: (AnswerEvent) -> Void) throws(JSONProblem) {
    for item in value.arrayValue ?? [] {
      // No answer has as many calls; a stream that makes more without end is none.
      guard calls < 4096 else { throw JSONProblem("the answer has too many calls", at: 0) }
      let call = OllamaAnswerReader.call(item, context, calls)
      emit(AnswerEvent(.toolCall(position: calls, ToolCallStart(id: call.id, name: call.name))))
      JSONText.with(call.arguments) { emit(AnswerEvent(.toolArguments(position: calls, $0))) }
      calls += 1
    }
  }

  private mutating func finish(
    _ spans: OllamaLineSpans, _ line: UnsafeRawBufferPointer, _ emit: (AnswerEvent) -> Void
  ) {
    isOver = true
    // Servers before 0.1.30 give no reason.
    let word = spans.reason.map { JSONString.decode($0, in: line) } ?? "stop"
    emit(AnswerEvent(.finish(OllamaAnswerReader.finish(word, hasCalls: calls > 0))))
    let usage = OllamaAnswerReader.usage(
      prompt: spans.promptCount?.smallInteger(in: line), completion: spans.count?.smallInteger(in: line))
    if let usage { emit(AnswerEvent(.usage(usage))) }
  }
}

/// Where the members of a line lie that are read from it, those of `message` among them.
private struct OllamaLineSpans {
  var model: JSONSpan?
  var content: JSONSpan?
  var thinking: JSONSpan?
  var calls: JSONSpan?
  var logprobs: JSONSpan?
  var error: JSONSpan?
  var reason: JSONSpan?
  var promptCount: JSONSpan?
  var count: JSONSpan?
  var isDone = false

  /// Takes a whole line, which must be an object.
  mutating func read(_ line: UnsafeRawBufferPointer) throws(JSONProblem) {
    var scanner = JSONScanner(line)
    var hasMember = try scanner.enterObject()
    while hasMember {
      let key = try scanner.key()
      if key.length == 7, key.isNamed("message"), try scanner.peek() == .object {
        try readMessage(&scanner)
      } else {
        note(key, try scanner.value(), line)
      }
      hasMember = try scanner.nextMember()
    }
    try scanner.end()
  }

  private mutating func note(_ key: JSONKey, _ span: JSONSpan, _ line: UnsafeRawBufferPointer) {
    switch (key.length, span.kind) {
    case (4, _) where key.isNamed("done"): isDone = span.bytes(in: line).elementsEqual("true".utf8)
    case (5, .string) where key.isNamed("model"): model = span
    case (5, .string) where key.isNamed("error"), (5, .object) where key.isNamed("error"): error = span
    case (8, .array) where key.isNamed("logprobs"): logprobs = span
    case (10, .number) where key.isNamed("eval_count"): count = span
    case (11, .string) where key.isNamed("done_reason"): reason = span
    case (17, .number) where key.isNamed("prompt_eval_count"): promptCount = span
    default: break
    }
  }

  private mutating func readMessage(_ scanner: inout JSONScanner) throws(JSONProblem) {
    var hasMember = try scanner.enterObject()
    while hasMember {
      let key = try scanner.key()
      let span = try scanner.value()
      switch (key.length, span.kind) {
      case (7, .string) where key.isNamed("content"): content = span
      case (8, .string) where key.isNamed("thinking"): thinking = span
      case (10, .array) where key.isNamed("tool_calls"): calls = span
      default: break
      }
      hasMember = try scanner.nextMember()
    }
  }
}

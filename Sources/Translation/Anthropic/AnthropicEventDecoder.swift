import Core
import HTTPWire
import JSON

/// Reads the events of a streamed answer in Anthropic's format. One per stream.
struct AnthropicEventDecoder: EventDecoder {
  private let context: AnswerContext
  private var blocks: [AnthropicBlock] = []
  private var citations = HeldCitations()
  private var usage = AnthropicUsage()
  private var calls: Int64 = 0
  private var pieces: Int64 = 0
  private var isOver = false

  /// A decoder at a stream's beginning.
  init(_ context: AnswerContext) { self.context = context }

  /// Takes an event; its `type` says what it is, not its name.
  mutating func take(_ event: SSEEvent, _ emit: (AnswerEvent) -> Void) throws(GatewayError) {
    if event.data.isEmpty || isOver { return }
    do throws(JSONProblem) {
      try take(event.data, emit)
    } catch {
      throw GatewayError(
        .providerFailed, "The provider sent an event that is not valid JSON", origin: .upstream,
        context: error.description)
    }
  }

  private mutating func take(
    _ data: UnsafeRawBufferPointer, _ emit: (AnswerEvent) -> Void
  ) throws(JSONProblem) {
    var spans = AnthropicEventSpans()
    try spans.read(data)
    guard let type = spans.type else { return }
    if type.isText("content_block_delta", in: data) {
      try takeDelta(spans, data, emit)
    } else if type.isText("ping", in: data) {
      emit(AnswerEvent(.keepAlive))
    } else if type.isText("content_block_start", in: data) {
      try startBlock(spans, data, emit)
    } else if type.isText("content_block_stop", in: data) {
      stopBlock(spans, data, emit)
    } else if type.isText("message_start", in: data) {
      try start(spans, data, emit)
    } else if type.isText("message_delta", in: data) {
      try finish(spans, data, emit)
    } else if type.isText("message_stop", in: data) {
      isOver = true
    } else if type.isText("error", in: data) {
      let error = try spans.error.map { (span) throws(JSONProblem) in try JSONValue.parse(span.bytes(in: data)) }
      isOver = true
      emit(AnswerEvent(.failure(AnthropicErrorBody.streamError(error ?? .null))))
    }
  }

  // MARK: Blocks

  private func place(_ spans: AnthropicEventSpans, _ data: UnsafeRawBufferPointer) -> Int? {
    let index = spans.index?.smallInteger(in: data) ?? 0
    return blocks.lastIndex { $0.index == index }
  }

  private mutating func takeDelta(
    _ spans: AnthropicEventSpans, _ data: UnsafeRawBufferPointer, _ emit: (AnswerEvent) -> Void
  ) throws(JSONProblem) {
    guard let place = place(spans, data) else { return }
    switch blocks[place].kind {
    case .text:
      if let span = spans.text, span.count > 2 { answer(JSONText(span, in: data), emit) }
      if let span = spans.citation {
        citations.hold(AnthropicCitation.citation(try JSONValue.parse(span.bytes(in: data))), emit)
      }
    case .thinking(let position):
      if let span = spans.thinking, span.count > 2 {
        emit(reasoning(.text, JSONText(span, in: data), position))
      } else if let span = spans.signature, span.count > 2 {
        emit(reasoning(.signature, JSONText(span, in: data), position))
      }
    case .call(let position):
      guard let span = spans.partialJSON, span.count > 2 else { return }
      blocks[place].hasInput = true
      emit(AnswerEvent(.toolArguments(position: position, JSONText(span, in: data))))
    case .answer:
      guard let span = spans.partialJSON, span.count > 2 else { return }
      blocks[place].hasInput = true
      answer(JSONText(span, in: data), emit)
    case .other: break
    }
  }

  private mutating func answer(_ text: JSONText, _ emit: (AnswerEvent) -> Void) {
    citations.count(text)
    emit(AnswerEvent(.text(text)))
  }

  private func reasoning(_ kind: ReasoningDelta.Kind, _ text: JSONText, _ position: Int64) -> AnswerEvent {
    AnswerEvent(.reasoning(ReasoningDelta(kind, text, index: position, format: .anthropic)))
  }

  private mutating func startBlock(
    _ spans: AnthropicEventSpans, _ data: UnsafeRawBufferPointer, _ emit: (AnswerEvent) -> Void
  ) throws(JSONProblem) {
    guard let span = spans.contentBlock else { return }
    // No answer has as many blocks; a stream that opens more without end is none.
    guard blocks.count < 4096 else { throw JSONProblem("the answer has too many blocks", at: 0) }
    let value = try JSONValue.parse(span.bytes(in: data))
    var block = AnthropicBlock(index: spans.index?.smallInteger(in: data) ?? 0, kind: .other)
    switch value["type"]?.stringValue {
    case "text":
      block.kind = .text
      AnthropicEventDecoder.say(value["text"]?.stringValue) { answer($0, emit) }
      for citation in value["citations"]?.arrayValue ?? [] {
        citations.hold(AnthropicCitation.citation(citation), emit)
      }
    case "thinking":
      block.kind = .thinking(pieces)
      AnthropicEventDecoder.say(value["thinking"]?.stringValue) { emit(reasoning(.text, $0, pieces)) }
      AnthropicEventDecoder.say(value["signature"]?.stringValue) { emit(reasoning(.signature, $0, pieces)) }
      pieces += 1
    case "redacted_thinking":
      AnthropicEventDecoder.say(value["data"]?.stringValue) { emit(reasoning(.encrypted, $0, pieces)) }
      pieces += 1
    case "tool_use": startCall(value, &block, emit)
    default: emit(AnswerEvent(.native(.anthropic, value)))
    }
    blocks.append(block)
  }

  private mutating func startCall(
    _ value: JSONValue, _ block: inout AnthropicBlock, _ emit: (AnswerEvent) -> Void
  ) {
    let name = value["name"]?.stringValue ?? ""
    if let input = value["input"], input.objectValue?.isEmpty == false {
      block.input = String(decoding: input.serialized(), as: UTF8.self)
    }
    if name == context.answerTool {
      block.kind = .answer
      return
    }
    block.kind = .call(calls)
    let id = value["id"]?.stringValue ?? context.callID(calls)
    emit(AnswerEvent(.toolCall(position: calls, ToolCallStart(id: id, name: name))))
    calls += 1
  }

  private mutating func stopBlock(
    _ spans: AnthropicEventSpans, _ data: UnsafeRawBufferPointer, _ emit: (AnswerEvent) -> Void
  ) {
    guard let place = place(spans, data) else { return }
    let block = blocks.remove(at: place)
    switch block.kind {
    case .call(let position) where !block.hasInput:
      // Arguments that came with the beginning, or none at all, which must be JSON all the same.
      AnthropicEventDecoder.say(block.input ?? "{}") {
        emit(AnswerEvent(.toolArguments(position: position, $0)))
      }
    case .answer where !block.hasInput: AnthropicEventDecoder.say(block.input ?? "{}") { answer($0, emit) }
    default: break
    }
    citations.end(emit)
    switch block.kind {
    case .text, .thinking: emit(AnswerEvent(.partEnd))
    default: break
    }
  }

  private static func say(_ text: String?, _ body: (JSONText) -> Void) {
    if let text, !text.isEmpty { JSONText.with(text, body) }
  }

  // MARK: Begin and end

  private mutating func start(
    _ spans: AnthropicEventSpans, _ data: UnsafeRawBufferPointer, _ emit: (AnswerEvent) -> Void
  ) throws(JSONProblem) {
    guard let span = spans.message else { return }
    let message = try JSONValue.parse(span.bytes(in: data))
    if let reported = message["usage"] { usage.take(reported) }
    emit(
      AnswerEvent(
        .start(
          AnswerStart(
            id: message["id"]?.stringValue, model: message["model"]?.stringValue, serviceTier: usage.serviceTier,
            usage: usage.answerUsage))))
  }

  private mutating func finish(
    _ spans: AnthropicEventSpans, _ data: UnsafeRawBufferPointer, _ emit: (AnswerEvent) -> Void
  ) throws(JSONProblem) {
    citations.end(emit)
    if let span = spans.usage { usage.take(try JSONValue.parse(span.bytes(in: data))) }
    if let span = spans.stopReason, span.kind == .string {
      if let details = spans.stopDetails, details.kind == .object {
        AnthropicEventDecoder.say(try JSONValue.parse(details.bytes(in: data))["explanation"]?.stringValue) {
          emit(AnswerEvent(.refusal($0)))
        }
      }
      let stopText = spans.stopSequence.flatMap { $0.kind == .string ? JSONString.decode($0, in: data) : nil }
      emit(
        AnswerEvent(
          .finish(
            AnthropicStopReason.reason(
              JSONString.decode(span, in: data), stopText: stopText,
              isAnswerTool: context.answerTool != nil && calls == 0))))
    }
    if let usage = usage.answerUsage { emit(AnswerEvent(.usage(usage))) }
  }
}

/// A content block that is open.
private struct AnthropicBlock {
  enum Kind {
    case text
    /// A piece of reasoning, by its place among them.
    case thinking(Int64)
    /// A call, by its place among them.
    case call(Int64)
    /// The call that stands for the answer's text.
    case answer
    case other
  }

  let index: Int64
  var kind: Kind
  /// The input that came with the beginning.
  var input: String?
  /// Whether input has come since.
  var hasInput = false
}

/// Where the members of an event lie that are read from it; those of `delta` among them.
struct AnthropicEventSpans {
  var type: JSONSpan?
  var index: JSONSpan?
  var contentBlock: JSONSpan?
  var message: JSONSpan?
  var usage: JSONSpan?
  var error: JSONSpan?
  var text: JSONSpan?
  var thinking: JSONSpan?
  var signature: JSONSpan?
  var partialJSON: JSONSpan?
  var citation: JSONSpan?
  var stopReason: JSONSpan?
  var stopSequence: JSONSpan?
  var stopDetails: JSONSpan?

  /// Takes a whole event, which must be an object.
  mutating func read(_ data: UnsafeRawBufferPointer) throws(JSONProblem) {
    var scanner = JSONScanner(data)
    var hasMember = try scanner.enterObject()
    while hasMember {
      let key = try scanner.key()
      if key.length == 5, key.isNamed("delta"), try scanner.peek() == .object {
        try readDelta(&scanner)
      } else {
        let span = try scanner.value()
        switch (key.length, span.kind) {
        case (4, .string) where key.isNamed("type"): type = span
        case (5, .number) where key.isNamed("index"): index = span
        case (5, .object) where key.isNamed("usage"): usage = span
        case (5, .object) where key.isNamed("error"): error = span
        case (7, .object) where key.isNamed("message"): message = span
        case (13, .object) where key.isNamed("content_block"): contentBlock = span
        default: break
        }
      }
      hasMember = try scanner.nextMember()
    }
    try scanner.end()
  }

  private mutating func readDelta(_ scanner: inout JSONScanner) throws(JSONProblem) {
    var hasMember = try scanner.enterObject()
    while hasMember {
      let key = try scanner.key()
      let span = try scanner.value()
      switch (key.length, span.kind) {
      case (4, .string) where key.isNamed("text"): text = span
      case (8, .string) where key.isNamed("thinking"): thinking = span
      case (9, .string) where key.isNamed("signature"): signature = span
      case (12, .string) where key.isNamed("partial_json"): partialJSON = span
      case (8, .object) where key.isNamed("citation"): citation = span
      case (11, .string) where key.isNamed("stop_reason"): stopReason = span
      case (13, _) where key.isNamed("stop_sequence"): stopSequence = span
      case (12, _) where key.isNamed("stop_details"): stopDetails = span
      default: break
      }
      hasMember = try scanner.nextMember()
    }
  }
}

import Core
import HTTPWire
import JSON

/// Reads the events of a streamed answer in Cohere's format. One per stream.
struct CohereEventDecoder: EventDecoder {
  private let context: AnswerContext
  /// The piece of reasoning that each thinking block is, by the block's number.
  private var pieces: [Int64] = []
  private var calls: [CohereCall] = []
  private var callCount: Int64 = 0
  /// The block that the answer's first text is in.
  private var textBlock: Int64?
  private var hasPlan = false
  private var isOver = false

  /// A decoder at a stream's beginning.
  init(_ context: AnswerContext) { self.context = context }

  /// Takes an event; its `type` says what it is, not its name.
  mutating func take(_ event: SSEEvent, _ emit: (AnswerEvent) -> Void) throws(GatewayError) {
    if event.data.isEmpty || isOver || event.data.elementsEqual("[DONE]".utf8) { return }
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
    var spans = CohereEventSpans()
    try spans.read(data)
    guard let type = spans.type else { return }
    if type.isText("content-delta", in: data) {
      try takeContent(spans, data, emit)
    } else if type.isText("tool-call-delta", in: data) {
      takeArguments(spans, data, emit)
    } else if type.isText("tool-plan-delta", in: data) {
      takePlan(spans, data, emit)
    } else if type.isText("message-start", in: data) {
      let id = spans.id.map { JSONString.decode($0, in: data) }
      emit(AnswerEvent(.start(AnswerStart(id: id, model: context.model))))
    } else if type.isText("content-start", in: data) {
      try takeContent(spans, data, emit)
    } else if type.isText("content-end", in: data) {
      emit(AnswerEvent(.partEnd))
    } else if type.isText("tool-call-start", in: data) {
      try startCall(spans, data, emit)
    } else if type.isText("tool-call-end", in: data) {
      endCall(spans, data, emit)
    } else if type.isText("citation-start", in: data) {
      try cite(spans, data, emit)
    } else if type.isText("message-end", in: data) {
      try finish(spans, data, emit)
    } else {
      emit(AnswerEvent(.keepAlive))
    }
  }

  // MARK: Texts

  private mutating func takeContent(
    _ spans: CohereEventSpans, _ data: UnsafeRawBufferPointer, _ emit: (AnswerEvent) -> Void
  ) throws(JSONProblem) {
    let index = spans.index?.smallInteger(in: data) ?? 0
    if let span = spans.thinking, span.count > 2 {
      let text = JSONText(span, in: data)
      emit(AnswerEvent(.reasoning(ReasoningDelta(.text, text, index: try piece(index)))))
    } else if let span = spans.text, span.count > 2 {
      if textBlock == nil { textBlock = index }
      emit(AnswerEvent(.text(JSONText(span, in: data))))
    }
    if let span = spans.logprobs {
      let value = try JSONValue.parse(span.bytes(in: data))
      if let logprobs = CohereLogprobs.read(value.arrayValue ?? [value]) { emit(AnswerEvent(.logprobs(logprobs))) }
    }
  }

  private mutating func piece(_ index: Int64) throws(JSONProblem) -> Int64 {
    if let place = pieces.firstIndex(of: index) { return Int64(place) }
    // No answer has as many blocks; a stream that opens more without end is none.
    guard pieces.count < 4096 else { throw JSONProblem("the answer has too many blocks", at: 0) }
    pieces.append(index)
    return Int64(pieces.count - 1)
  }

  private mutating func takePlan(
    _ spans: CohereEventSpans, _ data: UnsafeRawBufferPointer, _ emit: (AnswerEvent) -> Void
  ) {
    guard let span = spans.plan, span.count > 2 else { return }
    hasPlan = true
    emit(AnswerEvent(.text(JSONText(span, in: data))))
  }

  /// Where the first text begins is known, and where later ones do is not.
  private func cite(
    _ spans: CohereEventSpans, _ data: UnsafeRawBufferPointer, _ emit: (AnswerEvent) -> Void
  ) throws(JSONProblem) {
    guard let span = spans.citations else { return }
    let value = try JSONValue.parse(span.bytes(in: data))
    for one in value.arrayValue ?? [value] {
      let block = one["content_index"]?.integerValue
      let isFirst = one["type"]?.stringValue == "PLAN" ? textBlock == nil : block == nil || block == textBlock
      let isPlanned = hasPlan && one["type"]?.stringValue != "PLAN"
      for citation in CohereCitation.citations(one, offset: isFirst && !isPlanned ? 0 : nil) {
        emit(AnswerEvent(.citation(citation)))
      }
    }
  }

  // MARK: Calls

  private mutating func startCall(
    _ spans: CohereEventSpans, _ data: UnsafeRawBufferPointer, _ emit: (AnswerEvent) -> Void
  ) throws(JSONProblem) {
    if hasPlan, calls.isEmpty { emit(AnswerEvent(.partEnd)) }
    guard calls.count < 4096 else { throw JSONProblem("the answer has too many calls", at: 0) }
    let name = spans.name.map { JSONString.decode($0, in: data) } ?? ""
    var call = CohereCall(index: spans.index?.smallInteger(in: data) ?? Int64(calls.count))
    if name != context.answerTool {
      call.position = callCount
      callCount += 1
      let id = spans.callID.map { JSONString.decode($0, in: data) } ?? context.callID(Int64(calls.count))
      emit(AnswerEvent(.toolCall(position: call.position ?? 0, ToolCallStart(id: id, name: name))))
    }
    calls.append(call)
    takeArguments(spans, data, emit)
  }

  private mutating func takeArguments(
    _ spans: CohereEventSpans, _ data: UnsafeRawBufferPointer, _ emit: (AnswerEvent) -> Void
  ) {
    let index = spans.index?.smallInteger(in: data) ?? Int64(calls.count - 1)
    guard let span = spans.arguments, span.count > 2, let place = calls.lastIndex(where: { $0.index == index }) else {
      return
    }
    calls[place].hasArguments = true
    say(JSONText(span, in: data), calls[place], emit)
  }

  private mutating func endCall(
    _ spans: CohereEventSpans, _ data: UnsafeRawBufferPointer, _ emit: (AnswerEvent) -> Void
  ) {
    let index = spans.index?.smallInteger(in: data) ?? Int64(calls.count - 1)
    guard let place = calls.lastIndex(where: { $0.index == index }), !calls[place].hasArguments else { return }
    // No arguments at all, which must be JSON all the same.
    calls[place].hasArguments = true
    JSONText.with("{}") { say($0, calls[place], emit) }
  }

  /// The arguments of the tool that stands for the answer are its text.
  private func say(_ text: JSONText, _ call: CohereCall, _ emit: (AnswerEvent) -> Void) {
    if let position = call.position {
      emit(AnswerEvent(.toolArguments(position: position, text)))
    } else {
      emit(AnswerEvent(.text(text)))
    }
  }

  // MARK: The end

  private mutating func finish(
    _ spans: CohereEventSpans, _ data: UnsafeRawBufferPointer, _ emit: (AnswerEvent) -> Void
  ) throws(JSONProblem) {
    isOver = true
    if let span = spans.usage, let usage = CohereUsage.read(try JSONValue.parse(span.bytes(in: data))) {
      emit(AnswerEvent(.usage(usage)))
    }
    if let span = spans.error, span.count > 2 {
      return emit(AnswerEvent(.failure(CohereErrorBody.answerError(JSONString.decode(span, in: data)))))
    }
    guard let span = spans.finishReason else { return }
    var reason = FinishReason(native: JSONString.decode(span, in: data))
    if context.answerTool != nil, callCount == 0, reason.kind == .toolCalls { reason.kind = .stop }
    emit(AnswerEvent(.finish(reason)))
  }
}

/// A call that has begun.
private struct CohereCall {
  let index: Int64
  /// Its place among the answer's calls; nil for the tool that stands for the answer's text.
  var position: Int64?
  /// Whether arguments have come.
  var hasArguments = false

  init(index: Int64) { self.index = index }
}

/// Where the members of an event lie that are read from it, those within `delta` among them.
struct CohereEventSpans {
  var type: JSONSpan?
  var id: JSONSpan?
  var index: JSONSpan?
  var logprobs: JSONSpan?
  var text: JSONSpan?
  var thinking: JSONSpan?
  var plan: JSONSpan?
  var callID: JSONSpan?
  var name: JSONSpan?
  var arguments: JSONSpan?
  var citations: JSONSpan?
  var finishReason: JSONSpan?
  var usage: JSONSpan?
  var error: JSONSpan?

  /// The objects that are gone into.
  private enum Level {
    case event, delta, message, content, calls, function

    /// The object behind a member of this one.
    func inner(_ key: JSONKey) -> Level? {
      switch self {
      case .event: key.isNamed("delta") ? .delta : nil
      case .delta: key.isNamed("message") ? .message : nil
      case .message: key.isNamed("content") ? .content : key.isNamed("tool_calls") ? .calls : nil
      case .calls: key.isNamed("function") ? .function : nil
      case .content, .function: nil
      }
    }
  }

  /// Takes a whole event, which must be an object.
  mutating func read(_ data: UnsafeRawBufferPointer) throws(JSONProblem) {
    var scanner = JSONScanner(data)
    try read(&scanner, .event)
    try scanner.end()
  }

  private mutating func read(_ scanner: inout JSONScanner, _ level: Level) throws(JSONProblem) {
    var hasMember = try scanner.enterObject()
    while hasMember {
      let key = try scanner.key()
      if try scanner.peek() == .object, let inner = level.inner(key) {
        try read(&scanner, inner)
      } else {
        note(key, try scanner.value(), level)
      }
      hasMember = try scanner.nextMember()
    }
  }

  private mutating func note(_ key: JSONKey, _ span: JSONSpan, _ level: Level) {
    switch (level, span.kind) {
    case (.event, .string) where key.isNamed("type"): type = span
    case (.event, .string) where key.isNamed("id"): id = span
    case (.event, .number) where key.isNamed("index"): index = span
    case (.event, .object) where key.isNamed("logprobs"), (.event, .array) where key.isNamed("logprobs"):
      logprobs = span
    case (.delta, .string) where key.isNamed("finish_reason"): finishReason = span
    case (.delta, .string) where key.isNamed("error"): error = span
    case (.delta, .object) where key.isNamed("usage"): usage = span
    case (.message, .string) where key.isNamed("tool_plan"): plan = span
    case (.message, .object) where key.isNamed("citations"), (.message, .array) where key.isNamed("citations"):
      citations = span
    case (.content, .string) where key.isNamed("text"): text = span
    case (.content, .string) where key.isNamed("thinking"): thinking = span
    case (.calls, .string) where key.isNamed("id"): callID = span
    case (.function, .string) where key.isNamed("name"): name = span
    case (.function, .string) where key.isNamed("arguments"): arguments = span
    default: break
    }
  }
}

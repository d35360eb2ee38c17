import Core
import HTTPWire
import JSON

/// Reads the events of a streamed answer in the Responses format. One per stream. Servers that leave deltas out are
/// understood by what they say at an item's end.
struct ResponsesEventDecoder: EventDecoder {
  private let context: AnswerContext
  private var items: [ResponsesStreamedItem] = []
  private var calls: Int64 = 0
  private var pieces: Int64 = 0
  private var hasStarted = false
  private var isOver = false

  /// Most items of one stream; no answer has as many.
  private static let limit = 4096

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
    var spans = ResponsesEventSpans()
    try spans.read(data)
    guard let type = spans.type else {
      // A failure may come without a type.
      if let span = spans.error { fail(try JSONValue.parse(span.bytes(in: data)), emit) }
      return
    }
    if type.isText("response.output_text.delta", in: data) {
      try takeText(spans, data, emit)
    } else if type.isText("response.function_call_arguments.delta", in: data) {
      takeArguments(spans, data, emit)
    } else if type.isText("response.reasoning_summary_text.delta", in: data) {
      takeReasoning(.summary, spans, data, emit)
    } else if type.isText("response.reasoning_text.delta", in: data) {
      takeReasoning(.text, spans, data, emit)
    } else if type.isText("response.refusal.delta", in: data) {
      if let span = spans.delta, span.count > 2, note(spans, data) != nil {
        emit(AnswerEvent(.refusal(JSONText(span, in: data))))
      }
    } else {
      try takeRare(JSONString.decode(type, in: data), spans, data, emit)
    }
  }

  private mutating func takeRare(
    _ type: String, _ spans: ResponsesEventSpans, _ data: UnsafeRawBufferPointer, _ emit: (AnswerEvent) -> Void
  ) throws(JSONProblem) {
    func value(_ span: JSONSpan?) throws(JSONProblem) -> JSONValue {
      guard let span else { return .null }
      return try JSONValue.parse(span.bytes(in: data))
    }
    switch type {
    case "response.created": start(try value(spans.response), emit)
    case "response.output_item.added": try begin(try value(spans.item), spans, data, emit)
    case "response.output_item.done": try end(try value(spans.item), spans, data, emit)
    case "response.reasoning_summary_part.added": separate(spans, data, emit)
    case "response.output_text.annotation.added":
      guard note(spans, data) != nil else { return }
      emit(AnswerEvent(.citation(ResponsesCitation.citation(try value(spans.annotation)))))
    case "response.content_part.done": emit(AnswerEvent(.partEnd))
    case "response.completed", "response.incomplete": finish(try value(spans.response), emit)
    case "response.failed": fail(try value(spans.response)["error"] ?? .null, emit)
    case "error", "response.error":
      let whole = try JSONValue.parse(data)
      fail(whole["error"] ?? whole, emit)
    default: break
    }
  }

  // MARK: Begin and end

  private mutating func start(_ response: JSONValue, _ emit: (AnswerEvent) -> Void) {
    if hasStarted { return }
    hasStarted = true
    emit(
      AnswerEvent(
        .start(
          AnswerStart(
            id: response["id"]?.stringValue, model: response["model"]?.stringValue,
            serviceTier: response["service_tier"]?.stringValue))))
  }

  private mutating func finish(_ response: JSONValue, _ emit: (AnswerEvent) -> Void) {
    start(response, emit)
    isOver = true
    if let reason = ResponsesStatus.reason(response, hasCalls: calls > 0) { emit(AnswerEvent(.finish(reason))) }
    if let usage = ResponsesUsage.read(response["usage"]) { emit(AnswerEvent(.usage(usage))) }
  }

  private mutating func fail(_ error: JSONValue, _ emit: (AnswerEvent) -> Void) {
    isOver = true
    emit(AnswerEvent(.failure(ResponsesErrorBody.streamError(error))))
  }

  // MARK: Items

  /// The place of the item that an event belongs to. An event of an item that never began begins one.
  private mutating func place(_ spans: ResponsesEventSpans, _ data: UnsafeRawBufferPointer) -> Int? {
    let index = spans.outputIndex?.smallInteger(in: data) ?? Int64(max(items.count - 1, 0))
    if let place = items.lastIndex(where: { $0.index == index }) { return place }
    guard items.count < ResponsesEventDecoder.limit else { return nil }
    items.append(ResponsesStreamedItem(index: index))
    return items.count - 1
  }

  /// Notes that an item has said something.
  private mutating func note(_ spans: ResponsesEventSpans, _ data: UnsafeRawBufferPointer) -> Int? {
    guard let place = place(spans, data) else { return nil }
    items[place].hasDeltas = true
    return place
  }

  private mutating func takeText(
    _ spans: ResponsesEventSpans, _ data: UnsafeRawBufferPointer, _ emit: (AnswerEvent) -> Void
  ) throws(JSONProblem) {
    guard note(spans, data) != nil else { return }
    if let span = spans.delta, span.count > 2 { emit(AnswerEvent(.text(JSONText(span, in: data)))) }
    guard let span = spans.logprobs, span.count > 2 else { return }
    emit(AnswerEvent(.logprobs(.object([("content", try JSONValue.parse(span.bytes(in: data)))]))))
  }

  private mutating func takeArguments(
    _ spans: ResponsesEventSpans, _ data: UnsafeRawBufferPointer, _ emit: (AnswerEvent) -> Void
  ) {
    guard let span = spans.delta, span.count > 2, let place = note(spans, data), let call = items[place].call else {
      return
    }
    emit(AnswerEvent(.toolArguments(position: call, JSONText(span, in: data))))
  }

  private mutating func takeReasoning(
    _ kind: ReasoningDelta.Kind, _ spans: ResponsesEventSpans, _ data: UnsafeRawBufferPointer,
    _ emit: (AnswerEvent) -> Void
  ) {
    guard let span = spans.delta, span.count > 2, let place = note(spans, data) else { return }
    emitReasoning(kind, JSONText(span, in: data), place, emit)
  }

  private mutating func emitReasoning(
    _ kind: ReasoningDelta.Kind, _ text: JSONText, _ place: Int, _ emit: (AnswerEvent) -> Void
  ) {
    if items[place].piece == nil {
      items[place].piece = pieces
      pieces += 1
    }
    // What is encrypted is a piece of its own for callers, and needs the id.
    let isNew = !items[place].hasNamed || kind == .encrypted
    items[place].hasNamed = true
    emit(
      AnswerEvent(
        .reasoning(
          ReasoningDelta(
            kind, text, index: items[place].piece ?? 0, format: .openAIResponses, id: isNew ? items[place].id : nil))))
  }

  /// Summaries behind the first begin a paragraph.
  private mutating func separate(
    _ spans: ResponsesEventSpans, _ data: UnsafeRawBufferPointer, _ emit: (AnswerEvent) -> Void
  ) {
    guard let place = place(spans, data), items[place].hasDeltas else { return }
    JSONText.with("\n\n") { emitReasoning(.summary, $0, place, emit) }
  }

  private mutating func begin(
    _ item: JSONValue, _ spans: ResponsesEventSpans, _ data: UnsafeRawBufferPointer, _ emit: (AnswerEvent) -> Void
  ) throws(JSONProblem) {
    let index = spans.outputIndex?.smallInteger(in: data) ?? Int64(items.count)
    guard items.count < ResponsesEventDecoder.limit else { throw JSONProblem("the answer has too many items", at: 0) }
    items.append(ResponsesStreamedItem(index: index))
    announce(item, items.count - 1, emit)
  }

  /// What is known of an item from its beginning: the call that it is.
  private mutating func announce(_ item: JSONValue, _ place: Int, _ emit: (AnswerEvent) -> Void) {
    items[place].isAnnounced = true
    items[place].id = item["id"]?.stringValue
    let type = item["type"]?.stringValue
    guard type == "function_call" || type == "custom_tool_call" else { return }
    items[place].call = calls
    let start = ToolCallStart(
      id: ResponsesOutputReader.call(item) ?? context.callID(calls), name: item["name"]?.stringValue ?? "",
      extras: ResponsesOutputReader.extras(item))
    emit(AnswerEvent(.toolCall(position: calls, start)))
    calls += 1
  }

  private mutating func end(
    _ item: JSONValue, _ spans: ResponsesEventSpans, _ data: UnsafeRawBufferPointer, _ emit: (AnswerEvent) -> Void
  ) throws(JSONProblem) {
    guard let place = place(spans, data) else { throw JSONProblem("the answer has too many items", at: 0) }
    if !items[place].isAnnounced { announce(item, place, emit) }
    if items[place].id == nil { items[place].id = item["id"]?.stringValue }
    switch item["type"]?.stringValue {
    case "message": if !items[place].hasDeltas { say(item, emit) }
    case "reasoning": endReasoning(item, place, emit)
    case "function_call", "custom_tool_call":
      guard let call = items[place].call, !items[place].hasDeltas else { return }
      let arguments = ResponsesOutputReader.arguments(item)
      JSONText.with(arguments.isEmpty ? "{}" : arguments) {
        emit(AnswerEvent(.toolArguments(position: call, $0)))
      }
    case "image_generation_call" where item["result"]?.stringValue != nil:
      if let image = ResponsesOutputReader.image(item) { emit(AnswerEvent(.image(image))) }
    default: emit(AnswerEvent(.native(.openAIResponses, item)))
    }
    items[place].hasDeltas = true
  }

  /// A message that came without deltas.
  private func say(_ item: JSONValue, _ emit: (AnswerEvent) -> Void) {
    var reader = ResponsesOutputReader(context)
    reader.read(item)
    for part in reader.parts {
      switch part.content {
      case .text(let text):
        if !text.text.isEmpty { JSONText.with(text.text) { emit(AnswerEvent(.text($0))) } }
        for citation in text.citations { emit(AnswerEvent(.citation(citation))) }
      case .refusal(let text): JSONText.with(text) { emit(AnswerEvent(.refusal($0))) }
      default: break
      }
    }
    if !reader.tokens.isEmpty { emit(AnswerEvent(.logprobs(.object([("content", .array(reader.tokens))])))) }
  }

  private mutating func endReasoning(_ item: JSONValue, _ place: Int, _ emit: (AnswerEvent) -> Void) {
    for part in ResponsesReasoning.answer(item, index: 0) {
      guard let piece = part.reasoning else { continue }
      switch piece.content {
      case .summary(let text) where !items[place].hasDeltas:
        JSONText.with(text) { emitReasoning(.summary, $0, place, emit) }
      case .text(let text) where !items[place].hasDeltas:
        JSONText.with(text) { emitReasoning(.text, $0, place, emit) }
      case .encrypted(let data): JSONText.with(data) { emitReasoning(.encrypted, $0, place, emit) }
      default: break
      }
    }
  }
}

/// An item of a streamed answer.
private struct ResponsesStreamedItem {
  let index: Int64
  /// The provider's id.
  var id: String?
  /// Whether its beginning has been read.
  var isAnnounced = false
  /// Whether it has said anything yet.
  var hasDeltas = false
  /// Whether a delta of it has carried its id.
  var hasNamed = false
  /// Its place among the pieces of reasoning.
  var piece: Int64?
  /// Its place among the calls.
  var call: Int64?

  init(index: Int64) { self.index = index }
}

/// Where the members of an event lie that are read from it.
struct ResponsesEventSpans {
  /// `type`.
  private(set) var type: JSONSpan?
  /// `output_index`.
  private(set) var outputIndex: JSONSpan?
  /// `sequence_number`.
  private(set) var number: JSONSpan?
  /// `delta`, a string.
  private(set) var delta: JSONSpan?
  /// `logprobs`, an array.
  private(set) var logprobs: JSONSpan?
  /// `item`.
  private(set) var item: JSONSpan?
  /// `annotation`.
  private(set) var annotation: JSONSpan?
  /// `response`.
  private(set) var response: JSONSpan?
  /// `error`.
  private(set) var error: JSONSpan?

  /// Takes a whole event, which must be an object.
  mutating func read(_ data: UnsafeRawBufferPointer) throws(JSONProblem) {
    var scanner = JSONScanner(data)
    var hasMember = try scanner.enterObject()
    while hasMember {
      let key = try scanner.key()
      let span = try scanner.value()
      switch (key.length, span.kind) {
      case (4, .string) where key.isNamed("type"): type = span
      case (4, .object) where key.isNamed("item"): item = span
      case (5, .string) where key.isNamed("delta"): delta = span
      case (5, .object) where key.isNamed("error"): error = span
      case (8, .array) where key.isNamed("logprobs"): logprobs = span
      case (8, .object) where key.isNamed("response"): response = span
      case (10, .object) where key.isNamed("annotation"): annotation = span
      case (12, .number) where key.isNamed("output_index"): outputIndex = span
      case (15, .number) where key.isNamed("sequence_number"): number = span
      default: break
      }
      hasMember = try scanner.nextMember()
    }
    try scanner.end()
  }
}

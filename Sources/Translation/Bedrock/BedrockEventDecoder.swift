import Core
import HTTPWire
import JSON

/// Reads the events of a streamed answer in Bedrock's format.
struct BedrockEventDecoder {
  private let context: AnswerContext
  private let format: ReasoningFormat
  private var blocks: [BedrockBlock] = []
  private var citations = HeldCitations()
  private var calls: Int64 = 0
  private var pieces: Int64 = 0
  private var hasStarted = false
  /// Whether an exception has ended the stream.
  private(set) var isOver = false

  /// A decoder at a stream's beginning.
  init(_ context: AnswerContext) {
    self.context = context
    format = BedrockReasoning.format(context)
  }

  /// Takes a message. Throws a 502 for one that is no JSON.
  mutating func take(
    _ message: EventStreamMessage, _ emit: (AnswerEvent) -> Void
  ) throws(GatewayError) {
    if isOver { return }
    switch message.kind {
    case .event(let type):
      do throws(JSONProblem) {
        try take(type, message.payload, emit)
      } catch {
        throw GatewayError(
          .providerFailed, "The provider sent an event that is not valid JSON", origin: .upstream,
          context: error.description)
      }
    case .exception(let type): fail(BedrockErrorBody.streamError(type, payload: message.payload), emit)
    case .error(let code, let text): fail(BedrockErrorBody.streamError(code, text: text), emit)
    case .other: emit(AnswerEvent(.keepAlive))
    }
  }

  private mutating func fail(_ error: GatewayError, _ emit: (AnswerEvent) -> Void) {
    isOver = true
    emit(AnswerEvent(.failure(error)))
  }

  private mutating func take(
    _ type: String, _ data: UnsafeRawBufferPointer, _ emit: (AnswerEvent) -> Void
  ) throws(JSONProblem) {
    switch type {
    case "contentBlockDelta": try takeDelta(data, emit)
    case "messageStart":
      try check(data)
      start(emit)
    case "contentBlockStart": try startBlock(try JSONValue.parse(data), emit)
    case "contentBlockStop": try stopBlock(try JSONValue.parse(data), emit)
    case "messageStop": finish(try JSONValue.parse(data), emit)
    case "metadata":
      if let usage = try JSONValue.parse(data)["usage"].flatMap(BedrockUsage.read) { emit(AnswerEvent(.usage(usage))) }
    default: emit(AnswerEvent(.keepAlive))
    }
  }

  private func check(_ data: UnsafeRawBufferPointer) throws(JSONProblem) {
    var scanner = JSONScanner(data)
    _ = try scanner.value()
    try scanner.end()
  }

  private mutating func start(_ emit: (AnswerEvent) -> Void) {
    if hasStarted { return }
    hasStarted = true
    emit(AnswerEvent(.start(AnswerStart(model: context.model))))
  }

  // MARK: Blocks

  /// The place of the open block of that number; a new one where there is none, as only calls and pictures announce
  /// themselves.
  private mutating func place(_ index: Int64, _ kind: BedrockBlock.Kind) throws(JSONProblem) -> Int {
    if let place = blocks.lastIndex(where: { $0.index == index }) { return place }
    // No answer has as many blocks; a stream that opens more without end is none.
    guard blocks.count < 4096 else { throw JSONProblem("the answer has too many blocks", at: 0) }
    blocks.append(BedrockBlock(index: index, kind: kind))
    if case .reasoning = kind { pieces += 1 }
    return blocks.count - 1
  }

  private mutating func takeDelta(
    _ data: UnsafeRawBufferPointer, _ emit: (AnswerEvent) -> Void
  ) throws(JSONProblem) {
    var spans = BedrockDeltaSpans()
    try spans.read(data)
    let index = spans.index?.smallInteger(in: data) ?? 0
    if let span = spans.text {
      guard case .text = blocks[try place(index, .text)].kind, span.count > 2 else { return }
      answer(JSONText(span, in: data), emit)
    } else if let span = spans.input {
      takeInput(JSONText(span, in: data), index, emit)
    } else if let kind = spans.reasoningKind, let span = spans.reasoning {
      guard case .reasoning(let position) = blocks[try place(index, .reasoning(pieces))].kind, span.count > 2 else {
        return
      }
      emit(
        AnswerEvent(.reasoning(ReasoningDelta(kind, JSONText(span, in: data), index: position, format: format))))
    } else if let span = spans.citation {
      citations.hold(BedrockCitation.citation(try JSONValue.parse(span.bytes(in: data))), emit)
    } else if let span = spans.image {
      try takeImage(try JSONValue.parse(span.bytes(in: data)), index)
    }
  }

  private mutating func takeInput(_ text: JSONText, _ index: Int64, _ emit: (AnswerEvent) -> Void) {
    guard !text.isEmpty, let place = blocks.lastIndex(where: { $0.index == index }) else { return }
    blocks[place].hasInput = true
    switch blocks[place].kind {
    case .call(let position): emit(AnswerEvent(.toolArguments(position: position, text)))
    case .answer: answer(text, emit)
    default: break
    }
  }

  private mutating func answer(_ text: JSONText, _ emit: (AnswerEvent) -> Void) {
    citations.count(text)
    emit(AnswerEvent(.text(text)))
  }

  /// A picture may come in pieces.
  private mutating func takeImage(_ value: JSONValue, _ index: Int64) throws(JSONProblem) {
    guard let base64 = value["source"]?["bytes"]?.stringValue else { return }
    guard let bytes = Base64.decode(base64) else { throw JSONProblem("a picture is no Base64", at: 0) }
    let place = try place(index, .image(nil))
    guard blocks[place].bytes.count + bytes.count <= BedrockBlock.imageBytes else {
      throw JSONProblem("a picture is too large", at: 0)
    }
    blocks[place].bytes += bytes
  }

  private mutating func startBlock(_ value: JSONValue, _ emit: (AnswerEvent) -> Void) throws(JSONProblem) {
    let index = value["contentBlockIndex"]?.integerValue ?? 0
    let start = value["start"]
    if let use = start?["toolUse"], use["type"] == nil {
      let name = use["name"]?.stringValue ?? ""
      let isAnswer = name == context.answerTool
      _ = try place(index, isAnswer ? .answer : .call(calls))
      if isAnswer { return }
      let id = use["toolUseId"]?.stringValue ?? context.callID(calls)
      emit(AnswerEvent(.toolCall(position: calls, ToolCallStart(id: id, name: name))))
      calls += 1
    } else if let image = start?["image"] {
      _ = try place(index, .image(image["format"]))
    } else if let start {
      _ = try place(index, .other)
      emit(AnswerEvent(.native(.bedrock, start)))
    }
  }

  private mutating func stopBlock(_ value: JSONValue, _ emit: (AnswerEvent) -> Void) throws(JSONProblem) {
    let index = value["contentBlockIndex"]?.integerValue ?? 0
    guard let place = blocks.lastIndex(where: { $0.index == index }) else { return citations.end(emit) }
    let block = blocks.remove(at: place)
    if case .answer = block.kind, !block.hasInput { JSONText.with("{}") { answer($0, emit) } }
    citations.end(emit)
    switch block.kind {
    case .call(let position) where !block.hasInput:
      // No arguments at all, which must be JSON all the same.
      JSONText.with("{}") { emit(AnswerEvent(.toolArguments(position: position, $0))) }
    case .image(let format) where !block.bytes.isEmpty:
      emit(AnswerEvent(.image(ImageContent(BedrockAnswerReader.image(format, Base64.encode(block.bytes))))))
    case .text, .reasoning: emit(AnswerEvent(.partEnd))
    default: break
    }
  }

  // MARK: The end

  private mutating func finish(_ value: JSONValue, _ emit: (AnswerEvent) -> Void) {
    citations.end(emit)
    guard let word = value["stopReason"]?.stringValue else { return }
    let stopText = value["additionalModelResponseFields"]?["stop_sequence"]?.stringValue
    emit(
      AnswerEvent(
        .finish(
          BedrockStopReason.reason(
            word, stopText: stopText, isAnswerTool: context.answerTool != nil && calls == 0))))
  }
}

/// A content block that is open.
private struct BedrockBlock {
  enum Kind {
    case text
    /// A piece of reasoning, by its place among them.
    case reasoning(Int64)
    /// A call, by its place among them.
    case call(Int64)
    /// The call that stands for the answer's text.
    case answer
    /// A picture and its format.
    case image(JSONValue?)
    case other
  }

  /// Largest picture. Unit: bytes.
  static let imageBytes = 32 << 20

  let index: Int64
  let kind: Kind
  /// Whether arguments have come.
  var hasInput = false
  /// What of a picture has come.
  var bytes: [UInt8] = []

  init(index: Int64, kind: Kind) {
    self.index = index
    self.kind = kind
  }
}

/// Where the members of a `contentBlockDelta` lie that are read from it.
struct BedrockDeltaSpans {
  var index: JSONSpan?
  var text: JSONSpan?
  var input: JSONSpan?
  var reasoning: JSONSpan?
  var reasoningKind: ReasoningDelta.Kind?
  var citation: JSONSpan?
  var image: JSONSpan?

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
        if span.kind == .number, key.length == 17, key.isNamed("contentBlockIndex") { index = span }
      }
      hasMember = try scanner.nextMember()
    }
    try scanner.end()
  }

  private mutating func readDelta(_ scanner: inout JSONScanner) throws(JSONProblem) {
    var hasMember = try scanner.enterObject()
    while hasMember {
      let key = try scanner.key()
      let kind = try scanner.peek()
      if key.length == 7, kind == .object, key.isNamed("toolUse") {
        try readInput(&scanner)
      } else if key.length == 16, kind == .object, key.isNamed("reasoningContent") {
        try readReasoning(&scanner)
      } else {
        let span = try scanner.value()
        switch (key.length, kind) {
        case (4, .string) where key.isNamed("text"): text = span
        case (8, .object) where key.isNamed("citation"): citation = span
        case (5, .object) where key.isNamed("image"): image = span
        default: break
        }
      }
      hasMember = try scanner.nextMember()
    }
  }

  private mutating func readInput(_ scanner: inout JSONScanner) throws(JSONProblem) {
    var hasMember = try scanner.enterObject()
    while hasMember {
      let key = try scanner.key()
      let span = try scanner.value()
      if key.length == 5, span.kind == .string, key.isNamed("input") { input = span }
      hasMember = try scanner.nextMember()
    }
  }

  private mutating func readReasoning(_ scanner: inout JSONScanner) throws(JSONProblem) {
    var hasMember = try scanner.enterObject()
    while hasMember {
      let key = try scanner.key()
      let span = try scanner.value()
      let kind: ReasoningDelta.Kind? =
        switch (key.length, span.kind) {
        case (4, .string) where key.isNamed("text"): .text
        case (9, .string) where key.isNamed("signature"): .signature
        case (15, .string) where key.isNamed("redactedContent"): .encrypted
        default: nil
        }
      if let kind {
        reasoning = span
        reasoningKind = kind
      }
      hasMember = try scanner.nextMember()
    }
  }
}

import Core
import JSON

/// One candidate of a streamed answer, from its first part to its finish.
struct GeminiChoice {
  /// Its number.
  let index: Int64
  private var calls: Int64 = 0
  private var pieces: Int64 = 0
  /// The index of the piece of reasoning that is being said.
  private var openPiece: Int64?
  /// What has been said so far, as the inside of a JSON string: citations count its bytes.
  private let said = ByteBuffer()
  /// The searches that are known, and how many of them have been taken.
  private var searches: Int64 = 0
  private var takenSearches: Int64 = 0

  /// Most that is kept of what is said. Unit: bytes. No model answers with as much text.
  private static let saidLimit = 1 << 20

  /// A candidate at its beginning.
  init(index: Int64) { self.index = index }

  /// The searches that have become known since the last call.
  mutating func takeSearches() -> Int64 {
    defer { takenSearches = searches }
    return searches - takenSearches
  }

  /// Takes the candidate of one event.
  mutating func take(
    _ spans: GeminiCandidateSpans, _ text: UnsafeRawBufferPointer, _ context: AnswerContext,
    _ emit: (AnswerEvent) -> Void
  ) throws(JSONProblem) {
    if let span = spans.parts { try takeParts(span.bytes(in: text), context, emit) }
    if let span = spans.rare { emitRare(try JSONValue.parse(span.bytes(in: text)), emit) }
    guard let span = spans.finish, span.count > 2 else { return }
    openPiece = nil
    send(.finish(GeminiFinishReason.reason(JSONString.decode(span, in: text), hasCalls: calls > 0)), emit)
  }

  @inline(__always)
  private func send(_ happening: AnswerEvent.Happening, _ emit: (AnswerEvent) -> Void) {
    emit(AnswerEvent(happening, choice: index))
  }

  private mutating func emitRare(_ candidate: JSONValue, _ emit: (AnswerEvent) -> Void) {
    if let logprobs = candidate["logprobsResult"].flatMap(GeminiLogprobs.openAI) {
      send(.logprobs(logprobs), emit)
    }
    // What is known of them may come again, with more.
    searches = max(searches, GeminiGrounding.searches(candidate))
    let text = JSONText(inside: said.bytes).string
    for citation in GeminiGrounding.citations(candidate, text: text) { send(.citation(citation), emit) }
  }

  // MARK: Parts

  private mutating func takeParts(
    _ text: UnsafeRawBufferPointer, _ context: AnswerContext, _ emit: (AnswerEvent) -> Void
  ) throws(JSONProblem) {
    var scanner = JSONScanner(text)
    var hasElement = try scanner.enterArray()
    while hasElement {
      if try scanner.peek() == .object {
        var part = GeminiPartSpans()
        try part.read(&scanner)
        if let span = part.text { say(span, part, text, emit) } else { try takeOther(part, text, context, emit) }
      } else {
        try scanner.value()
      }
      hasElement = try scanner.nextElement()
    }
  }

  private mutating func say(
    _ span: JSONSpan, _ part: GeminiPartSpans, _ text: UnsafeRawBufferPointer, _ emit: (AnswerEvent) -> Void
  ) {
    if part.isThought { return think(span, part, text, emit) }
    if let signature = part.signature { sign(signature, nil, text, emit) }
    if span.count == 2 { return }
    openPiece = nil
    let words = JSONText(span, in: text)
    if said.count < GeminiChoice.saidLimit { said.append(words) }
    send(.text(words), emit)
  }

  private mutating func think(
    _ span: JSONSpan, _ part: GeminiPartSpans, _ text: UnsafeRawBufferPointer, _ emit: (AnswerEvent) -> Void
  ) {
    let place = openPiece ?? pieces
    if openPiece == nil { pieces += 1 }
    openPiece = place
    if span.count > 2 {
      send(.reasoning(ReasoningDelta(.text, JSONText(span, in: text), index: place, format: .gemini)), emit)
    }
    guard let signature = part.signature else { return }
    let words = JSONText(signature, in: text)
    send(.reasoning(ReasoningDelta(.signature, words, index: place, format: .gemini)), emit)
    openPiece = nil
  }

  /// A signature is a piece of its own, as it belongs to a part that is no reasoning.
  private mutating func sign(
    _ span: JSONSpan, _ id: String?, _ text: UnsafeRawBufferPointer, _ emit: (AnswerEvent) -> Void
  ) {
    openPiece = nil
    let delta = ReasoningDelta(.encrypted, JSONText(span, in: text), index: pieces, format: .gemini, id: id)
    pieces += 1
    send(.reasoning(delta), emit)
  }

  private mutating func takeOther(
    _ part: GeminiPartSpans, _ text: UnsafeRawBufferPointer, _ context: AnswerContext, _ emit: (AnswerEvent) -> Void
  ) throws(JSONProblem) {
    openPiece = nil
    if let span = part.call, !part.isThought {
      var call = GeminiCallSpans()
      try call.read(span.bytes(in: text))
      return try start(call, part, span.bytes(in: text), text, context, emit)
    }
    if let signature = part.signature, !part.isThought { sign(signature, nil, text, emit) }
    guard let span = part.whole else { return }
    let value = try JSONValue.parse(span.bytes(in: text))
    guard let blob = value["inlineData"], let type = blob["mimeType"]?.stringValue,
      let data = blob["data"]?.stringValue, !part.isThought
    else { return send(.native(.gemini, value), emit) }
    switch GeminiMedia.content(type: type, base64: data) {
    case .image(let image): send(.image(image), emit)
    case .audio(let audio): send(.audio(audio), emit)
    default: send(.native(.gemini, value), emit)
    }
  }

  private mutating func start(
    _ call: GeminiCallSpans, _ part: GeminiPartSpans, _ data: UnsafeRawBufferPointer, _ text: UnsafeRawBufferPointer,
    _ context: AnswerContext, _ emit: (AnswerEvent) -> Void
  ) throws(JSONProblem) {
    func word(_ span: JSONSpan?) -> String { span.map { JSONString.decode($0, in: data) } ?? "" }
    let arguments = call.arguments.map { String(decoding: $0.bytes(in: data), as: UTF8.self) } ?? "{}"
    let name = word(call.name)
    if name == context.answerTool {
      return JSONText.with(arguments) { send(.text($0), emit) }
    }
    // No answer calls as many tools; a stream that begins more without end is none.
    guard calls < 4096 else { throw JSONProblem("the answer calls too many tools", at: 0) }
    let given = word(call.id)
    let id = given.isEmpty ? context.callID(calls) : given
    if let signature = part.signature { sign(signature, id, text, emit) }
    send(.toolCall(position: calls, ToolCallStart(id: id, name: name)), emit)
    JSONText.with(arguments) { send(.toolArguments(position: calls, $0), emit) }
    calls += 1
  }
}

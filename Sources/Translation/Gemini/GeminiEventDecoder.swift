import Core
import HTTPWire
import JSON

/// Reads the events of a streamed answer in Google's format, each of which is an answer with the next parts. One per
/// stream.
struct GeminiEventDecoder: EventDecoder {
  private let context: AnswerContext
  private var choices: [GeminiChoice] = []
  private var usage = GeminiUsage()
  /// The last `usageMetadata`; it is read when the answer ends.
  private let reported = ByteBuffer()
  private var hasStarted = false
  private var isFinished = false
  private var isOver = false

  /// A decoder at a stream's beginning.
  init(_ context: AnswerContext) { self.context = context }

  /// Takes an event.
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

  private mutating func take(_ data: UnsafeRawBufferPointer, _ emit: (AnswerEvent) -> Void) throws(JSONProblem) {
    var spans = GeminiEventSpans()
    try spans.read(data)
    if let span = spans.error {
      isOver = true
      return emit(AnswerEvent(.failure(GeminiErrorBody.streamError(try JSONValue.parse(span.bytes(in: data))))))
    }
    if let span = spans.promptFeedback,
      let error = GeminiAnswerReader.blocked(try JSONValue.parse(span.bytes(in: data)))
    {
      isOver = true
      return emit(AnswerEvent(.failure(error)))
    }
    if let span = spans.usage {
      reported.clear()
      reported.append(span.bytes(in: data))
    }
    if !hasStarted { try start(spans, data, emit) }
    if let span = spans.candidates { try takeCandidates(span.bytes(in: data), emit) }
    if isFinished { try emitUsage(emit) }
  }

  private mutating func start(
    _ spans: GeminiEventSpans, _ data: UnsafeRawBufferPointer, _ emit: (AnswerEvent) -> Void
  ) throws(JSONProblem) {
    func text(_ span: JSONSpan?) -> String? { span.map { JSONString.decode($0, in: data) } }
    hasStarted = true
    if !reported.isEmpty { usage.take(try JSONValue.parse(reported.bytes)) }
    emit(
      AnswerEvent(
        .start(
          AnswerStart(
            id: text(spans.responseID), model: text(spans.modelVersion), serviceTier: usage.serviceTier,
            usage: usage.answerUsage))))
  }

  /// The counts are of all so far: those at the end hold.
  private mutating func emitUsage(_ emit: (AnswerEvent) -> Void) throws(JSONProblem) {
    if reported.isEmpty { return }
    usage.take(try JSONValue.parse(reported.bytes))
    reported.clear()
    if let counts = usage.answerUsage { emit(AnswerEvent(.usage(counts))) }
  }

  // MARK: Candidates

  private mutating func takeCandidates(
    _ text: UnsafeRawBufferPointer, _ emit: (AnswerEvent) -> Void
  ) throws(JSONProblem) {
    var scanner = JSONScanner(text)
    var hasElement = try scanner.enterArray()
    var position: Int64 = 0
    while hasElement {
      if try scanner.peek() == .object {
        var spans = GeminiCandidateSpans()
        try spans.read(&scanner)
        let place = try place(spans.index?.smallInteger(in: text) ?? position)
        try choices[place].take(spans, text, context, emit)
        usage.searches += choices[place].takeSearches()
        if spans.finish != nil { isFinished = true }
      } else {
        try scanner.value()
      }
      position += 1
      hasElement = try scanner.nextElement()
    }
  }

  private mutating func place(_ index: Int64) throws(JSONProblem) -> Int {
    if let place = choices.firstIndex(where: { $0.index == index }) { return place }
    // The interface gives eight at most.
    guard choices.count < 128 else { throw JSONProblem("the answer has too many candidates", at: 0) }
    choices.append(GeminiChoice(index: index))
    return choices.count - 1
  }
}

import Core
import HTTPWire
import JSON

/// Reads the chunks of a streamed chat answer in OpenAI's format: a provider's, or the rooms' own. One pass per chunk;
/// texts are handed on where they lie. Knows the habits of compatible servers: calls without or with repeated indexes,
/// names said again or in pieces, arguments as objects. One per stream.
package struct OpenAIChunkDecoder: EventDecoder {
  private var hasStarted = false
  private var sawTerminator = false
  private var calls = StreamedCalls()
  /// The choices that have called a tool.
  private var called: Set<Int64> = []
  /// The index that plain reasoning without details has.
  private var reasoning = ReasoningPlaces()

  /// A decoder at a stream's beginning.
  package init() {}

  /// Takes an event: a chunk, an error, or the terminator.
  package mutating func take(_ event: SSEEvent, _ emit: (AnswerEvent) -> Void) throws(GatewayError) {
    if event.data.isEmpty || sawTerminator { return }
    if let name = event.event, name.elementsEqual("error".utf8) {
      return emit(AnswerEvent(.failure(OpenAIErrorBody.eventError(event.data))))
    }
    if event.data.count < 16, event.data.first == UInt8(ascii: "["),
      String(decoding: event.data, as: UTF8.self).filter({ $0 != " " }) == "[DONE]"
    {
      sawTerminator = true
      return
    }
    try take(event.data, emit)
  }

  /// Takes the data of an event that is a chunk.
  package mutating func take(
    _ data: UnsafeRawBufferPointer, _ emit: (AnswerEvent) -> Void
  ) throws(GatewayError) {
    do throws(JSONProblem) {
      var chunk = ChunkSpans()
      try chunk.read(data)
      try emitAll(chunk, data, emit)
    } catch {
      throw GatewayError(
        .providerFailed, "The provider sent an event that is not valid JSON", origin: .upstream,
        context: error.description)
    }
  }

  private mutating func emitAll(
    _ chunk: ChunkSpans, _ data: UnsafeRawBufferPointer, _ emit: (AnswerEvent) -> Void
  ) throws(JSONProblem) {
    if let span = chunk.evidence { emit(AnswerEvent(.evidence(try JSONValue.parse(span.bytes(in: data))))) }
    if let span = chunk.error {
      return emit(AnswerEvent(.failure(OpenAIErrorBody.streamError(try JSONValue.parse(span.bytes(in: data))))))
    }
    if let choices = chunk.choices {
      if !hasStarted { start(chunk, data, emit) }
      var scanner = JSONScanner(choices.bytes(in: data))
      var hasElement = try scanner.enterArray()
      var position: Int64 = 0
      while hasElement {
        try takeChoice(position, &scanner, emit)
        position += 1
        hasElement = try scanner.nextElement()
      }
    }
    if let span = chunk.usage, let usage = OpenAIUsageForm.read(try JSONValue.parse(span.bytes(in: data))) {
      calls.flush(emit)
      emit(AnswerEvent(.usage(usage)))
    }
  }

  private mutating func start(
    _ chunk: ChunkSpans, _ data: UnsafeRawBufferPointer, _ emit: (AnswerEvent) -> Void
  ) {
    func text(_ span: JSONSpan?) -> String? {
      span.flatMap { $0.kind == .string ? JSONString.decode($0, in: data) : nil }
    }
    hasStarted = true
    emit(
      AnswerEvent(
        .start(
          AnswerStart(
            id: text(chunk.id), model: text(chunk.model), provider: text(chunk.provider),
            serviceTier: text(chunk.serviceTier)))))
  }

  // MARK: Choices

  private mutating func takeChoice(
    _ position: Int64, _ scanner: inout JSONScanner, _ emit: (AnswerEvent) -> Void
  ) throws(JSONProblem) {
    guard try scanner.peek() == .object else {
      try scanner.value()
      return
    }
    var spans = ChoiceSpans()
    try spans.read(&scanner)
    let text = scanner.text
    let choice = spans.index?.smallInteger(in: text) ?? position
    if spans.saysMoreThanCalls { calls.flush(emit) }
    try emitReasoning(spans, choice, text, emit)
    if let span = spans.content, span.count > 2 {
      emit(AnswerEvent(.text(JSONText(span, in: text)), choice: choice))
    }
    if let span = spans.refusal, span.count > 2 {
      emit(AnswerEvent(.refusal(JSONText(span, in: text)), choice: choice))
    }
    if spans.hasRare { try emitRare(spans, choice, text, emit) }
    if let span = spans.toolCalls, span.count > 2 {
      called.insert(choice)
      try calls.take(span.bytes(in: text), choice, emit)
    }
    guard let finish = spans.finish, finish.count > 2 else { return }
    calls.flush(emit)
    func word(_ span: JSONSpan?) -> String? {
      span.flatMap { $0.kind == .string ? JSONString.decode($0, in: text) : nil }
    }
    let reason = FinishReason(
      openAI: word(finish) ?? "", native: word(spans.nativeFinish), stopText: word(spans.stopReason))
    emit(AnswerEvent(.finish(reason.calling(called.contains(choice))), choice: choice))
  }

  private mutating func emitReasoning(
    _ spans: ChoiceSpans, _ choice: Int64, _ text: UnsafeRawBufferPointer, _ emit: (AnswerEvent) -> Void
  ) throws(JSONProblem) {
    var saysText = false
    if let details = spans.details { saysText = try reasoning.take(details.bytes(in: text), choice, emit) }
    guard !saysText, let span = spans.reasoning, span.count > 2 else { return }
    emit(
      AnswerEvent(
        .reasoning(ReasoningDelta(.text, JSONText(span, in: text), index: reasoning.plainIndex)), choice: choice))
  }

  private func emitRare(
    _ spans: ChoiceSpans, _ choice: Int64, _ text: UnsafeRawBufferPointer, _ emit: (AnswerEvent) -> Void
  ) throws(JSONProblem) {
    func each(_ span: JSONSpan?, _ body: (JSONValue) -> AnswerEvent.Happening?) throws(JSONProblem) {
      guard let span, span.kind == .array else { return }
      for element in try JSONValue.parse(span.bytes(in: text)).arrayValue ?? [] {
        if let happening = body(element) { emit(AnswerEvent(happening, choice: choice)) }
      }
    }
    try each(spans.annotations) { .citation(OpenAICitation.citation($0)) }
    try each(spans.images) {
      $0["image_url"]?["url"]?.stringValue.map { .image(ImageContent(MediaSource(address: $0))) }
    }
    if let span = spans.audio, let audio = OpenAIAssistantReader.audio(try JSONValue.parse(span.bytes(in: text))) {
      emit(AnswerEvent(.audio(audio), choice: choice))
    }
    if let span = spans.logprobs, span.kind == .object {
      emit(AnswerEvent(.logprobs(try JSONValue.parse(span.bytes(in: text))), choice: choice))
    }
  }
}

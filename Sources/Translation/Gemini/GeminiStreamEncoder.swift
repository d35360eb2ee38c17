import Core
import JSON

/// Writes a streamed answer in Google's format: every event is an answer with the next part, the last one says why it
/// ended and what it used. Nothing else ends the stream. One per stream.
final class GeminiStreamEncoder: StreamEncoder {
  private let context: CallerContext
  private var framing: GeminiFraming
  /// `,"modelVersion":…,"responseId":…}`.
  private var tail: [UInt8] = []
  private var choices: [GeminiEncodedChoice] = []
  private var usage: AnswerUsage?

  /// An encoder at a stream's beginning.
  init(_ context: CallerContext, _ framing: GeminiFraming = GeminiFraming()) {
    self.context = context
    self.framing = framing
    tail = GeminiStreamEncoder.tail(model: context.model, id: context.id)
  }

  private static func tail(model: String, id: String) -> [UInt8] {
    let buffer = ByteBuffer()
    JSONValue.string(model).write(asMember: "modelVersion", to: buffer)
    JSONValue.string(id).write(asMember: "responseId", to: buffer)
    buffer.append("}")
    return buffer.copyBytes()
  }

  /// Appends what the caller is to read of an event. Calls wait until they are whole.
  func encode(_ event: AnswerEvent, into output: ByteBuffer) {
    switch event.happening {
    case .start(let start):
      if let model = start.model { tail = GeminiStreamEncoder.tail(model: model, id: context.id) }
    case .usage(let usage): self.usage = usage
    case .failure(let error): GeminiErrorBody.appendEvent(error, &framing, to: output)
    case .keepAlive: keepAlive(into: output)
    case .partEnd: break
    default: take(event, output)
    }
  }

  private func take(_ event: AnswerEvent, _ output: ByteBuffer) {
    let place = place(event.choice)
    switch event.happening {
    case .text(let text), .refusal(let text):
      choices[place].flush { write($0, event.choice, output) }
      choices[place].note(text)
      openPart(event.choice, output)
      output.append(#"{"text":""#)
      output.append(text)
      output.append("\"")
      if let signature = choices[place].takeSignature() {
        JSONValue.string(signature).write(asMember: "thoughtSignature", to: output)
      }
      output.append("}")
      closePart(event.choice, output)
    case .reasoning(let delta): reason(delta, event.choice, place, output)
    case .toolCall(let position, let start): choices[place].begin(position, start) { write($0, event.choice, output) }
    case .toolArguments(let position, let text): choices[place].append(position, text)
    case .image(let image):
      choices[place].flush { write($0, event.choice, output) }
      choices[place].add(Part(.image(image))) { write($0, event.choice, output) }
    case .audio(let audio):
      choices[place].flush { write($0, event.choice, output) }
      choices[place].add(Part(.audio(audio))) { write($0, event.choice, output) }
    case .native(.gemini, let value):
      choices[place].flush { write($0, event.choice, output) }
      write(value, event.choice, output)
    case .citation(let citation): choices[place].citations.append(citation)
    case .logprobs(let value): choices[place].note(logprobs: value)
    case .finish(let reason): choices[place].finish = reason
    default: break
    }
  }

  private func place(_ index: Int64) -> Int {
    if let place = choices.firstIndex(where: { $0.index == index }) { return place }
    choices.append(GeminiEncodedChoice(index: index))
    return choices.count - 1
  }

  private func reason(_ delta: ReasoningDelta, _ choice: Int64, _ place: Int, _ output: ByteBuffer) {
    // A signature may come behind the call that it belongs to.
    if delta.kind != .encrypted { choices[place].flushCalls { write($0, choice, output) } }
    choices[place].take(delta) { write($0, choice, output) }
    if delta.kind != .text && delta.kind != .summary || delta.text.isEmpty { return }
    openPart(choice, output)
    output.append(#"{"text":""#)
    output.append(delta.text)
    output.append(#"","thought":true}"#)
    closePart(choice, output)
  }

  // MARK: Frames

  @inline(__always)
  private func openPart(_ choice: Int64, _ output: ByteBuffer) {
    framing.open(output)
    output.append(#"{"candidates":[{"content":{"parts":["#)
  }

  @inline(__always)
  private func closePart(_ choice: Int64, _ output: ByteBuffer) {
    output.append(#"],"role":"model"},"index":"#)
    output.append(decimal: Int(choice))
    output.append("}]")
    output.append(tail)
    framing.close(output)
  }

  private func write(_ part: JSONValue, _ choice: Int64, _ output: ByteBuffer) {
    openPart(choice, output)
    part.write(to: output)
    closePart(choice, output)
  }

  /// Appends the last event.
  func end(into output: ByteBuffer) {
    if choices.isEmpty { choices.append(GeminiEncodedChoice(index: 0)) }
    for place in choices.indices {
      let index = choices[place].index
      choices[place].flush { write($0, index, output) }
      choices[place].end { write($0, index, output) }
    }
    framing.open(output)
    output.append(#"{"candidates":"#)
    JSONValue.array(choices.map(\.last)).write(to: output)
    GeminiUsage.object(usage ?? AnswerUsage(.zero)).write(asMember: "usageMetadata", to: output)
    output.append(tail)
    framing.close(output)
    framing.end(output)
  }

  /// Blank lines: Google's client libraries take a comment for a broken event, and in an array they are white space.
  func keepAlive(into output: ByteBuffer) { output.append("\n\n") }
}

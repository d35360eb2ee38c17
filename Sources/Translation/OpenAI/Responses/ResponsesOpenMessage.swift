import Core
import JSON

/// What a part of a message is.
enum ResponsesMessagePart: Equatable {
  case text, refusal
}

/// The message that a stream is in: its parts so far, and the one that is open.
struct ResponsesOpenMessage {
  /// The item's id.
  private(set) var id = ""
  /// The parts that are complete.
  private(set) var parts: [JSONValue] = []
  private var index = 0
  /// What the open part says, as the inside of a JSON string.
  private let said = ByteBuffer()
  private var annotations: [JSONValue] = []
  private var tokens: [JSONValue] = []

  /// A message begins, the item at `index`.
  mutating func begin(id: String, index: Int) {
    self.id = id
    self.index = index
    parts = []
    tokens = []
  }

  /// A part begins.
  mutating func open(_ part: ResponsesMessagePart, _ events: inout ResponsesEventWriter, _ output: ByteBuffer) {
    said.clear()
    annotations = []
    head("response.content_part.added", &events, output)
    let empty =
      part == .text ? ResponsesItem.text("", annotations: [], logprobs: nil) : ResponsesItem.refusal("")
    empty.write(asMember: "part", to: output)
    events.close(output)
    isRefusal = part == .refusal
  }
  private var isRefusal = false

  /// More of the open part.
  mutating func write(_ text: JSONText, _ events: inout ResponsesEventWriter, _ output: ByteBuffer) {
    said.append(text)
    head(isRefusal ? "response.refusal.delta" : "response.output_text.delta", &events, output)
    output.append(#","delta":"#)
    output.append(quoted: text)
    if !isRefusal { output.append(#","logprobs":[]"#) }
    events.close(output)
  }

  /// Probabilities of tokens that have been said; they come when the text is complete.
  mutating func note(logprobs: JSONValue) { tokens += ResponsesItem.tokens(logprobs).arrayValue ?? [] }

  /// The open text rests on something.
  mutating func cite(_ annotation: JSONValue, _ events: inout ResponsesEventWriter, _ output: ByteBuffer) {
    head("response.output_text.annotation.added", &events, output)
    events.add("annotation_index", annotations.count, output)
    annotation.write(asMember: "annotation", to: output)
    events.close(output)
    annotations.append(annotation)
  }

  /// The open part is complete.
  mutating func close(_ part: ResponsesMessagePart, _ events: inout ResponsesEventWriter, _ output: ByteBuffer) {
    let text = JSONText(inside: said.bytes)
    let whole: JSONValue
    if part == .refusal {
      whole = ResponsesItem.refusal(text.string)
      head("response.refusal.done", &events, output)
      output.append(#","refusal":"#)
      output.append(quoted: text)
    } else {
      let logprobs = JSONValue.object([("content", .array(tokens))])
      whole = ResponsesItem.text(text.string, annotations: annotations, logprobs: logprobs)
      head("response.output_text.done", &events, output)
      output.append(#","text":"#)
      output.append(quoted: text)
      whole["logprobs"]?.write(asMember: "logprobs", to: output)
      tokens = []
    }
    events.close(output)
    head("response.content_part.done", &events, output)
    whole.write(asMember: "part", to: output)
    events.close(output)
    parts.append(whole)
  }

  /// An event's name and the place of the open part.
  private func head(_ name: StaticString, _ events: inout ResponsesEventWriter, _ output: ByteBuffer) {
    events.open(name, output)
    events.add("item_id", id, output)
    events.add("output_index", index, output)
    events.add("content_index", parts.count, output)
  }
}

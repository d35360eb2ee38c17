import Core
import JSON

/// The piece of reasoning that a stream is in.
struct ResponsesOpenReasoning {
  private var id = ""
  private var index = 0
  /// The piece's own id, for its seal.
  private var pieceID: String?
  /// Whose reasoning it is.
  private(set) var format = ReasoningFormat.unknown
  /// Whether thoughts stand as a summary.
  private var asSummary = false
  private var summaries: [String] = []
  private var contents: [String] = []
  /// Whether the item's beginning holds the first part of its text. OpenRouter's file allows no part of its own for it.
  private var beginsWithText = false
  /// Which part is open: a summary's or a text's.
  private var openKind: ReasoningDelta.Kind?
  private let said = ByteBuffer()
  /// Encrypted data or a signature, as the inside of a JSON string.
  private let sealed = ByteBuffer()
  private var isEncrypted = false

  /// A piece begins, the item at `index`. `asSummary`: its thoughts stand as a summary.
  mutating func begin(id: String, index: Int, _ delta: ReasoningDelta, asSummary: Bool) {
    self.id = id
    self.index = index
    format = delta.format
    self.asSummary = asSummary
    beginsWithText = delta.kind == .text && !delta.text.isEmpty && !asSummary
    pieceID = delta.id
    summaries = []
    contents = []
    openKind = nil
    isEncrypted = false
    sealed.clear()
  }

  /// The item before anything of it is known.
  var emptyItem: JSONValue {
    var writer = ObjectWriter([("type", .string("reasoning")), ("id", .string(id)), ("summary", .array([]))])
    if beginsWithText { writer.add("content", .array([ResponsesReasoning.part("reasoning_text", "")])) }
    return writer.value
  }

  /// The whole item.
  var item: JSONValue {
    let secret = sealed.isEmpty ? nil : JSONText(inside: sealed.bytes).string
    func piece(_ content: Reasoning.Content) -> Reasoning {
      Reasoning(content, signature: isEncrypted ? nil : secret, id: pieceID, format: format)
    }
    var pieces = summaries.map { piece(.summary($0)) } + contents.map { piece(.text($0)) }
    if isEncrypted, let secret {
      // A foreign piece is sealed as what it is first.
      pieces.insert(piece(.encrypted(secret)), at: ResponsesReasoning.isOwn(format) ? pieces.count : 0)
    } else if pieces.isEmpty {
      pieces.append(piece(.text("")))
    }
    return ResponsesReasoning.item(pieces, id: id, asSummary: asSummary)
  }

  /// More of the piece.
  mutating func take(_ delta: ReasoningDelta, _ events: inout ResponsesEventWriter, _ output: ByteBuffer) {
    if pieceID == nil { pieceID = delta.id }
    switch delta.kind {
    case .encrypted, .signature:
      isEncrypted = delta.kind == .encrypted
      sealed.append(delta.text)
    case .text, .summary:
      if delta.text.isEmpty { return }
      if openKind != delta.kind { open(delta.kind, &events, output) }
      said.append(delta.text)
      head(isSummary ? "response.reasoning_summary_text.delta" : "response.reasoning_text.delta", &events, output)
      output.append(#","delta":"#)
      output.append(quoted: delta.text)
      events.close(output)
    }
  }

  private var isSummary: Bool { openKind == .summary || asSummary }

  private mutating func open(
    _ kind: ReasoningDelta.Kind, _ events: inout ResponsesEventWriter, _ output: ByteBuffer
  ) {
    close(&events, output)
    openKind = kind
    said.clear()
    if isAnnounced { return }
    head(isSummary ? "response.reasoning_summary_part.added" : "response.content_part.added", &events, output)
    writePart("", output)
    events.close(output)
  }

  /// Whether the open part began with the item.
  private var isAnnounced: Bool { beginsWithText && !isSummary && contents.isEmpty }

  /// The open part is complete.
  mutating func close(_ events: inout ResponsesEventWriter, _ output: ByteBuffer) {
    if openKind == nil { return }
    let text = JSONText(inside: said.bytes)
    head(isSummary ? "response.reasoning_summary_text.done" : "response.reasoning_text.done", &events, output)
    output.append(#","text":"#)
    output.append(quoted: text)
    events.close(output)
    if !isAnnounced {
      head(isSummary ? "response.reasoning_summary_part.done" : "response.content_part.done", &events, output)
      writePart(text.string, output)
      events.close(output)
    }
    if openKind == .summary { summaries.append(text.string) } else { contents.append(text.string) }
    openKind = nil
  }

  private func writePart(_ text: String, _ output: ByteBuffer) {
    ResponsesReasoning.part(isSummary ? "summary_text" : "reasoning_text", text).write(asMember: "part", to: output)
  }

  /// An event's name and the place of the open part.
  private func head(_ name: StaticString, _ events: inout ResponsesEventWriter, _ output: ByteBuffer) {
    events.open(name, output)
    events.add("item_id", id, output)
    events.add("output_index", index, output)
    if isSummary {
      events.add("summary_index", summaries.count + (asSummary ? contents.count : 0), output)
    } else {
      events.add("content_index", contents.count, output)
    }
  }
}

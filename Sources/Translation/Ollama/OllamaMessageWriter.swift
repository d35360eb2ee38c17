import JSON

/// Writes messages in Ollama's format: one text and pictures beside it; a tool's result a message of its own.
struct OllamaMessageWriter {
  /// What had no equivalent.
  private(set) var dropped = DroppedFields()
  /// The names of the tools that were called, by the calls' ids: results are tied to names.
  private var names: [String: String] = [:]
  /// What results hold besides text: it stands in the user's turn behind all of them.
  private var moved = Said()

  /// A turn's texts and pictures.
  private struct Said {
    var texts: [String] = []
    var images: [JSONValue] = []

    var isEmpty: Bool { texts.isEmpty && images.isEmpty }

    mutating func add(_ text: String, continuing: Bool) {
      if continuing, let last = texts.indices.last { texts[last] += text } else { texts.append(text) }
    }
  }

  /// The value of `messages`.
  mutating func write(_ messages: [Message]) -> JSONValue {
    var written: [JSONValue] = []
    for message in messages {
      let message = message.spoken(noting: &dropped)
      dropped.note(message.extras)
      switch message.role {
      case .system, .developer: written.append(object("system", said(message.parts)))
      case .user: write(message, to: &written)
      case .assistant:
        flush(to: &written)
        written.append(assistant(message))
      }
    }
    flush(to: &written)
    return .array(written)
  }

  private func object(_ role: String, _ said: Said) -> JSONValue {
    var writer = ObjectWriter([
      ("role", .string(role)), ("content", .string(said.texts.joined(separator: "\n"))),
    ])
    if !said.images.isEmpty { writer.add("images", .array(said.images)) }
    return writer.value
  }

  // MARK: Users

  /// Results come first: they must stand directly behind the calls, whatever messages they came in.
  private mutating func write(_ message: Message, to written: inout [JSONValue]) {
    let results = message.parts.filter { $0.toolResult != nil }
    for part in results {
      noteMarks(part)
      if let result = part.toolResult { written.append(self.result(result)) }
    }
    let said = said(message.parts.filter { $0.toolResult == nil })
    if said.isEmpty, !results.isEmpty { return }
    moved.texts += said.texts
    moved.images += said.images
    written.append(object("user", moved))
    moved = Said()
  }

  private mutating func flush(to written: inout [JSONValue]) {
    if moved.isEmpty { return }
    written.append(object("user", moved))
    moved = Said()
  }

  private mutating func result(_ result: ToolResult) -> JSONValue {
    var inner = said(result.parts)
    if result.isError == true { inner.texts.insert("The tool failed.", at: 0) }
    if !inner.images.isEmpty {
      moved.texts.append("From the result of the tool call \(result.callID):")
      moved.images += inner.images
      inner.images = []
    }
    var writer = ObjectWriter(object("tool", inner).objectValue ?? [])
    writer.add("tool_name", result.name ?? names[result.callID])
    writer.add("tool_call_id", result.callID)
    return writer.value
  }

  private mutating func noteMarks(_ part: Part) {
    dropped.note(.cache, where: part.cache)
    dropped.note(part.extras)
  }

  /// `continuesText`: texts that stand side by side are pieces of one, as a model's are, rather than lines.
  private mutating func said(_ parts: [Part], continuesText: Bool = false) -> Said {
    var said = Said()
    var isBehindText = false
    for part in parts {
      noteMarks(part)
      defer { isBehindText = part.isWords }
      switch part.content {
      case .text(let text):
        if !text.citations.isEmpty { dropped.note(.citations) }
        said.add(text.text, continuing: continuesText && isBehindText)
      case .refusal(let text): said.add(text, continuing: continuesText && isBehindText)
      case .image(let image): if let data = self.image(image) { said.images.append(data) }
      case .file(let file): if let text = file.plainText { said.texts.append(text) } else { dropped.note(.file) }
      case .audio: dropped.note(.audio)
      case .video: dropped.note(.video)
      case .native(_, let value): dropped.note(.other(value["type"]?.stringValue ?? "content"))
      case .toolCall, .toolResult, .reasoning: break
      }
    }
    return said
  }

  private mutating func image(_ image: ImageContent) -> JSONValue? {
    if image.detail != nil, image.detail != "auto" { dropped.note(.imageDetail) }
    guard case .data(_, let base64) = image.source else {
      dropped.note(.image)
      return nil
    }
    return .string(base64)
  }

  // MARK: Answers

  private mutating func assistant(_ message: Message) -> JSONValue {
    var thoughts: [String] = []
    var calls: [JSONValue] = []
    for part in message.parts {
      if let piece = part.reasoning {
        if let text = thought(piece) { thoughts.append(text) } else { dropped.note(.reasoningHistory) }
      } else if let call = part.toolCall {
        calls.append(self.call(call))
      }
    }
    var writer = ObjectWriter(object("assistant", said(message.parts, continuesText: true)).objectValue ?? [])
    if !thoughts.isEmpty { writer.add("thinking", thoughts.joined(separator: "\n")) }
    if !calls.isEmpty { writer.add("tool_calls", .array(calls)) }
    return writer.value
  }

  /// A piece that anyone may have thought; nil for one that only its own provider can read.
  private func thought(_ piece: Reasoning) -> String? {
    piece.format == .unknown && piece.signature == nil ? piece.text : nil
  }

  private mutating func call(_ call: ToolCall) -> JSONValue {
    dropped.note(call.extras)
    names[call.id] = call.name
    return .object([
      ("id", .string(call.id)),
      (
        "function",
        .object([("name", .string(call.name)), ("arguments", call.argumentObject)])
      ),
    ])
  }
}

extension Part {
  /// Whether it is a piece of what is said in words.
  fileprivate var isWords: Bool {
    switch content {
    case .text, .refusal: true
    default: false
    }
  }
}

import JSON

/// Writes messages in Cohere's format: instructions first, a tool's result a message of its own.
struct CohereMessageWriter {
  /// What had no equivalent.
  private(set) var dropped = DroppedFields()
  /// What results hold besides text: it stands in the user's turn behind all of them.
  private var moved: [JSONValue] = []

  /// The value of `messages`.
  mutating func write(_ messages: [Message]) -> JSONValue {
    var instructions: [String] = []
    var written: [JSONValue] = []
    for message in messages {
      let message = message.spoken(noting: &dropped)
      dropped.note(message.extras)
      switch message.role {
      case .system, .developer: instructions += texts(message)
      case .user: write(message, to: &written)
      case .assistant:
        flush(to: &written)
        written.append(assistant(message))
      }
    }
    flush(to: &written)
    if !instructions.isEmpty {
      written.insert(self.message("system", CohereMessageWriter.content(instructions)), at: 0)
    }
    return .array(written)
  }

  private func message(_ role: String, _ content: JSONValue) -> JSONValue {
    .object([("role", .string(role)), ("content", content)])
  }

  /// One text as it is, several as parts.
  private static func content(_ texts: [String]) -> JSONValue {
    texts.count == 1
      ? .string(texts[0]) : .array(texts.map { .object([("type", .string("text")), ("text", .string($0))]) })
  }

  private mutating func texts(_ message: Message) -> [String] {
    message.parts.compactMap { part in
      noteMarks(part)
      if part.text == nil { dropped.note(.other("system")) }
      return part.text
    }
  }

  private mutating func noteMarks(_ part: Part) {
    dropped.note(.cache, where: part.cache)
    dropped.note(part.extras)
  }

  // MARK: Users

  /// Results come first: they must stand directly behind the calls, whatever messages they came in.
  private mutating func write(_ message: Message, to written: inout [JSONValue]) {
    var hasResults = false
    for part in message.parts {
      guard let result = part.toolResult else { continue }
      hasResults = true
      noteMarks(part)
      written.append(self.result(result))
    }
    var blocks: [JSONValue] = []
    for part in message.parts where part.toolResult == nil { if let block = block(part) { blocks.append(block) } }
    if blocks.isEmpty, hasResults { return }
    blocks = moved + blocks
    moved = []
    written.append(user(blocks))
  }

  private mutating func flush(to written: inout [JSONValue]) {
    if moved.isEmpty { return }
    written.append(user(moved))
    moved = []
  }

  private func user(_ blocks: [JSONValue]) -> JSONValue {
    if blocks.count == 1, let text = blocks[0]["text"] { return message("user", text) }
    return message("user", blocks.isEmpty ? .string("") : .array(blocks))
  }

  private mutating func result(_ result: ToolResult) -> JSONValue {
    var texts: [String] = result.isError == true ? ["The tool failed."] : []
    var media: [JSONValue] = []
    for part in result.parts {
      if let text = part.text {
        noteMarks(part)
        texts.append(text)
      } else if let block = block(part) {
        media.append(block)
      }
    }
    if !media.isEmpty { moved += [text("From the result of the tool call \(result.callID):")] + media }
    return .object([
      ("role", .string("tool")), ("tool_call_id", .string(result.callID)),
      ("content", texts.isEmpty ? .string("") : CohereMessageWriter.content(texts)),
    ])
  }

  private func text(_ text: String) -> JSONValue { .object([("type", .string("text")), ("text", .string(text))]) }

  private mutating func block(_ part: Part) -> JSONValue? {
    noteMarks(part)
    switch part.content {
    case .text(let text): return self.text(text.text)
    case .refusal(let text): return self.text(text)
    case .image(let image):
      if let block = self.image(image) { return block }
      dropped.note(.image)
    case .file(let file):
      if let text = file.plainText { return self.text(text) }
      dropped.note(.file)
    case .audio: dropped.note(.audio)
    case .video: dropped.note(.video)
    case .native(_, let value): dropped.note(.other(value["type"]?.stringValue ?? "content"))
    case .toolCall, .toolResult, .reasoning: break
    }
    return nil
  }

  private mutating func image(_ image: ImageContent) -> JSONValue? {
    guard let address = image.source.address else { return nil }
    var inner = ObjectWriter([("url", .string(address))])
    switch image.detail {
    case nil, "auto", "low", "high": inner.add("detail", image.detail)
    default: dropped.note(.imageDetail)
    }
    return .object([("type", .string("image_url")), ("image_url", inner.value)])
  }

  // MARK: Answers

  /// What is said beside calls is the plan behind them.
  private mutating func assistant(_ message: Message) -> JSONValue {
    var thoughts: [JSONValue] = []
    var texts: [String] = []
    var calls: [JSONValue] = []
    for part in message.parts {
      switch part.content {
      case .reasoning(let piece):
        noteMarks(part)
        if let thought = thought(piece) { thoughts.append(thought) } else { dropped.note(.reasoningHistory) }
      case .toolCall(let call):
        noteMarks(part)
        calls.append(self.call(call))
      case .text(let text):
        noteMarks(part)
        if !text.citations.isEmpty { dropped.note(.citations) }
        texts.append(text.text)
      default: if let said = block(part)?["text"]?.stringValue { texts.append(said) }
      }
    }
    var writer = ObjectWriter([("role", .string("assistant"))])
    if !calls.isEmpty {
      if !thoughts.isEmpty { writer.add("content", .array(thoughts)) }
      if !texts.isEmpty { writer.add("tool_plan", texts.joined(separator: "\n")) }
      writer.add("tool_calls", .array(calls))
    } else if thoughts.isEmpty {
      writer.add("content", texts.isEmpty ? .string("") : CohereMessageWriter.content(texts))
    } else {
      writer.add("content", .array(thoughts + texts.map { text($0) }))
    }
    return writer.value
  }

  /// A piece that anyone may have thought; nil for one that only its own provider can read.
  private func thought(_ piece: Reasoning) -> JSONValue? {
    guard piece.format == .unknown, piece.signature == nil, let text = piece.text else { return nil }
    return .object([("type", .string("thinking")), ("thinking", .string(text))])
  }

  private mutating func call(_ call: ToolCall) -> JSONValue {
    dropped.note(call.extras)
    let arguments = String(decoding: call.argumentObject.serialized(), as: UTF8.self)
    return .object([
      ("id", .string(call.id)), ("type", .string("function")),
      ("function", .object([("name", .string(call.name)), ("arguments", .string(arguments))])),
    ])
  }
}

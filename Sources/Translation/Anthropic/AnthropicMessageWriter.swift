import Core
import JSON

/// Writes messages in Anthropic's format: instructions apart, turns of one role joined, results before what is said.
struct AnthropicMessageWriter {
  private let format: WireFormat
  private let takesLateInstructions: Bool
  private(set) var dropped = DroppedFields()
  private var media = MovedMedia()
  /// Whether a file is named that was uploaded before.
  private(set) var needsFiles = false

  /// A writer for a conversation of the given format.
  init(format: WireFormat, takesLateInstructions: Bool) {
    self.format = format
    self.takesLateInstructions = takesLateInstructions
  }

  private struct Turn {
    var role: Message.Role
    var blocks: [JSONValue]
    /// Whether the only block may stand as a text.
    var isPlain: Bool
    var extras: [Member]
  }

  /// The values of `system`, if any, and `messages`.
  mutating func write(_ messages: [Message]) -> (system: JSONValue?, messages: JSONValue) {
    var system: [JSONValue] = []
    var isPlain = true
    var turns: [Turn] = []
    for message in messages {
      let message = message.spoken(noting: &dropped)
      if message.isInstruction {
        let blocks = blocks(message)
        if !mayStand(message, behind: turns.last?.role) {
          system += blocks
          isPlain = isPlain && message.parts.allSatisfy { $0.isPlainText }
          continue
        }
        if blocks.isEmpty { continue }
        turns.append(Turn(role: .system, blocks: blocks, isPlain: message.isPlainText, extras: message.extras))
      } else {
        append(message, to: &turns)
      }
    }
    media.noteRest(in: &dropped)
    // Without any turn the interface refuses.
    if turns.isEmpty { turns = [Turn(role: .user, blocks: [textBlock("Go on.")], isPlain: true, extras: [])] }
    return (self.system(system, isPlain), .array(turns.map(object)))
  }

  /// Whether an instruction keeps its place: behind a user's turn, with models that allow it.
  private func mayStand(_ message: Message, behind role: Message.Role?) -> Bool {
    if role == nil { return false }
    return takesLateInstructions && role == .user || format == .anthropic
  }

  private func system(_ blocks: [JSONValue], _ isPlain: Bool) -> JSONValue? {
    if blocks.isEmpty { return nil }
    if blocks.count == 1, isPlain, let text = blocks[0]["text"] { return text }
    return .array(blocks)
  }

  private mutating func append(_ message: Message, to turns: inout [Turn]) {
    var message = message
    if format != .anthropic {
      dropped.note(message.extras)
      message.parts = media.parts(of: message)
    }
    let blocks = blocks(message)
    // A message with nothing in it is refused.
    if blocks.isEmpty { return }
    if let last = turns.indices.last, turns[last].role == message.role {
      turns[last].blocks += blocks
      turns[last].isPlain = false
    } else {
      turns.append(
        Turn(
          role: message.role, blocks: blocks, isPlain: message.isPlainText,
          extras: format == .anthropic ? message.extras : []))
    }
  }

  private func object(_ turn: Turn) -> JSONValue {
    var writer = ObjectWriter([("role", .string(turn.role.rawValue))])
    if turn.isPlain, turn.blocks.count == 1, let text = turn.blocks[0]["text"] {
      writer.add("content", text)
    } else {
      let results = turn.blocks.filter { $0["type"]?.stringValue == "tool_result" }
      let rest = turn.blocks.filter { $0["type"]?.stringValue != "tool_result" }
      writer.add("content", .array(format == .anthropic || results.isEmpty ? turn.blocks : results + rest))
    }
    writer.add(turn.extras)
    return writer.value
  }

  // MARK: Blocks

  private mutating func blocks(_ message: Message) -> [JSONValue] {
    var blocks: [JSONValue] = []
    for part in message.parts {
      if let block = block(part, isAnswer: message.role == .assistant) { blocks.append(block) }
    }
    return blocks
  }

  private mutating func block(_ part: Part, isAnswer: Bool) -> JSONValue? {
    guard var writer = object(part.content, isAnswer) else { return nil }
    writer.add("cache_control", part.cache?.object)
    if format == .anthropic { writer.add(part.extras) } else { dropped.note(part.extras) }
    return writer.value
  }

  private mutating func object(_ content: Part.Content, _ isAnswer: Bool) -> ObjectWriter? {
    switch content {
    case .text(let text): return self.text(text, isAnswer)
    case .refusal(let text): return text.isEmpty ? nil : self.text(TextContent(text), isAnswer)
    case .image(let image): return self.image(image)
    case .file(let file): return self.file(file)
    case .toolCall(let call): return self.call(call)
    case .toolResult(let result): return self.result(result)
    case .reasoning(let reasoning):
      guard let object = AnthropicReasoning.history(reasoning) else {
        dropped.note(.reasoningHistory)
        return nil
      }
      return object
    case .audio: dropped.note(.audio)
    case .video: dropped.note(.video)
    case .native(.anthropic, let value): return value.objectValue.map { ObjectWriter($0) }
    case .native(_, let value): dropped.note(.other(value.kindName))
    }
    return nil
  }

  private mutating func text(_ text: TextContent, _ isAnswer: Bool) -> ObjectWriter? {
    // Empty texts are refused.
    if text.text.isEmpty { return nil }
    var writer = ObjectWriter(textBlock(text.text).objectValue ?? [])
    let citations = text.citations.compactMap { citation in
      citation.native?.format == .anthropic ? citation.native?.value : nil
    }
    if citations.count < text.citations.count { dropped.note(.citations) }
    if !citations.isEmpty { writer.add("citations", .array(citations)) }
    return writer
  }

  private func textBlock(_ text: String) -> JSONValue { .object([("type", .string("text")), ("text", .string(text))]) }

  private mutating func image(_ image: ImageContent) -> ObjectWriter? {
    if image.detail != nil, image.detail != "auto" { dropped.note(.imageDetail) }
    guard let source = source(image.source) else {
      dropped.note(.image)
      return nil
    }
    return ObjectWriter([("type", .string("image")), ("source", source)])
  }

  private mutating func file(_ file: FileContent) -> ObjectWriter? {
    guard let source = documentSource(file.source) else {
      dropped.note(.file)
      return nil
    }
    var writer = ObjectWriter([("type", .string("document")), ("source", source)])
    writer.add("title", file.name)
    writer.add("context", file.context)
    if let wants = file.wantsCitations { writer.add("citations", .object([("enabled", .bool(wants))])) }
    return writer
  }

  /// PDFs and plain texts are what documents can be.
  private mutating func documentSource(_ source: MediaSource) -> JSONValue? {
    switch source {
    case .text(let text): return textSource(text)
    case .data(let type, let base64) where type.hasPrefix("text/"):
      return Base64.decode(base64).map { textSource(String(decoding: $0, as: UTF8.self)) }
    case .data(let type, _) where type != "application/pdf" && type != "" && format != .anthropic: return nil
    case .data(_, let base64):
      return .object([
        ("type", .string("base64")), ("media_type", .string("application/pdf")), ("data", .string(base64)),
      ])
    default: return self.source(source)
    }
  }

  private func textSource(_ text: String) -> JSONValue {
    .object([("type", .string("text")), ("media_type", .string("text/plain")), ("data", .string(text))])
  }

  private mutating func source(_ source: MediaSource) -> JSONValue? {
    switch source {
    case .url(let url): return .object([("type", .string("url")), ("url", .string(url))])
    case .data(let type, let base64):
      return .object([("type", .string("base64")), ("media_type", .string(type)), ("data", .string(base64))])
    case .file(let id) where format == .anthropic:
      needsFiles = true
      return .object([("type", .string("file")), ("file_id", .string(id))])
    // Another provider's files are not here.
    case .file, .text: return nil
    }
  }

  private mutating func call(_ call: ToolCall) -> ObjectWriter {
    if !call.extras.isEmpty, format != .anthropic { dropped.note(call.extras) }
    return ObjectWriter([
      ("type", .string("tool_use")), ("id", .string(AnthropicCallID.fitted(call.id, format))),
      ("name", .string(call.name)), ("input", call.argumentObject),
    ])
  }

  private mutating func result(_ result: ToolResult) -> ObjectWriter {
    var writer = ObjectWriter([
      ("type", .string("tool_result")), ("tool_use_id", .string(AnthropicCallID.fitted(result.callID, format))),
    ])
    if result.parts.count == 1, result.parts[0].isPlainText, let text = result.parts[0].text {
      writer.add("content", text)
    } else if !result.parts.isEmpty {
      var blocks: [JSONValue] = []
      for part in result.parts { if let block = block(part, isAnswer: false) { blocks.append(block) } }
      if !blocks.isEmpty { writer.add("content", .array(blocks)) }
    }
    writer.add("is_error", result.isError)
    return writer
  }
}

/// `id` of a call: letters, digits, `_` and `-` are all that may stand in it.
enum AnthropicCallID {
  /// The id as it may be sent; the same for the same id. Ids of this format's own are never touched.
  static func fitted(_ id: String, _ format: WireFormat) -> String {
    if format == .anthropic { return id }
    if id.isEmpty { return "call" }
    return String(
      decoding: id.utf8.map { byte in
        switch byte {
        case 48...57, 65...90, 97...122, 45, 95: byte
        default: UInt8(ascii: "_")
        }
      }, as: UTF8.self)
  }
}

/// Thinking blocks.
enum AnthropicReasoning {
  /// The block for a piece of an earlier turn; nil for one that Anthropic cannot have written.
  static func history(_ piece: Reasoning) -> ObjectWriter? {
    guard piece.format == .anthropic else { return nil }
    switch piece.content {
    case .text(let text), .summary(let text):
      guard let signature = piece.signature, isOwn(signature) else { return nil }
      return ObjectWriter([
        ("type", .string("thinking")), ("thinking", .string(text)), ("signature", .string(signature)),
      ])
    case .encrypted(let data):
      guard isOwn(data) else { return nil }
      return ObjectWriter([("type", .string("redacted_thinking")), ("data", .string(data))])
    }
  }

  /// Whether a piece of an earlier turn can be sent to a Claude.
  static func canGoBack(_ piece: Reasoning) -> Bool { history(piece) != nil }

  /// Whether a signature or encrypted thoughts can be Anthropic's: they are not empty, and not sealed by the gateway.
  static func isOwn(_ text: String) -> Bool { !text.isEmpty && ReasoningSeal.open(text) == nil }

  /// The block for a piece of an answer, whoever wrote it: foreign ones are sealed, to come back whole.
  static func answer(_ piece: Reasoning) -> JSONValue {
    switch piece.content {
    case .text(let text), .summary(let text):
      return .object([
        ("type", .string("thinking")), ("thinking", .string(text)), ("signature", .string(signature(piece))),
      ])
    case .encrypted(let data):
      let isOwn = piece.format == .anthropic
      return .object([
        ("type", .string("redacted_thinking")), ("data", .string(isOwn ? data : ReasoningSeal.seal(piece))),
      ])
    }
  }

  /// What stands as a readable piece's signature.
  static func signature(_ piece: Reasoning) -> String {
    if piece.format == .anthropic { return piece.signature ?? "" }
    let isAnyones = piece.format == .unknown && piece.signature == nil && piece.id == nil
    return isAnyones ? "" : ReasoningSeal.seal(piece)
  }
}

extension Part {
  /// Whether it is text and nothing else.
  fileprivate var isPlainText: Bool {
    if case .text(let content) = content { cache == nil && extras.isEmpty && content.citations.isEmpty } else { false }
  }
}

extension Message {
  /// Whether it is one plain text.
  fileprivate var isPlainText: Bool { parts.count == 1 && parts[0].isPlainText }
}

import JSON

/// Writes messages in Bedrock's format: instructions apart, turns of one role joined, results before what is said.
struct BedrockMessageWriter {
  private let format: WireFormat
  private let model: BedrockModel
  private var names = BedrockDocumentNames()
  private var media = MovedMedia()
  /// What had no equivalent.
  private(set) var dropped = DroppedFields()

  /// A writer for a conversation of the given format and for a model.
  init(format: WireFormat, model: BedrockModel) {
    self.format = format
    self.model = model
  }

  /// A message.
  struct Turn {
    private let isAnswer: Bool
    private var blocks: [JSONValue]

    /// A turn with nothing in it.
    init(isAnswer: Bool, _ blocks: [JSONValue] = []) {
      self.isAnswer = isAnswer
      self.blocks = blocks
    }

    /// Adds a block. One mark behind another says nothing new.
    mutating func append(_ block: JSONValue) {
      if block["cachePoint"] != nil, blocks.last?["cachePoint"] != nil { return }
      blocks.append(block)
    }

    /// Whether it is the model's.
    var isModels: Bool { isAnswer }

    /// The message. A document needs a text beside it.
    var value: JSONValue {
      let results = blocks.filter { $0["toolResult"] != nil }
      var content = results.isEmpty ? blocks : results + blocks.filter { $0["toolResult"] == nil }
      if content.contains(where: { $0["document"] != nil }), !content.contains(where: { $0["text"] != nil }) {
        content.append(.object([("text", .string("See the document."))]))
      }
      return .object([("role", .string(isAnswer ? "assistant" : "user")), ("content", .array(content))])
    }
  }

  /// The elements of `system` and the messages.
  mutating func write(_ messages: [Message]) -> (system: [JSONValue], messages: [Turn]) {
    var system: [JSONValue] = []
    var turns: [Turn] = []
    for message in messages {
      let message = message.spoken(noting: &dropped)
      dropped.note(message.extras)
      if message.isInstruction {
        for part in message.parts { instruct(part, &system) }
        continue
      }
      var content: [JSONValue] = []
      for part in media.parts(of: message) { content += blocks(part) }
      // Turns must alternate: those of one role on both sides of an empty one are one.
      if content.isEmpty { continue }
      let isAnswer = message.role == .assistant
      if turns.last?.isModels != isAnswer { turns.append(Turn(isAnswer: isAnswer)) }
      for block in content { turns[turns.count - 1].append(block) }
    }
    media.noteRest(in: &dropped)
    // A conversation begins with its user.
    if turns.first?.isModels ?? true {
      turns.insert(Turn(isAnswer: false, [.object([("text", .string("Go on."))])]), at: 0)
    }
    return (system, turns)
  }

  /// The block for a mark of prompt caching; nil, and noted, where the model takes none.
  mutating func cachePoint(_ mark: CacheMark) -> JSONValue? {
    let block = BedrockCachePoint.block(mark, model)
    if block == nil { dropped.note(.cache) }
    return block
  }

  // MARK: Blocks

  private mutating func instruct(_ part: Part, _ system: inout [JSONValue]) {
    dropped.note(part.extras)
    guard let text = part.text else { return dropped.note(.other("system")) }
    if BedrockMessageWriter.isBlank(text) { return }
    system.append(.object([("text", .string(text))]))
    if let mark = part.cache, let point = cachePoint(mark) { system.append(point) }
  }

  /// The blocks for a part: one, and a cache's mark behind it.
  private mutating func blocks(_ part: Part) -> [JSONValue] {
    dropped.note(part.extras)
    guard let block = block(part.content) else { return [] }
    guard let mark = part.cache, let point = cachePoint(mark) else { return [block] }
    return [block, point]
  }

  private mutating func block(_ content: Part.Content) -> JSONValue? {
    switch content {
    case .text(let text):
      if !text.citations.isEmpty { dropped.note(.citations) }
      return self.text(text.text)
    case .refusal(let text): return self.text(text)
    case .image(let image): return self.image(image)
    case .file(let file): return self.file(file)
    case .audio(let audio): return self.audio(audio)
    case .video(let source): return self.video(source)
    case .toolCall(let call): return self.call(call)
    case .toolResult(let result): return self.result(result)
    case .reasoning(let piece): return reasoning(piece)
    case .native(_, let value):
      dropped.note(.other(value["type"]?.stringValue ?? "content"))
      return nil
    }
  }

  /// Blank texts are refused.
  private func text(_ text: String) -> JSONValue? {
    BedrockMessageWriter.isBlank(text) ? nil : .object([("text", .string(text))])
  }

  private static func isBlank(_ text: String) -> Bool { text.allSatisfy(\.isWhitespace) }

  private mutating func image(_ image: ImageContent) -> JSONValue? {
    if image.detail != nil, image.detail != "auto" { dropped.note(.imageDetail) }
    guard let format = BedrockMedia.imageFormat(image.source), let source = BedrockMedia.source(image.source) else {
      dropped.note(.image)
      return nil
    }
    return .object([("image", .object([("format", .string(format)), ("source", source)]))])
  }

  private mutating func file(_ file: FileContent) -> JSONValue? {
    guard let format = BedrockMedia.documentFormat(file), let source = BedrockMedia.source(file.source) else {
      dropped.note(.file)
      return nil
    }
    var writer = ObjectWriter([("format", .string(format)), ("name", .string(names.name(file.name)))])
    writer.add("source", source)
    writer.add("context", file.context)
    if file.wantsCitations == true {
      if model.isClaude {
        writer.add("citations", .object([("enabled", .bool(true))]))
      } else {
        dropped.note(.citations)
      }
    }
    return .object([("document", writer.value)])
  }

  private mutating func audio(_ audio: AudioContent) -> JSONValue? {
    guard !model.isClaude, let base64 = audio.base64, let format = BedrockMedia.audioFormat(audio.format) else {
      dropped.note(.audio)
      return nil
    }
    let source = JSONValue.object([("bytes", .string(base64))])
    return .object([("audio", .object([("format", .string(format)), ("source", source)]))])
  }

  private mutating func video(_ video: MediaSource) -> JSONValue? {
    guard !model.isClaude, let format = BedrockMedia.videoFormat(video), let source = BedrockMedia.source(video) else {
      dropped.note(.video)
      return nil
    }
    return .object([("video", .object([("format", .string(format)), ("source", source)]))])
  }

  // MARK: Tools

  private mutating func call(_ call: ToolCall) -> JSONValue {
    dropped.note(call.extras)
    return .object([
      (
        "toolUse",
        .object([
          ("toolUseId", .string(BedrockCallID.fitted(call.id))), ("name", .string(call.name)),
          ("input", call.argumentObject),
        ])
      )
    ])
  }

  private mutating func result(_ result: ToolResult) -> JSONValue {
    var content: [JSONValue] = []
    if result.isError == true, !model.takesToolStatus {
      content.append(.object([("text", .string("The tool failed."))]))
    }
    for part in result.parts {
      dropped.note(part.extras)
      // Marks stand behind results, not in them.
      dropped.note(.cache, where: part.cache)
      switch part.content {
      case .text, .refusal, .image, .file: if let block = block(part.content) { content.append(block) }
      case .video where model.family == .nova: if let block = block(part.content) { content.append(block) }
      case .audio: dropped.note(.audio)
      case .video: dropped.note(.video)
      default: dropped.note(.other("tool_result"))
      }
    }
    var writer = ObjectWriter([
      ("toolUseId", .string(BedrockCallID.fitted(result.callID))), ("content", .array(content)),
    ])
    if result.isError == true, model.takesToolStatus { writer.add("status", "error") }
    return .object([("toolResult", writer.value)])
  }

  // MARK: Reasoning

  /// A piece of an earlier turn; nil for one that this model cannot have thought.
  private mutating func reasoning(_ piece: Reasoning) -> JSONValue? {
    if model.isClaude, piece.format == .anthropic {
      switch piece.content {
      case .text(let text), .summary(let text):
        if let signature = piece.signature, AnthropicReasoning.isOwn(signature) {
          let thought = JSONValue.object([("text", .string(text)), ("signature", .string(signature))])
          return .object([("reasoningContent", .object([("reasoningText", thought)]))])
        }
      case .encrypted(let data) where AnthropicReasoning.isOwn(data) && Base64.decode(data) != nil:
        return .object([("reasoningContent", .object([("redactedContent", .string(data))]))])
      case .encrypted: break
      }
    }
    dropped.note(.reasoningHistory)
    return nil
  }
}

/// `toolUseId`: at most 64 letters, digits, `_` and `-`, which every model on Bedrock takes.
enum BedrockCallID {
  /// The id as it may be sent; the same for the same id, and another for another one.
  static func fitted(_ id: String) -> String {
    ShortID.fitted(id, as: AnthropicCallID.fitted(id, .bedrock))
  }
}

import JSON
import Translation

/// Makes conversations from a seed that Google's format can say.
struct GeminiConversationMaker {
  private var maker: ConversationMaker
  private var calls = 0

  init(seed: UInt64) { maker = ConversationMaker(.gemini, seed: seed) }

  mutating func conversation() -> Conversation {
    var conversation = Conversation(.gemini, model: "gemini-3-pro-preview")
    if maker.chance(50) { conversation.messages.append(Message(.system, [.text(maker.text())])) }
    for _ in 0..<maker.number(1...4) {
      for message in turn() { add(message, to: &conversation.messages) }
    }
    let tools = maker.some(0...3) { $0.geminiTool() }
    conversation.tools = tools.filter { $0.function != nil } + tools.filter { $0.function == nil }
    conversation.toolChoice = maker.maybe(50) {
      $0.one([
        .auto, .never, .required, .tool("f"), .allowed(["f", "g"], isRequired: true),
        .allowed(["f"], isRequired: false),
      ])
    }
    addSettings(&conversation)
    return conversation
  }

  private mutating func addSettings(_ conversation: inout Conversation) {
    conversation.maxTokens = maker.maybe(50) { $0.number(1...9999) }
    conversation.choiceCount = maker.maybe(20) { $0.number(1...4) }
    conversation.stop = maker.some(0...6) { $0.text() }
    conversation.sampling.temperature = maker.maybe(30) { $0.decimal() }
    conversation.sampling.topP = maker.maybe(30) { $0.decimal() }
    conversation.sampling.topK = maker.maybe(30) { JSONNumber($0.number(0...100)) }
    conversation.sampling.seed = maker.maybe(30) { JSONNumber($0.number(0...100)) }
    conversation.sampling.presencePenalty = maker.maybe(30) { $0.decimal() }
    conversation.sampling.frequencyPenalty = maker.maybe(30) { $0.decimal() }
    conversation.logprobs = maker.maybe(30) { LogprobSettings(isWanted: true, alternatives: $0.maybe(50) { _ in 3 }) }
    conversation.responseFormat = maker.maybe(40) {
      $0.one([
        .text, .jsonObject, .jsonSchema(SchemaFormat($0.schema())),
        .other(.object([("responseMimeType", .string("text/x.enum")), ("responseSchema", $0.schema())])),
      ])
    }
    // Written as it is, plain text needs no word.
    if conversation.responseFormat == .text { conversation.responseFormat = nil }
    conversation.reasoning = maker.maybe(50) { $0.geminiThinking() }
    conversation.modalities = maker.maybe(20) { _ in ["text", "image"] } ?? []
    conversation.audioOutput = maker.maybe(20) { _ in .object([("voice", .string("Kore"))]) }
    conversation.serviceTier = maker.maybe(30) { $0.one(["default", "flex", "priority"]) }
    conversation.metadata = maker.maybe(20) { .object([("k", .string($0.text()))]) }
    if maker.chance(20) { conversation.extras.append(Member("toolConfig.retrievalConfig", .object([]))) }
    if maker.chance(20) { conversation.extras.append(Member("generationConfig.audioTimestamp", .bool(true))) }
    if maker.chance(20) { conversation.extras.append(Member("safetySettings", .array([]))) }
    conversation.extras.sort { rank($0) < rank($1) }
  }

  /// The order in which the members stand in a request.
  private func rank(_ member: Member) -> Int {
    if member.name.hasPrefix("toolConfig") { return 0 }
    return member.name.hasPrefix("generationConfig") ? 2 : 1
  }

  // MARK: Turns

  /// Neighbours of one role are one turn.
  private func add(_ message: Message, to messages: inout [Message]) {
    if let last = messages.indices.last, messages[last].role == message.role {
      messages[last].parts += message.parts
    } else {
      messages.append(message)
    }
  }

  private mutating func turn() -> [Message] {
    var messages = [Message(.user, maker.some(1...3) { $0.geminiUserPart() })]
    if maker.chance(30) { return messages }
    var parts = thoughts()
    parts.append(.text(maker.text()))
    var results: [Part] = []
    let count = maker.number(0...2)
    if count == 0, maker.chance(50) {
      parts.append(Part(.reasoning(Reasoning(.encrypted("c2lnLWVuZA=="), format: .gemini))))
    }
    for index in 0..<count {
      calls += 1
      let call = ToolCall(
        id: "fc-\(calls)", name: maker.word(), arguments: maker.one([#"{"a":1.0,"b":[1e400,"é"]}"#, "{}"]))
      // Without one the first call would get a placeholder.
      if index == 0 {
        parts.append(Part(.reasoning(Reasoning(.encrypted("c2ln\(calls)A=="), id: call.id, format: .gemini))))
      }
      parts.append(Part(.toolCall(call)))
      results.append(Part(.toolResult(result(call))))
    }
    messages.append(Message(.assistant, parts))
    return results.isEmpty ? messages : messages + [Message(.user, results)]
  }

  private mutating func thoughts() -> [Part] {
    var pieces: [Reasoning] = []
    if maker.chance(30) {
      pieces.append(Reasoning(.text(maker.text()), signature: "c2lnLXRob3VnaHQ=", format: .gemini))
    }
    if maker.chance(30) { pieces.append(Reasoning(.text(maker.text()))) }
    if maker.chance(30) { pieces.append(Reasoning(.encrypted("c2lnLXRleHQ="), format: .gemini)) }
    return pieces.map { Part(.reasoning($0)) }
  }

  private mutating func result(_ call: ToolCall) -> ToolResult {
    var parts: [Part] = [
      .text(maker.one([maker.text(), #"{"time":"12:30","n":1.0}"#, #"{"output":"x"}"#, #"{"error":1}"#, "[1]", "7"]))
    ]
    if maker.chance(20) { parts.append(Part(.image(ImageContent(.data(type: "image/png", base64: "iVBORw=="))))) }
    return ToolResult(callID: call.id, name: call.name, parts: parts, isError: maker.chance(20) ? true : nil)
  }
}

extension ConversationMaker {
  fileprivate mutating func geminiTool() -> ToolDefinition {
    if chance(20) { return ToolDefinition(.native(.gemini, .object([("googleSearch", .object([]))]))) }
    return ToolDefinition(
      .function(FunctionTool(word(), description: maybe(70) { $0.text() }, parameters: maybe(80) { $0.schema() })))
  }

  fileprivate mutating func geminiThinking() -> ReasoningSettings {
    var settings = ReasoningSettings()
    settings.isExcluded = maybe(50) { $0.chance(50) }
    switch number(0...4) {
    case 0: settings.isEnabled = false
    case 1: settings.isAdaptive = true
    case 2: settings.budget = number(1...9999)
    case 3: settings.effort = one(["minimal", "low", "high"])
    default: settings.isExcluded = true
    }
    return settings
  }

  fileprivate mutating func geminiUserPart() -> Part {
    switch number(0...9) {
    case 0...4: .text(text())
    case 5: Part(.image(ImageContent(.data(type: "image/png", base64: "iVBORw=="))))
    case 6: Part(.image(ImageContent(.url("https://example.com/a.jpg"))))
    case 7: Part(.file(FileContent(.data(type: "application/pdf", base64: "JVBERi0="))))
    case 8: Part(.audio(AudioContent(base64: "UklGRg==", format: one(["wav", "mp3"]))))
    default:
      Part(
        .video(.file(id: "gs://bucket/film")),
        extras: [
          Member("videoMetadata", .object([("fps", .number("1"))])), Member("mimeType", .string("video/mp4")),
        ])
    }
  }
}

import Core
import JSON
import TestSupport
import Translation

/// Makes conversations from a seed: anything that the wire format it is told can say.
struct ConversationMaker {
  private var generator: SplitMix
  private let format: WireFormat

  init(_ format: WireFormat, seed: UInt64) {
    self.format = format
    generator = SplitMix(state: seed)
  }

  // MARK: Chance

  mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &generator) < percent }
  mutating func number(_ range: ClosedRange<Int64>) -> Int64 { Int64.random(in: range, using: &generator) }
  mutating func one<T>(_ choices: [T]) -> T { choices[Int.random(in: 0..<choices.count, using: &generator)] }
  mutating func maybe<T>(_ percent: Int, _ make: (inout ConversationMaker) -> T) -> T? {
    chance(percent) ? make(&self) : nil
  }
  mutating func some<T>(_ range: ClosedRange<Int>, _ make: (inout ConversationMaker) -> T) -> [T] {
    (0..<Int.random(in: range, using: &generator)).map { _ in make(&self) }
  }

  mutating func text() -> String {
    one(["Hello", "caf\u{e9} \u{1F600}", "a \"quoted\" \\ word", "line\nline\ttab", "\u{1}\u{7f}", "{\"a\":1}", "漢字"])
      + String(number(0...99))
  }

  mutating func word() -> String { one(["get_time", "search", "lookup-2", "Open_File"]) + String(number(0...9)) }
  mutating func decimal() -> JSONNumber { JSONNumber(text: one(["0.5", "0.10", "1", "0", "0.3000", "1e-1"])) }

  mutating func schema() -> JSONValue {
    .object([
      ("type", .string("object")),
      ("properties", .object([(word(), .object([("type", .string(one(["string", "integer"])))]))])),
      ("additionalProperties", .bool(false)),
    ])
  }

  // MARK: Conversations

  mutating func conversation() -> Conversation {
    var conversation = Conversation(format, model: one(["a/b", "claude-sonnet-4-5", "m"]))
    conversation.isStream = chance(50)
    conversation.messages = instructions() + some(1...5) { $0.turn() }.flatMap { $0 }
    // Neighbouring turns of one role are one turn there.
    if format == .anthropic { conversation.messages = conversation.messages.joined }
    conversation.tools = some(0...3) { $0.tool() }
    if !conversation.tools.isEmpty {
      conversation.toolChoice = maybe(60) { $0.choice() }
      conversation.allowsParallelTools = maybe(30) { $0.chance(50) }
      // There the choice is what says it.
      if format == .anthropic, conversation.toolChoice == nil { conversation.allowsParallelTools = nil }
    }
    conversation.maxTokens = format == .anthropic ? number(1...99999) : maybe(50) { $0.number(1...99999) }
    conversation.stop = some(0...3) { $0.text() }
    conversation.cache = maybe(20) { $0.cacheMark() }
    addSettings(&conversation)
    return conversation
  }

  private mutating func addSettings(_ conversation: inout Conversation) {
    conversation.sampling.temperature = maybe(30) { $0.decimal() }
    conversation.sampling.topP = maybe(30) { $0.decimal() }
    conversation.sampling.topK = maybe(30) { JSONNumber($0.number(0...100)) }
    conversation.user = maybe(30) { $0.text() }
    conversation.responseFormat = maybe(30) { $0.responseFormat() }
    conversation.extras = some(0...2) { Member("x_" + $0.word(), .string($0.text())) }.firstOfEachName
    guard format == .openAI else { return }
    conversation.reasoning = maybe(30) { $0.openAIReasoning() }
    conversation.verbosity = maybe(20) { $0.one(["low", "high"]) }
    conversation.serviceTier = maybe(20) { $0.one(["auto", "flex"]) }
    conversation.choiceCount = maybe(20) { $0.number(1...4) }
    conversation.sampling.minP = maybe(20) { $0.decimal() }
    conversation.sampling.topA = maybe(20) { $0.decimal() }
    conversation.sampling.frequencyPenalty = maybe(20) { $0.decimal() }
    conversation.sampling.presencePenalty = maybe(20) { $0.decimal() }
    conversation.sampling.repetitionPenalty = maybe(20) { _ in JSONNumber(text: "1.10") }
    conversation.sampling.seed = maybe(20) { _ in JSONNumber(text: "12345678901234567890") }
    conversation.sampling.logitBias = maybe(20) { _ in .object([("50256", .number("-100"))]) }
    conversation.logprobs = maybe(20) { LogprobSettings(isWanted: true, alternatives: $0.maybe(50) { _ in 3 }) }
    conversation.metadata = maybe(20) { .object([("k", .string($0.text()))]) }
    conversation.prediction = maybe(10) { .object([("type", .string("content")), ("content", .string($0.text()))]) }
    conversation.modalities = some(0...2) { $0.one(["text", "image", "audio"]) }
    conversation.audioOutput = maybe(10) { _ in .object([("voice", .string("alloy")), ("format", .string("wav"))]) }
    conversation.cacheKey = maybe(20) { $0.word() }
    conversation.routing = some(0...1) { Member("provider", .object([("order", .array([.string($0.word())]))])) }
  }

  private mutating func openAIReasoning() -> ReasoningSettings {
    var settings = ReasoningSettings()
    settings.effort = maybe(50) { $0.one(["low", "medium", "high", "none"]) }
    settings.budget = maybe(30) { $0.number(1024...30000) }
    settings.isEnabled = maybe(30) { $0.chance(50) }
    settings.isExcluded = maybe(30) { $0.chance(50) }
    settings.summary = maybe(30) { $0.one(["auto", "concise"]) }
    return settings
  }

  private mutating func responseFormat() -> ResponseFormat {
    if format == .anthropic { return .jsonSchema(SchemaFormat(schema())) }
    return one([
      .text, .jsonObject, .other(.object([("type", .string("grammar")), ("grammar", .string(text()))])),
      .jsonSchema(
        SchemaFormat(
          schema(), name: word(), description: maybe(50) { $0.text() }, isStrict: maybe(50) { $0.chance(50) })),
    ])
  }

  private mutating func choice() -> ToolChoice {
    let common: [ToolChoice] = [.auto, .never, .required, .tool(word())]
    return one(format == .openAI ? common + [.allowed([word()], isRequired: chance(50))] : common)
  }

  private mutating func cacheMark() -> CacheMark { CacheMark(duration: maybe(50) { $0.one(["5m", "1h"]) }) }

  private mutating func tool() -> ToolDefinition {
    var function = FunctionTool(word(), description: maybe(70) { $0.text() }, parameters: schema())
    function.isStrict = maybe(30) { $0.chance(50) }
    return ToolDefinition(.function(function), cache: maybe(20) { $0.cacheMark() })
  }

  // MARK: Turns

  private mutating func instructions() -> [Message] {
    if format == .anthropic {
      return chance(50) ? [Message(.system, some(1...2) { $0.textPart() })] : []
    }
    return some(0...2) { Message($0.one([.system, .developer]), $0.some(1...2) { $0.textPart() }) }
  }

  /// A user's turn and the assistant's answer, with its calls and their results.
  private mutating func turn() -> [Message] {
    var messages = [Message(.user, some(1...3) { $0.userPart() })]
    if format == .openAI { messages[0].name = maybe(20) { $0.word() } }
    if chance(30) { return messages }
    let calls = some(0...2) { maker in
      Part(
        .toolCall(ToolCall(id: "call_\(maker.number(0...999_999))", name: maker.word(), arguments: maker.arguments())))
    }
    messages.append(Message(.assistant, assistantParts() + calls))
    let results = calls.compactMap(\.toolCall).map { call in
      Part(
        .toolResult(
          ToolResult(
            callID: call.id, parts: some(1...2) { $0.chance(70) ? $0.textPart() : $0.imagePart() },
            isError: maybe(30) { $0.chance(50) })),
        cache: maybe(10) { $0.cacheMark() })
    }
    if format == .openAI { return messages + results.map { Message(.user, [$0]) } }
    return results.isEmpty ? messages : messages + [Message(.user, results)]
  }

  private mutating func arguments() -> String {
    let escaped = format == .anthropic ? "\u{e9}" : "\\u00e9"
    return one([#"{"tz":"Europe/Oslo"}"#, "{}", #"{"a":1.0,"b":[1e400,"\#(escaped)"]}"#])
  }

  private mutating func assistantParts() -> [Part] {
    var parts: [Part] = []
    for index in 0..<number(0...2) { parts.append(Part(.reasoning(reasoning(index)))) }
    parts += some(1...2) { $0.textPart() }
    if format == .openAI, chance(10) {
      parts.append(Part(.image(ImageContent(.data(type: "image/png", base64: "iVBOR")))))
    }
    if format == .openAI, chance(10) { parts.append(Part(.audio(AudioContent(base64: nil, id: "audio_1")))) }
    if format == .openAI, chance(10) { parts.append(Part(.refusal(text()))) }
    return parts
  }

  private mutating func reasoning(_ index: Int64) -> Reasoning {
    if format == .anthropic {
      return chance(70)
        ? Reasoning(.text(text()), signature: "c2ln\(number(0...99))", format: .anthropic)
        : Reasoning(.encrypted("cmVk\(number(0...99))"), format: .anthropic)
    }
    let content: Reasoning.Content = one([.text(text()), .summary(text()), .encrypted("ZW5j")])
    return Reasoning(
      content, signature: maybe(40) { _ in "sig" }, id: maybe(40) { $0.word() },
      format: one([.anthropic, .openAIResponses, .gemini]), index: index)
  }

  private mutating func textPart() -> Part { Part(.text(TextContent(text())), cache: maybe(15) { $0.cacheMark() }) }

  private mutating func imagePart() -> Part {
    let source: MediaSource = one([
      .url("https://example.com/a.png"), .data(type: "image/jpeg", base64: "/9j/4AAQ"),
    ])
    return Part(.image(ImageContent(source, detail: format == .openAI ? maybe(30) { $0.one(["low", "high"]) } : nil)))
  }

  private mutating func userPart() -> Part {
    switch number(0...9) {
    case 0...5: return textPart()
    case 6, 7: return imagePart()
    case 8:
      var file = FileContent(.data(type: "application/pdf", base64: "JVBERi0="), name: maybe(70) { $0.word() + ".pdf" })
      if format == .anthropic { file.wantsCitations = maybe(30) { _ in true } }
      return Part(.file(file))
    default:
      if format != .openAI { return textPart() }
      return Part(.audio(AudioContent(base64: "UklGRg==", format: one(["wav", "mp3"]))))
    }
  }
}

extension [Member] {
  fileprivate var firstOfEachName: [Member] {
    var seen: Set<String> = []
    return filter { seen.insert($0.name).inserted }
  }
}

extension [Message] {
  fileprivate var joined: [Message] {
    var joined: [Message] = []
    for message in self {
      if let last = joined.last, last.role == message.role {
        joined[joined.count - 1].parts += message.parts
      } else {
        joined.append(message)
      }
    }
    return joined
  }
}

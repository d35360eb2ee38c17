import JSON
import TestSupport
import Translation

/// Makes conversations from a seed: anything that the Responses format can say.
struct ResponsesMaker {
  private var maker: ConversationMaker
  private var items: Int64 = 0
  private var calls = 0

  init(seed: UInt64) { maker = ConversationMaker(.openAIResponses, seed: seed) }

  mutating func conversation() -> Conversation {
    var conversation = Conversation(.openAIResponses, model: "gpt-5.1")
    conversation.isStream = maker.chance(50)
    conversation.tools = tools()
    conversation.messages = maker.chance(50) ? [Message(.system, [.text(maker.text())])] : []
    for _ in 0..<maker.number(1...4) { conversation.messages += turn(conversation.tools) }
    if !conversation.tools.isEmpty {
      conversation.toolChoice = maker.maybe(60) {
        $0.one([.auto, .never, .required, .tool("plain"), .allowed(["plain"], isRequired: $0.chance(50))])
      }
      conversation.allowsParallelTools = maker.maybe(30) { $0.chance(50) }
    }
    addSettings(&conversation)
    return conversation
  }

  private mutating func addSettings(_ conversation: inout Conversation) {
    conversation.maxTokens = maker.maybe(50) { $0.number(16...99999) }
    conversation.sampling.temperature = maker.maybe(30) { $0.decimal() }
    conversation.sampling.topP = maker.maybe(30) { $0.decimal() }
    conversation.sampling.topK = maker.maybe(20) { JSONNumber($0.number(0...9)) }
    conversation.sampling.presencePenalty = maker.maybe(20) { $0.decimal() }
    conversation.logprobs = maker.maybe(20) { LogprobSettings(isWanted: true, alternatives: $0.maybe(50) { _ in 3 }) }
    conversation.user = maker.maybe(30) { $0.text() }
    conversation.metadata = maker.maybe(20) { .object([("k", .string($0.text()))]) }
    conversation.serviceTier = maker.maybe(20) { $0.one(["auto", "flex"]) }
    conversation.cacheKey = maker.maybe(20) { $0.word() }
    conversation.cache = maker.maybe(20) { _ in CacheMark(duration: "1h") }
    conversation.modalities = maker.some(0...1) { _ in "text" }
    conversation.verbosity = maker.maybe(20) { $0.one(["low", "high"]) }
    conversation.reasoning = maker.maybe(30) { maker in
      var settings = ReasoningSettings()
      settings.effort = maker.one(["low", "high", "none"])
      settings.summary = settings.effort == "none" ? nil : maker.maybe(50) { _ in "auto" }
      settings.extras = maker.maybe(30) { _ in Member("context", .string("all_turns")) }.map { [$0] } ?? []
      return settings
    }
    conversation.responseFormat = maker.maybe(30) { maker in
      maker.one([
        .text, .jsonObject, .other(.object([("type", .string("grammar"))])),
        .jsonSchema(SchemaFormat(maker.schema(), name: maker.word(), description: "d", isStrict: maker.chance(50))),
      ])
    }
    // The form is said with the verbosity.
    if conversation.verbosity != nil, conversation.responseFormat == nil { conversation.responseFormat = .text }
    conversation.extras = maker.some(0...1) { Member("x_" + $0.word(), .string($0.text())) }
  }

  // MARK: Tools

  private mutating func tools() -> [ToolDefinition] {
    if maker.chance(40) { return [] }
    var plain = ToolDefinition(
      .function(
        FunctionTool("plain", description: maker.text(), parameters: maker.schema(), isStrict: maker.chance(50)))
    )
    plain.extras = maker.maybe(20) { _ in Member("defer_loading", .bool(true)) }.map { [$0] } ?? []
    let source = JSONValue.object([
      ("type", .string("custom")), ("name", .string("patch")), ("description", .string("Any text")),
    ])
    var custom = FunctionTool("patch", description: "Any text")
    custom.parameters = .object([
      ("type", .string("object")), ("properties", .object([("input", .object([("type", .string("string"))]))])),
      ("required", .array([.string("input")])), ("additionalProperties", .bool(false)),
    ])
    var patch = ToolDefinition(.function(custom))
    patch.alias = ToolAlias("patch", isFreeForm: true, source: source)
    let search = ToolDefinition(.native(.openAIResponses, .object([("type", .string("web_search"))])))
    return maker.one([[plain], [plain, patch], [plain, search, patch], [plain] + spaced()])
  }

  /// Tools of two namespaces that share a name.
  private func spaced() -> [ToolDefinition] {
    func tool(_ name: String, _ namespace: String) -> ToolDefinition {
      let inner = JSONValue.object([
        ("type", .string("function")), ("name", .string("read")), ("parameters", .object([])),
      ])
      var tool = ToolDefinition(.function(FunctionTool(name, parameters: .object([]))))
      tool.alias = ToolAlias(
        "read", namespace: namespace,
        source: .object([
          ("type", .string("namespace")), ("name", .string(namespace)), ("description", .string("d")),
          ("tools", .array([inner])),
        ]))
      return tool
    }
    return [tool("read", "disk"), tool("mail__read", "mail")]
  }

  // MARK: Turns

  private mutating func turn(_ tools: [ToolDefinition]) -> [Message] {
    var messages = [Message(maker.one([.user, .user, .developer]), maker.some(1...3) { _ in Part.text("") })]
    for index in messages[0].parts.indices { messages[0].parts[index] = userPart() }
    if maker.chance(30) { return messages }
    var parts = reasoning()
    parts += maker.some(1...2) { .text($0.text()) }
    if maker.chance(20) {
      parts[parts.count - 1].content = .text(
        TextContent("cited", citations: [Citation(url: "https://x/", title: "X", quote: "q", range: 0..<5)]))
    }
    if maker.chance(20) {
      parts.append(
        Part(.native(.openAIResponses, .object([("type", .string("web_search_call")), ("id", .string("ws_1"))]))))
    }
    let calls = (0..<maker.number(0...2)).map { _ in call(tools) }
    messages.append(Message(.assistant, parts + calls.map { Part(.toolCall($0)) }))
    if maker.chance(20) { messages[1].extras = [Member("phase", .string("commentary"))] }
    let results = calls.map { call in
      Part(
        .toolResult(ToolResult(callID: call.id, parts: maker.some(1...2) { .text($0.text()) })),
        extras: maker.maybe(20) { _ in Member("namespace", .string("disk")) }.map { [$0] } ?? [])
    }
    return results.isEmpty ? messages : messages + [Message(.user, results)]
  }

  private mutating func call(_ tools: [ToolDefinition]) -> ToolCall {
    calls += 1
    let tool = tools.filter { $0.function != nil }.isEmpty ? nil : maker.one(tools.filter { $0.function != nil })
    let arguments =
      tool?.alias?.isFreeForm == true
      ? String(decoding: JSONValue.object([("input", .string(maker.text()))]).serialized(), as: UTF8.self)
      : maker.one([#"{"tz":"Europe/Oslo"}"#, "{}", "no json"])
    var call = ToolCall(id: "call_\(calls)", name: tool?.function?.name ?? maker.word(), arguments: arguments)
    if tool?.alias == nil, maker.chance(30) { call.extras = [Member("namespace", .string("away"))] }
    return call
  }

  private mutating func reasoning() -> [Part] {
    var parts: [Part] = []
    for _ in 0..<maker.number(0...2) {
      let id = "rs_\(items)"
      func piece(_ content: Reasoning.Content) -> Part {
        Part(.reasoning(Reasoning(content, id: id, format: .openAIResponses, index: items)))
      }
      parts += maker.some(0...2) { $0.text() }.map { piece(.summary($0)) }
      if maker.chance(30) { parts.append(piece(.text(maker.text()))) }
      parts.append(piece(.encrypted("ZW5j\(maker.number(0...99))")))
      items += 1
    }
    return parts
  }

  private mutating func userPart() -> Part {
    let cache = maker.maybe(15) { CacheMark(duration: $0.maybe(50) { _ in "1h" }) }
    switch maker.number(0...6) {
    case 0...3: return .text(maker.text(), cache: cache)
    case 4:
      let source: MediaSource = maker.one([
        .url("https://x/a.png"), .data(type: "image/png", base64: "AAAA"), .file(id: "file-1"),
      ])
      return Part(.image(ImageContent(source, detail: maker.maybe(50) { $0.one(["low", "auto"]) })), cache: cache)
    case 5:
      let source: MediaSource = maker.one([
        .url("https://x/a.pdf"), .data(type: "application/pdf", base64: "JVBERi0="), .file(id: "file-2"),
      ])
      return Part(.file(FileContent(source, name: maker.maybe(50) { $0.word() })))
    default: return Part(.audio(AudioContent(base64: "UklGRg==", format: "wav")))
    }
  }
}

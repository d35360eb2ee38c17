import JSON

/// Writes `toolConfig`: the tools and which of them the model calls.
struct BedrockToolWriter {
  private let conversation: Conversation
  private let model: BedrockModel
  private let target: ProviderTarget
  private var tools: [JSONValue] = []
  private var choice: JSONValue?
  /// What had no equivalent.
  private(set) var dropped = DroppedFields()
  /// The tool that stands for the answer's text, if any.
  private(set) var answerTool: String?
  /// `tool_choice` in Anthropic's words, where Converse's have none for what is wanted.
  private(set) var claudeChoice: JSONValue?

  /// A writer for a conversation's tools.
  init(conversation: Conversation, model: BedrockModel, target: ProviderTarget) {
    self.conversation = conversation
    self.model = model
    self.target = target
  }

  /// The value of `toolConfig`; nil: none.
  var config: JSONValue? {
    if tools.isEmpty { return nil }
    var writer = ObjectWriter([("tools", .array(tools))])
    writer.add("toolChoice", choice)
    return writer.value
  }

  /// Writes the tools, and the one for an answer of the given form.
  mutating func write(answer: SchemaFormat?) {
    let isNever = conversation.toolChoice == .never
    // Converse has no `none`: the tools stay away, but for turns that have called some, which need them.
    if !isNever || hasCalls { for tool in chosen { add(tool) } }
    if let answer { return writeAnswer(answer, hasOwn: !tools.isEmpty && !isNever) }
    if tools.isEmpty {
      switch conversation.toolChoice {
      case nil, .auto, .never: break
      default: dropped.note(.toolChoice)
      }
      return hasCalls ? writeEarlier() : ()
    }
    isNever ? forbid() : writeChoice()
  }

  /// The tools that the choice leaves, all nearly always.
  private var chosen: [ToolDefinition] {
    switch conversation.toolChoice {
    case .allowed(let names, _): conversation.tools.filter { $0.function.map { names.contains($0.name) } ?? true }
    case .tool(let name) where model.takesAnyTool && !model.takesNamedTool:
      // Any of one is the one.
      conversation.tools.filter { $0.function?.name == name }
    default: conversation.tools
    }
  }

  private var hasCalls: Bool {
    conversation.messages.contains { $0.parts.contains { $0.toolCall != nil || $0.toolResult != nil } }
  }

  // MARK: Tools

  private mutating func add(_ tool: ToolDefinition) {
    guard let function = tool.function else {
      if case .native(_, let value) = tool.kind {
        dropped.note(.other("tools." + value.kindName))
      }
      return
    }
    var writer = ObjectWriter([("name", .string(function.name))])
    if let description = function.description, !description.isEmpty { writer.add("description", description) }
    writer.add("inputSchema", .object([("json", schema(function.parameters))]))
    if function.isStrict == true {
      if model.hasStructuredOutput { writer.add("strict", true) } else { dropped.note(.strictTools) }
    }
    dropped.note(tool.extras)
    tools.append(.object([("toolSpec", writer.value)]))
    if let mark = tool.cache {
      let point = model.takesToolCachePoints ? BedrockCachePoint.block(mark, model) : nil
      if let point { tools.append(point) } else { dropped.note(.cache) }
    }
  }

  /// A schema whose type is given, as the interface requires. Nova takes three members at the top and no others.
  private func schema(_ schema: JSONValue?) -> JSONValue {
    guard var members = schema?.objectValue else {
      return .object([("type", .string("object")), ("properties", .object([]))])
    }
    if schema?["type"] == nil { members.insert(("type", .string("object")), at: 0) }
    if model.family == .nova { members.removeAll { !["type", "properties", "required"].contains($0.key) } }
    return .object(members)
  }

  /// Turns that have called tools are refused where there are none: the names they called stand for them.
  private mutating func writeEarlier() {
    var names: [String] = []
    for part in conversation.messages.flatMap(\.parts) {
      if let name = part.toolCall?.name, !names.contains(name) { names.append(name) }
    }
    for name in names.isEmpty ? ["tool"] : names { add(ToolDefinition(.function(FunctionTool(name)))) }
    forbid()
  }

  private mutating func writeAnswer(_ answer: SchemaFormat, hasOwn: Bool) {
    let taken = Set(conversation.tools.compactMap(\.function?.name))
    let wanted = answer.name ?? "answer"
    let name =
      taken.contains(wanted) ? (1...).lazy.map { "\(wanted)_\($0)" }.first { !taken.contains($0) } ?? wanted : wanted
    answerTool = name
    let description = answer.description ?? "Gives the final answer. Call it with the whole answer."
    tools.append(
      .object([
        (
          "toolSpec",
          .object([
            ("name", .string(name)), ("description", .string(description)),
            ("inputSchema", .object([("json", schema(answer.schema))])),
          ])
        )
      ]))
    let isNamed = model.takesNamedTool && !hasOwn
    choice =
      isNamed ? .object([("tool", .object([("name", .string(name))]))]) : .object([("any", .object([]))])
  }

  // MARK: Choice

  private mutating func forbid() {
    if model.isClaude {
      claudeChoice = .object([("type", .string("none"))])
    } else {
      dropped.note(.toolChoice, where: conversation.toolChoice)
    }
  }

  private mutating func writeChoice() {
    let isSingle = conversation.allowsParallelTools == false
    if isSingle, !model.takesSingleTool { dropped.note(.parallelTools) }
    let isClaude = isSingle && model.takesSingleTool
    switch conversation.toolChoice {
    case nil, .auto, .allowed(_, isRequired: false):
      if isClaude { return choose("auto") }
      // What it is without a word.
      choice = nil
    case .required, .allowed:
      guard model.takesAnyTool || target.lists("tool_choice") else { return dropped.note(.toolChoice) }
      if isClaude { return choose("any") }
      choice = .object([("any", .object([]))])
    case .tool(let name):
      guard model.takesAnyTool || target.lists("tool_choice") else { return dropped.note(.toolChoice) }
      if isClaude { return choose("tool", name) }
      let isAny = model.takesAnyTool && !model.takesNamedTool
      choice = isAny ? .object([("any", .object([]))]) : .object([("tool", .object([("name", .string(name))]))])
    case .never: break
    case .native: dropped.note(.toolChoice)
    }
  }

  /// One call at most, which Converse has no word for and Anthropic has.
  private mutating func choose(_ type: String, _ name: String? = nil) {
    var writer = ObjectWriter([("type", .string(type))])
    writer.add("name", name)
    writer.add("disable_parallel_tool_use", true)
    claudeChoice = writer.value
  }
}

/// `cachePoint`, a block of its own behind what is to be kept.
enum BedrockCachePoint {
  /// The block for a mark; nil where the model takes none.
  static func block(_ mark: CacheMark, _ model: BedrockModel) -> JSONValue? {
    guard model.takesCachePoints else { return nil }
    var writer = ObjectWriter([("type", .string("default"))])
    if model.takesLongCache { writer.add("ttl", mark.duration) }
    return .object([("cachePoint", writer.value)])
  }
}

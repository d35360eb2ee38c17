import JSON

/// Writes `tools` and `toolConfig` in Google's format.
struct GeminiToolWriter {
  private let conversation: Conversation
  private let forced: SchemaFormat?
  /// The name of the tool that stands for the answer's text.
  private(set) var answerTool: String?
  /// What had no equivalent.
  private(set) var dropped = DroppedFields()

  /// A writer; `answerTool` is the form that a tool must stand for.
  init(_ conversation: Conversation, answerTool forced: SchemaFormat?) {
    self.conversation = conversation
    self.forced = forced
  }

  private var isNative: Bool { conversation.format == .gemini }

  /// Adds the members to the request's body.
  mutating func write(to body: inout ObjectWriter) {
    var declarations = functions()
    let natives = conversation.tools.compactMap { native($0) }
    if let forced { declarations.append(declaration(forAnswer: forced)) }
    var tools = natives
    if !declarations.isEmpty {
      tools.insert(.object([("functionDeclarations", .array(declarations))]), at: 0)
    }
    if !tools.isEmpty { body.add("tools", .array(tools)) }
    writeConfig(hasFunctions: !declarations.isEmpty, to: &body)
  }

  // MARK: Functions

  private mutating func functions() -> [JSONValue] {
    var allowed: [String]?
    if case .allowed(let names, isRequired: false) = conversation.toolChoice, !isNative { allowed = names }
    // Forms of the answer and functions exclude each other with older models, even where none may be called.
    if forced == nil, conversation.toolChoice == .never, hasForm, !isNative { return [] }
    var declarations: [JSONValue] = []
    for tool in conversation.tools {
      guard let function = tool.function else { continue }
      if let allowed, !allowed.contains(function.name) { continue }
      declarations.append(declaration(function, tool))
    }
    return declarations
  }

  private var hasForm: Bool {
    switch conversation.responseFormat {
    case .jsonObject, .jsonSchema: true
    default: false
    }
  }

  /// A function with its schema as it is: Google takes JSON schemas beside its own form (`parametersJsonSchema`).
  private mutating func declaration(_ function: FunctionTool, _ tool: ToolDefinition) -> JSONValue {
    var writer = ObjectWriter([("name", .string(function.name))])
    writer.add("description", function.description)
    writer.add("parametersJsonSchema", function.parameters)
    // A model that must call keeps to the schema anyway.
    if function.isStrict == true, !isForced { dropped.note(.strictTools) }
    dropped.note(.cache, where: tool.cache)
    if isNative { writer.add(tool.extras) } else { dropped.note(tool.extras) }
    return writer.value
  }

  private mutating func native(_ tool: ToolDefinition) -> JSONValue? {
    guard case .native(let format, let value) = tool.kind else { return nil }
    if format == .gemini { return value }
    dropped.note(.other("tools." + value.kindName))
    return nil
  }

  private mutating func declaration(forAnswer format: SchemaFormat) -> JSONValue {
    let taken = Set(conversation.tools.compactMap(\.function?.name))
    let wanted = format.name ?? "answer"
    let name =
      taken.contains(wanted)
      ? (1...).lazy.map { "\(wanted)_\($0)" }.first { !taken.contains($0) } ?? wanted : wanted
    answerTool = name
    return .object([
      ("name", .string(name)),
      ("description", .string(format.description ?? "Gives the final answer. Call it with the whole answer.")),
      ("parametersJsonSchema", format.schema),
    ])
  }

  // MARK: Choice

  private var isForced: Bool {
    switch conversation.toolChoice {
    case .required, .tool, .allowed(_, isRequired: true): true
    default: forced != nil
    }
  }

  private mutating func writeConfig(hasFunctions: Bool, to body: inout ObjectWriter) {
    var config = ObjectWriter()
    if hasFunctions || isNative {
      config.add("functionCallingConfig", callingConfig())
    } else if isForced {
      dropped.note(.toolChoice)
    }
    if hasFunctions, conversation.allowsParallelTools == false { dropped.note(.parallelTools) }
    for extra in isNative ? conversation.extras : [] {
      if let name = extra.name(within: "toolConfig") { config.add(name, extra.value) }
    }
    if !config.isEmpty { body.add("toolConfig", config.value) }
  }

  private mutating func callingConfig() -> JSONValue? {
    func config(_ mode: String, _ names: [String] = []) -> JSONValue {
      var writer = ObjectWriter([("mode", .string(mode))])
      if !names.isEmpty { writer.add("allowedFunctionNames", .array(names.map { .string($0) })) }
      return writer.value
    }
    if forced != nil { return config("ANY") }
    switch conversation.toolChoice {
    case nil: return nil
    case .auto: return config("AUTO")
    case .never: return config("NONE")
    case .required: return config("ANY")
    case .tool(let name): return config("ANY", [name])
    case .allowed(let names, isRequired: true): return config("ANY", names)
    case .allowed(let names, isRequired: false): return isNative ? config("VALIDATED", names) : config("AUTO")
    case .native(.gemini, let value): return value
    case .native:
      dropped.note(.toolChoice)
      return nil
    }
  }
}

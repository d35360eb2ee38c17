import JSON

/// Reads a request for a response, member by member, as OpenAI's reference lists them (October 2026). All methods throw a
/// `Problem` for what the provider would refuse.
enum ResponsesReader {
  private static let otherTools: Set<String> = [
    "file_search", "computer", "computer_use", "computer_use_preview", "web_search", "web_search_2025_08_26",
    "web_search_preview", "web_search_preview_2025_03_11", "mcp", "code_interpreter", "image_generation", "local_shell",
    "shell", "tool_search", "apply_patch", "programmatic_tool_calling",
  ]
  private static let includes: Set<String> = [
    "file_search_call.results", "web_search_call.results", "web_search_call.action.sources",
    "message.input_image.image_url", "computer_call_output.output.image_url", "code_interpreter_call.outputs",
    "reasoning.encrypted_content", "message.output_text.logprobs",
  ]

  /// Reads a body.
  static func turn(_ body: JSONValue, _ simulator: Simulator) throws(Problem) -> ResponsesTurn {
    var fields = try FieldReader(body, at: .root)
    var turn = ResponsesTurn(body: body)
    let name = try fields.requiredString("model")
    try refuseMemory(&fields)
    try readSettings(&fields, &turn)
    try readReasoning(&fields, &turn)
    try readTools(&fields, &turn)
    try readChoice(&fields, &turn)
    var input = ResponsesInput(isStored: turn.isStored)
    if let instructions = try fields.string("instructions") { input.count(instructions) }
    for tool in body["tools"]?.arrayValue ?? [] { input.count(String(decoding: tool.serialized(), as: UTF8.self)) }
    try input.read(&fields)
    try readText(&fields, &turn, input)
    try fields.end()
    input.fill(&turn.prompt)
    try turn.prompt.take(model: name, simulator)
    return turn
  }

  /// The simulator keeps nothing of earlier requests.
  private static func refuseMemory(_ fields: inout FieldReader) throws(Problem) {
    if let id = try fields.string("previous_response_id") {
      throw .invalid("Previous response with id '\(id)' not found.", at: FieldPath.root.member("previous_response_id"))
    }
    if fields.value("conversation") != nil {
      throw .invalid("Conversation not found.", at: FieldPath.root.member("conversation"))
    }
    if try fields.bool("background") == true {
      throw .invalid("background responses are not served", at: FieldPath.root.member("background"))
    }
  }

  private static func readSettings(_ fields: inout FieldReader, _ turn: inout ResponsesTurn) throws(Problem) {
    turn.prompt.isStream = try fields.bool("stream") ?? false
    turn.isStored = try fields.bool("store") ?? true
    turn.prompt.maximumTokens = try fields.integer("max_output_tokens", 16...10_000_000)
    try fields.integer("max_tool_calls", 1...10_000)
    try fields.number("temperature", 0...2)
    try fields.number("top_p", 0...1)
    turn.alternatives = try fields.integer("top_logprobs", 0...20) ?? 0
    turn.prompt.mayCallInParallel = try fields.bool("parallel_tool_calls") ?? true
    try fields.word("truncation", ["auto", "disabled"])
    try fields.word("service_tier", ["auto", "default", "flex", "scale", "priority", "fast", "ultrafast"])
    try fields.word("prompt_cache_retention", ["in_memory", "in-memory", "24h"])
    for name in ["user", "safety_identifier", "prompt_cache_key"] { _ = try fields.string(name) }
    // `client_metadata` is not in the reference; Codex sends it.
    fields.skip("prompt", "context_management", "moderation", "prompt_cache_options", "client_metadata")
    for include in try fields.strings("include") ?? [] {
      guard includes.contains(include) else {
        throw .invalid("'\(include)' is no value of it", at: FieldPath.root.member("include"))
      }
      if include == "reasoning.encrypted_content" { turn.includesEncrypted = true }
      if include == "message.output_text.logprobs" { turn.hasLogprobs = true }
    }
    if var options = try fields.object("stream_options") {
      turn.hasObfuscation = try options.bool("include_obfuscation") ?? true
      try options.end()
    }
    try readMetadata(&fields)
  }

  private static func readMetadata(_ fields: inout FieldReader) throws(Problem) {
    let members = try fields.document("metadata")?.objectValue ?? []
    guard members.count <= 16, members.allSatisfy({ $0.value.stringValue != nil }) else {
      throw .invalid("at most 16 members, all of them texts", at: FieldPath.root.member("metadata"))
    }
  }

  private static func readReasoning(_ fields: inout FieldReader, _ turn: inout ResponsesTurn) throws(Problem) {
    guard var reasoning = try fields.object("reasoning") else { return }
    let effort = try reasoning.word("effort", ["none", "minimal", "low", "medium", "high", "xhigh", "max"])
    let summaries: Set<String> = ["auto", "concise", "detailed"]
    var summary = try reasoning.word("summary", summaries)
    if let older = try reasoning.word("generate_summary", summaries) { summary = summary ?? older }
    try reasoning.word("context", ["auto", "current_turn", "all_turns"])
    _ = try reasoning.string("mode")
    try reasoning.end()
    if effort != "none", effort != nil || summary != nil {
      turn.prompt.thinking = Prompt.Thinking(isShown: summary != nil)
    }
  }

  private static func readText(
    _ fields: inout FieldReader, _ turn: inout ResponsesTurn, _ input: ResponsesInput
  ) throws(Problem) {
    guard var text = try fields.object("text") else { return }
    try text.word("verbosity", ["low", "medium", "high"])
    if var format = try text.object("format") {
      switch try format.requiredString("type") {
      case "text": break
      case "json_object":
        guard input.mentionsJSON else {
          throw .invalid(
            "Response input messages must contain the word 'json' in some form to use 'text.format' of type 'json_object'.",
            at: FieldPath.root.member("input"))
        }
        turn.prompt.shape = .jsonObject
      case "json_schema":
        let name = try format.requiredString("name")
        guard let schema = try format.document("schema") else { throw .missing(format.path.member("schema")) }
        _ = try format.string("description")
        if try format.bool("strict") == true {
          try OpenAISchemaRules.check(schema, of: "response_format " + name, at: format.path.member("schema"))
        }
        turn.prompt.shape = .schema(schema)
      case let type: throw .invalid("'\(type)' is no format", at: format.path.member("type"))
      }
      try format.end()
    }
    try text.end()
  }

  // MARK: Tools

  private static func readTools(_ fields: inout FieldReader, _ turn: inout ResponsesTurn) throws(Problem) {
    for (tool, path) in try fields.array("tools") ?? [] { try readTool(tool, at: path, namespace: nil, &turn) }
  }

  private static func readTool(
    _ tool: JSONValue, at path: FieldPath, namespace: String?, _ turn: inout ResponsesTurn
  ) throws(Problem) {
    var reader = try FieldReader(tool, at: path)
    let type = try reader.requiredString("type")
    turn.hasTools = true
    if otherTools.contains(type), namespace == nil { return }
    let name = try reader.requiredString("name")
    guard AnthropicReader.isName(name, most: 128) else {
      throw .invalid("it must match '^[a-zA-Z0-9_-]+$'", at: path.member("name"))
    }
    _ = try reader.string("description")
    switch type {
    case "function":
      let parameters = try reader.document("parameters") ?? .object([])
      if try reader.bool("strict") == true {
        try OpenAISchemaRules.check(parameters, of: "function " + name, at: path.member("parameters"))
      }
      try reader.skip(objects: "output_schema")
      turn.prompt.tools.append(Prompt.Tool(name: name, parameters: parameters))
    case "custom":
      try reader.skip(objects: "format")
      turn.customTools.insert(name)
      turn.prompt.tools.append(Prompt.Tool(name: name, parameters: .object([])))
    case "namespace" where namespace == nil:
      for (inner, place) in try reader.array("tools") ?? [] {
        try readTool(inner, at: place, namespace: name, &turn)
      }
    default: throw .invalid("'\(type)' is no type of tool here", at: path.member("type"))
    }
    if let namespace { turn.namespaces[name] = namespace }
    reader.skip("defer_loading", "allowed_callers")
    try reader.end()
  }

  private static func readChoice(_ fields: inout FieldReader, _ turn: inout ResponsesTurn) throws(Problem) {
    let path = FieldPath.root.member("tool_choice")
    guard let choice = fields.value("tool_choice") else { return }
    if let word = choice.stringValue {
      switch word {
      case "auto": break
      case "none": turn.prompt.mayCallTools = false
      case "required":
        guard turn.hasTools else { throw .invalid("tool choice 'required' needs tools", at: path) }
        turn.prompt.forcedTool = ""
      default: throw .invalid("'\(word)' is no choice", at: path)
      }
      return
    }
    var reader = try FieldReader(choice, at: path)
    switch try reader.requiredString("type") {
    case "function", "custom":
      let name = try reader.requiredString("name")
      guard turn.prompt.tools.contains(where: { $0.name == name }) else {
        throw .invalid("Tool choice '\(name)' not found in 'tools' parameter.", at: path)
      }
      turn.prompt.forcedTool = name
      try reader.end()
    case "allowed_tools":
      try readAllowed(&reader, &turn)
      try reader.end()
    default: break
    }
  }

  private static func readAllowed(_ reader: inout FieldReader, _ turn: inout ResponsesTurn) throws(Problem) {
    if try reader.word("mode", ["auto", "required"]) == "required" { turn.prompt.forcedTool = "" }
    var names: Set<String> = []
    for (tool, path) in try reader.array("tools") ?? [] {
      var inner = try FieldReader(tool, at: path)
      _ = try inner.requiredString("type")
      if let name = try inner.string("name") { names.insert(name) }
    }
    turn.prompt.tools.removeAll { !names.contains($0.name) }
  }
}

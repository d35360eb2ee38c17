import JSON

/// Reads a request for a message, member by member, as Anthropic's reference lists them (October 2026). All methods throw
/// a `Problem` for what the provider would refuse.
enum AnthropicReader {
  /// Members that may be null.
  private static let nullable: Set<String> = [
    "cache_control", "container", "context_management", "diagnostics", "inference_geo", "speed", "output_format",
  ]
  /// The longest list of stop sequences the provider takes is not documented; this is only a bound. Blocks with
  /// `cache_control`: at most four.
  private static let mostCacheMarks = 4

  /// Reads a body. `isCount`: it is to be counted only.
  static func turn(
    _ body: JSONValue, isCount: Bool, _ simulator: Simulator
  ) throws(Problem) -> AnthropicTurn {
    var fields = try FieldReader(body, at: .root)
    try fields.refuseNull(except: nullable)
    var turn = AnthropicTurn()
    let name = try fields.requiredString("model")
    var conversation = AnthropicConversation(meter: PromptMeter(dialect: "anthropic", model: name))
    try readTools(&fields, &turn, &conversation)
    try readSystem(&fields, &conversation)
    try conversation.readMessages(&fields)
    try readThinking(&fields, &turn)
    try readOutput(&fields, &turn)
    if !isCount { try readSettings(&fields, &turn) }
    try readMarks(&fields, &conversation)
    fields.skip("context_management", "mcp_servers", "speed")
    try fields.end()
    conversation.fill(&turn.prompt)
    turn.citation = conversation.citation
    try turn.prompt.take(model: name, simulator)
    try AnthropicRules.check(turn, conversation, body)
    if !isCount { takeCache(conversation, &turn, simulator) }
    return turn
  }

  private static func takeCache(
    _ conversation: AnthropicConversation, _ turn: inout AnthropicTurn, _ simulator: Simulator
  ) {
    let found = simulator.lookUp(conversation.meter.marks)
    turn.prompt.cacheReadTokens = found.read
    turn.prompt.cacheWriteTokens = found.written
    turn.isLongCache = conversation.isLongCache
  }

  // MARK: Parts of the body

  private static func readSettings(_ fields: inout FieldReader, _ turn: inout AnthropicTurn) throws(Problem) {
    guard let most = try fields.integer("max_tokens", 0...10_000_000) else {
      throw .missing(FieldPath.root.member("max_tokens"))
    }
    turn.prompt.maximumTokens = most
    turn.prompt.isStream = try fields.bool("stream") ?? false
    turn.temperature = try fields.number("temperature", 0...1)
    turn.topP = try fields.number("top_p", 0...1)
    turn.topK = try fields.integer("top_k", 0...1_000_000)
    turn.prompt.stops = try fields.strings("stop_sequences") ?? []
    for (index, stop) in turn.prompt.stops.enumerated() where stop.allSatisfy(\.isWhitespace) {
      throw .invalid(
        "each stop sequence must contain non-whitespace",
        at: FieldPath.root.member("stop_sequences").element(index))
    }
    try fields.word("service_tier", ["auto", "standard_only"])
    if var metadata = try fields.object("metadata") {
      _ = try metadata.string("user_id")
      try metadata.end()
    }
    fields.skip("container", "diagnostics")
    _ = try fields.string("inference_geo")
  }

  private static func readSystem(
    _ fields: inout FieldReader, _ conversation: inout AnthropicConversation
  ) throws(Problem) {
    guard let value = fields.value("system") else { return }
    let path = FieldPath.root.member("system")
    if let text = value.stringValue { return conversation.meter.add(text) }
    for (block, place) in try FieldReader.elements(value, at: path) {
      var reader = try FieldReader(block, at: place)
      try reader.word("type", ["text"])
      try conversation.readText(&reader)
    }
  }

  private static func readThinking(_ fields: inout FieldReader, _ turn: inout AnthropicTurn) throws(Problem) {
    guard var thinking = try fields.object("thinking") else { return }
    let type = try thinking.word("type", ["enabled", "disabled", "adaptive", "between_tools"])
    guard let type else { throw .missing(thinking.path.member("type")) }
    turn.thinkingType = type
    if type == "enabled" {
      guard let budget = try thinking.integer("budget_tokens", 1024...10_000_000) else {
        throw .missing(thinking.path.member("budget_tokens"))
      }
      turn.budget = budget
    }
    if type == "enabled" || type == "adaptive" {
      let display = try thinking.word("display", ["summarized", "omitted"])
      turn.prompt.thinking = Prompt.Thinking(budget: turn.budget, isShown: display != "omitted")
    }
    try thinking.end()
  }

  private static func readOutput(_ fields: inout FieldReader, _ turn: inout AnthropicTurn) throws(Problem) {
    // The older place, which its beta goes on to take.
    if let format = try fields.object("output_format") { try readFormat(format, &turn) }
    guard var output = try fields.object("output_config") else { return }
    turn.effort = try output.word("effort", ["low", "medium", "high", "xhigh", "max"])
    if let format = try output.object("format") { try readFormat(format, &turn) }
    try output.end()
  }

  private static func readFormat(_ object: FieldReader, _ turn: inout AnthropicTurn) throws(Problem) {
    var format = object
    guard try format.word("type", ["json_schema"]) != nil else { throw .missing(format.path.member("type")) }
    guard let schema = try format.document("schema") else { throw .missing(format.path.member("schema")) }
    try AnthropicSchemaRules.check(schema, at: format.path.member("schema"))
    turn.prompt.shape = .schema(schema)
    try format.end()
  }

  private static func readMarks(
    _ fields: inout FieldReader, _ conversation: inout AnthropicConversation
  ) throws(Problem) {
    try conversation.readMark(&fields)
    guard conversation.marks <= mostCacheMarks else {
      throw .invalid(
        "A maximum of \(mostCacheMarks) blocks with cache_control may be provided. Found \(conversation.marks).")
    }
  }

  // MARK: Tools

  private static func readTools(
    _ fields: inout FieldReader, _ turn: inout AnthropicTurn, _ conversation: inout AnthropicConversation
  ) throws(Problem) {
    var names: Set<String> = []
    for (tool, path) in try fields.array("tools") ?? [] {
      turn.hasTools = true
      var reader = try FieldReader(tool, at: path)
      let type = try reader.string("type") ?? "custom"
      conversation.meter.add(String(decoding: tool.serialized(), as: UTF8.self))
      if type == "custom" { turn.prompt.tools.append(try readTool(&reader, &names)) }
      try conversation.readMark(&reader)
      if type == "custom" { try reader.end() }
    }
    try readChoice(&fields, &turn)
  }

  private static func readTool(
    _ reader: inout FieldReader, _ names: inout Set<String>
  ) throws(Problem) -> Prompt.Tool {
    let name = try reader.requiredString("name")
    guard isName(name, most: 128) else {
      throw .invalid("String should match pattern '^[a-zA-Z0-9_-]{1,128}$'", at: reader.path.member("name"))
    }
    guard names.insert(name).inserted else {
      throw .invalid("Tool names must be unique.", at: FieldPath.root.member("tools"))
    }
    _ = try reader.string("description")
    let place = reader.path.member("input_schema")
    guard let schema = try reader.document("input_schema") else { throw .missing(place) }
    guard schema["type"]?.stringValue == "object" else {
      throw schema["type"] == nil
        ? .missing(place.member("type")) : .invalid("Input should be 'object'", at: place.member("type"))
    }
    if try reader.bool("strict") == true { try AnthropicSchemaRules.check(schema, at: place) }
    try reader.bool("defer_loading")
    try reader.bool("eager_input_streaming")
    _ = try reader.array("input_examples")
    _ = try reader.strings("allowed_callers")
    return Prompt.Tool(name: name, parameters: schema)
  }

  /// Whether a text is a name or an id: letters, digits, `_` and `-`.
  static func isName(_ text: String, most: Int) -> Bool {
    (1...most).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 95 || byte == 45
      }
  }

  private static func readChoice(_ fields: inout FieldReader, _ turn: inout AnthropicTurn) throws(Problem) {
    guard var choice = try fields.object("tool_choice") else { return }
    guard turn.hasTools else {
      throw .invalid("tool_choice may only be specified while providing tools.", at: choice.path)
    }
    let type = try choice.word("type", ["auto", "any", "tool", "none"])
    guard let type else { throw .missing(choice.path.member("type")) }
    if type != "none", try choice.bool("disable_parallel_tool_use") == true { turn.prompt.mayCallInParallel = false }
    switch type {
    case "any": turn.prompt.forcedTool = ""
    case "none": turn.prompt.mayCallTools = false
    case "tool":
      let name = try choice.requiredString("name")
      guard turn.prompt.tools.contains(where: { $0.name == name }) else {
        throw .invalid("Tool '\(name)' not found in provided tools", at: choice.path.member("name"))
      }
      turn.prompt.forcedTool = name
    default: break
    }
    try choice.end()
  }
}

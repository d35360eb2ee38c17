import JSON

/// Reads a Converse request, member by member, as the service's model lists them (bedrock-runtime, October 2026). All
/// methods throw a `Problem` for what the provider would refuse.
enum BedrockReader {
  /// Reads the body of `converse` and `converse-stream`.
  static func turn(
    _ fields: inout FieldReader, model: String, _ simulator: Simulator
  ) throws(Problem) -> BedrockTurn {
    var turn = BedrockTurn()
    var messages = try readPrompt(&fields, &turn, model: model)
    try readInference(&fields, &turn)
    try readOutput(&fields, &turn)
    try readRest(&fields, &turn)
    try fields.end()
    try turn.prompt.take(model: model, simulator)
    messages.fill(&turn.prompt)
    let found = simulator.lookUp(messages.meter.marks)
    turn.prompt.cacheReadTokens = found.read
    turn.prompt.cacheWriteTokens = found.written
    try checkThinking(turn)
    return turn
  }

  /// Reads what is to be counted.
  static func counted(
    _ fields: inout FieldReader, model: String, _ simulator: Simulator
  ) throws(Problem) -> Prompt {
    var turn = BedrockTurn()
    var messages = try readPrompt(&fields, &turn, model: model)
    fields.skip("additionalModelRequestFields")
    try fields.end()
    try turn.prompt.take(model: model, simulator)
    messages.fill(&turn.prompt)
    return turn.prompt
  }

  private static func readPrompt(
    _ fields: inout FieldReader, _ turn: inout BedrockTurn, model: String
  ) throws(Problem) -> BedrockMessages {
    var messages = BedrockMessages(meter: PromptMeter(dialect: "bedrock", model: model))
    let hasTools = fields.has("toolConfig")
    try readTools(&fields, &turn, &messages)
    try messages.readSystem(&fields)
    try messages.read(&fields)
    if messages.usesTools, !hasTools {
      throw .invalid("The toolConfig field must be defined when using toolUse and toolResult content blocks.")
    }
    return messages
  }

  // MARK: Tools

  private static func readTools(
    _ fields: inout FieldReader, _ turn: inout BedrockTurn, _ messages: inout BedrockMessages
  ) throws(Problem) {
    guard var config = try fields.object("toolConfig") else { return }
    guard let tools = try config.array("tools") else { throw .missing(config.path.member("tools")) }
    if tools.isEmpty {
      throw .invalid("Member must have length greater than or equal to 1", at: config.path.member("tools"))
    }
    for (tool, path) in tools {
      var reader = try FieldReader(tool, at: path)
      try BedrockMessages.checkUnion(reader, ["toolSpec", "systemTool", "cachePoint"])
      if var spec = try reader.object("toolSpec") {
        messages.meter.add(String(decoding: tool.serialized(), as: UTF8.self))
        turn.prompt.tools.append(try readSpec(&spec))
      }
      try reader.skip(objects: "systemTool")
      if let point = try reader.object("cachePoint") { try messages.readCachePoint(point) }
      try reader.end()
    }
    try readChoice(&config, &turn)
    try config.end()
  }

  private static func readSpec(_ spec: inout FieldReader) throws(Problem) -> Prompt.Tool {
    let name = try spec.requiredString("name")
    guard AnthropicReader.isName(name, most: 64) else {
      throw .invalid(
        "Member must satisfy regular expression pattern: [a-zA-Z0-9_-]+ and have length less than or equal to 64",
        at: spec.path.member("name"))
    }
    if let text = try spec.string("description"), text.isEmpty {
      throw .invalid("Member must have length greater than or equal to 1", at: spec.path.member("description"))
    }
    var input = try spec.requiredObject("inputSchema")
    guard let schema = try input.document("json") else { throw .missing(input.path.member("json")) }
    guard schema["type"]?.stringValue == "object" else {
      throw .invalid(
        "The value at \(input.path.dotted).json.type must be one of the following: object.")
    }
    try input.end()
    try spec.bool("strict")
    try spec.end()
    return Prompt.Tool(name: name, parameters: schema)
  }

  private static func readChoice(_ config: inout FieldReader, _ turn: inout BedrockTurn) throws(Problem) {
    guard var choice = try config.object("toolChoice") else { return }
    try BedrockMessages.checkUnion(choice, ["auto", "any", "tool"])
    if let auto = try choice.object("auto") { try auto.end() }
    if let any = try choice.object("any") {
      try any.end()
      turn.prompt.forcedTool = ""
    }
    if var tool = try choice.object("tool") {
      let name = try tool.requiredString("name")
      guard turn.prompt.tools.contains(where: { $0.name == name }) else {
        throw .invalid("The tool \(name) is not in toolConfig.tools.", at: tool.path.member("name"))
      }
      turn.prompt.forcedTool = name
      try tool.end()
    }
    try choice.end()
  }

  // MARK: Settings

  private static func readInference(_ fields: inout FieldReader, _ turn: inout BedrockTurn) throws(Problem) {
    guard var config = try fields.object("inferenceConfig") else { return }
    turn.prompt.maximumTokens = try config.integer("maxTokens", 1...10_000_000)
    turn.temperature = try config.number("temperature", 0...1)
    try config.number("topP", 0...1)
    turn.prompt.stops = try config.strings("stopSequences") ?? []
    guard turn.prompt.stops.count <= 2500, !turn.prompt.stops.contains("") else {
      throw .invalid(
        "Member must have length less than or equal to 2500, and none of it be empty",
        at: config.path.member("stopSequences"))
    }
    try config.end()
  }

  private static func readOutput(_ fields: inout FieldReader, _ turn: inout BedrockTurn) throws(Problem) {
    guard var output = try fields.object("outputConfig") else { return }
    _ = try output.string("effort")
    if var format = try output.object("textFormat") {
      guard try format.word("type", ["json_schema"]) != nil else { throw .missing(format.path.member("type")) }
      var structure = try format.requiredObject("structure")
      var named = try structure.requiredObject("jsonSchema")
      let place = named.path.member("schema")
      let text = try named.requiredString("schema")
      guard let schema = try? JSONValue.parse(Array(text.utf8)), schema.objectValue != nil else {
        throw .invalid("it must be the text of a JSON schema", at: place)
      }
      try AnthropicSchemaRules.check(schema, at: place)
      turn.prompt.shape = .schema(schema)
      _ = try named.string("name")
      _ = try named.string("description")
      try named.end()
      try structure.end()
      try format.end()
    }
    try output.end()
  }

  private static func readRest(_ fields: inout FieldReader, _ turn: inout BedrockTurn) throws(Problem) {
    if let more = try fields.document("additionalModelRequestFields") {
      let path = FieldPath.root.member("additionalModelRequestFields")
      try readThinking(more, at: path, &turn)
    }
    for path in try fields.strings("additionalModelResponseFieldPaths") ?? [] where path == "/stop_sequence" {
      turn.showsStop = true
    }
    if var tier = try fields.object("serviceTier") {
      try tier.word("type", ["priority", "default", "flex", "reserved"])
      try tier.end()
    }
    if var performance = try fields.object("performanceConfig") {
      try performance.word("latency", ["standard", "optimized"])
      try performance.end()
    }
    for (name, value) in try fields.document("requestMetadata")?.objectValue ?? [] where value.stringValue == nil {
      throw .wrongType(FieldPath.root.member("requestMetadata").member(name), wanted: "a string")
    }
    try fields.skip(objects: "guardrailConfig", "promptVariables")
  }

  /// Thinking stands among the fields of the model's own: Claude's in either of two spellings.
  private static func readThinking(_ more: JSONValue, at path: FieldPath, _ turn: inout BedrockTurn) throws(Problem) {
    for name in ["thinking", "reasoning_config"] {
      guard let value = more[name] else { continue }
      var thinking = try FieldReader(value, at: path.member(name))
      let type = try thinking.word("type", ["enabled", "disabled", "adaptive"])
      guard let type else { throw .missing(thinking.path.member("type")) }
      let budget = try thinking.integer("budget_tokens", 1024...10_000_000)
      if type == "enabled", budget == nil { throw .missing(thinking.path.member("budget_tokens")) }
      let display = try thinking.word("display", ["summarized", "omitted"])
      try thinking.end()
      if type != "disabled" { turn.prompt.thinking = Prompt.Thinking(budget: budget, isShown: display != "omitted") }
    }
  }

  private static func checkThinking(_ turn: BedrockTurn) throws(Problem) {
    guard let thinking = turn.prompt.thinking else { return }
    let says = "The model returned the following errors: "
    if turn.prompt.forcedTool != nil {
      throw .invalid(says + "Thinking may not be enabled when tool_choice forces tool use.")
    }
    guard let budget = thinking.budget else { return }
    if let most = turn.prompt.maximumTokens, budget >= most {
      throw .invalid(says + "`max_tokens` must be greater than `thinking.budget_tokens`.")
    }
    if let temperature = turn.temperature, temperature != 1 {
      throw .invalid(says + "`temperature` may only be set to 1 when thinking is enabled.")
    }
  }
}

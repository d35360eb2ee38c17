import JSON

/// Reads a chat request, member by member, as Cohere's reference lists them (October 2026). All methods throw a `Problem`
/// for what the provider would refuse.
enum CohereReader {
  /// Reads a body.
  static func turn(_ body: JSONValue, _ simulator: Simulator) throws(Problem) -> CohereTurn {
    var fields = try FieldReader(body, at: .root)
    var turn = CohereTurn()
    let name = try fields.requiredString("model")
    var messages = CohereMessages()
    try readTools(&fields, &turn, &messages)
    try messages.readDocuments(&fields)
    try messages.read(&fields)
    try readSettings(&fields, &turn)
    try readFormat(&fields, &turn)
    try fields.end()
    messages.fill(&turn.prompt)
    try turn.prompt.take(model: name, simulator)
    return turn
  }

  private static func readTools(
    _ fields: inout FieldReader, _ turn: inout CohereTurn, _ messages: inout CohereMessages
  ) throws(Problem) {
    for (tool, path) in try fields.array("tools") ?? [] {
      messages.count(String(decoding: tool.serialized(), as: UTF8.self))
      var reader = try FieldReader(tool, at: path)
      guard try reader.word("type", ["function"]) != nil else { throw .missing(path.member("type")) }
      var function = try reader.requiredObject("function")
      let name = try function.requiredString("name")
      _ = try function.string("description")
      guard let parameters = try function.document("parameters") else {
        throw .missing(function.path.member("parameters"))
      }
      try function.end()
      try reader.end()
      turn.prompt.tools.append(Prompt.Tool(name: name, parameters: parameters))
    }
    try fields.bool("strict_tools")
    guard let choice = try fields.word("tool_choice", ["REQUIRED", "NONE"]) else { return }
    guard !turn.prompt.tools.isEmpty else {
      throw .invalid("tool_choice needs tools", at: FieldPath.root.member("tool_choice"))
    }
    if choice == "REQUIRED" { turn.prompt.forcedTool = "" } else { turn.prompt.mayCallTools = false }
  }

  private static func readSettings(_ fields: inout FieldReader, _ turn: inout CohereTurn) throws(Problem) {
    turn.prompt.isStream = try fields.bool("stream") ?? false
    turn.prompt.maximumTokens = try fields.integer("max_tokens", 1...10_000_000)
    turn.prompt.stops = try fields.strings("stop_sequences") ?? []
    guard turn.prompt.stops.count <= 5 else {
      throw .invalid("at most 5 stop sequences", at: FieldPath.root.member("stop_sequences"))
    }
    try fields.number("temperature", 0...1)
    try fields.integer("seed", 0...Int64.max)
    try fields.number("frequency_penalty", 0...1)
    try fields.number("presence_penalty", 0...1)
    try fields.integer("k", 0...500)
    try fields.number("p", 0.01...0.99)
    try fields.integer("priority", 0...999)
    turn.hasLogprobs = try fields.bool("logprobs") ?? false
    try fields.word("safety_mode", ["CONTEXTUAL", "STRICT", "OFF"])
    if var options = try fields.object("citation_options") {
      try options.word("mode", ["ENABLED", "DISABLED", "FAST", "ACCURATE", "OFF", "fast", "accurate", "off"])
      try options.end()
    }
    if var thinking = try fields.object("thinking") {
      let type = try thinking.word("type", ["enabled", "disabled"])
      guard let type else { throw .missing(thinking.path.member("type")) }
      let budget = try thinking.integer("token_budget", 0...10_000_000)
      try thinking.end()
      if type == "enabled", budget != 0 { turn.prompt.thinking = Prompt.Thinking(budget: budget) }
    }
  }

  private static func readFormat(_ fields: inout FieldReader, _ turn: inout CohereTurn) throws(Problem) {
    guard var format = try fields.object("response_format") else { return }
    let type = try format.word("type", ["text", "json_object"])
    guard let type else { throw .missing(format.path.member("type")) }
    let schema = try format.document("json_schema")
    try format.end()
    guard type == "json_object" else { return }
    guard turn.prompt.tools.isEmpty else {
      throw .invalid("response_format json_object is not supported with tools", at: format.path)
    }
    turn.prompt.shape = schema.map { .schema($0) } ?? .jsonObject
  }
}

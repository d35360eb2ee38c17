import JSON

/// Reads requests for content, member by member, as Google's references list them (October 2026). All methods throw a
/// `Problem` for what the provider would refuse.
struct GeminiReader {
  /// Whether the request is Vertex's.
  let isVertex: Bool

  /// A reader.
  init(isVertex: Bool) { self.isVertex = isVertex }

  private static let otherTools: Set<String> = [
    "googleSearch", "googleSearchRetrieval", "codeExecution", "urlContext", "computerUse", "fileSearch", "googleMaps",
    "mcpServers",
  ]
  private static let vertexTools: Set<String> = ["retrieval", "enterpriseWebSearch", "parallelAiSearch", "exaAiSearch"]

  private static let levels: Set<String> = [
    "THINKING_LEVEL_UNSPECIFIED", "MINIMAL", "LOW", "MEDIUM", "HIGH", "XHIGH",
  ]

  /// Reads the body of `generateContent` and `streamGenerateContent`.
  func turn(_ body: JSONValue, model: String, _ simulator: Simulator) throws(Problem) -> GeminiTurn {
    var fields = try FieldReader(body, at: .root, spelling: .camelOrSnake)
    var turn = GeminiTurn(isVertex: isVertex)
    try read(&fields, &turn, model: model, simulator)
    return turn
  }

  /// Reads the body of `countTokens`: contents alone, or a whole request.
  mutating func counted(_ body: JSONValue, model: String, _ simulator: Simulator) throws(Problem) -> Prompt {
    var fields = try FieldReader(body, at: .root, spelling: .camelOrSnake)
    var turn = GeminiTurn(isVertex: isVertex)
    if !isVertex, var inner = try fields.object("generateContentRequest") {
      inner.skip("model")
      try fields.end()
      try read(&inner, &turn, model: model, simulator)
    } else {
      if isVertex { fields.skip("model") }
      try read(&fields, &turn, model: model, simulator)
    }
    return turn.prompt
  }

  private func read(
    _ fields: inout FieldReader, _ turn: inout GeminiTurn, model: String, _ simulator: Simulator
  ) throws(Problem) {
    var contents = GeminiContents(isVertex: isVertex)
    if let system = try fields.object("systemInstruction") { try contents.readSystem(system) }
    try readTools(&fields, &turn, &contents)
    try contents.read(&fields, needsSignatures: ModelName.base(model).hasPrefix("gemini-3"))
    try readChoice(&fields, &turn)
    try readConfig(&fields, &turn)
    try readSafety(&fields)
    if let name = try fields.string("cachedContent") {
      throw Problem(reason: .model, status: 403, message: "CachedContent not found (or permission denied): \(name)")
    }
    if isVertex {
      try fields.skip(objects: "labels", "modelArmorConfig")
    } else {
      fields.skip("serviceTier", "store", "continuationToken", "labels")
    }
    if let name = try fields.string("model"), ModelName.base(name) != ModelName.base(model) {
      throw .invalid("the model of the body is not the path's", at: FieldPath.root.member("model"))
    }
    try fields.end()
    contents.fill(&turn.prompt)
    try turn.prompt.take(model: model, simulator)
  }

  // MARK: Tools

  private func readTools(
    _ fields: inout FieldReader, _ turn: inout GeminiTurn, _ contents: inout GeminiContents
  ) throws(Problem) {
    for (tool, path) in try fields.array("tools") ?? [] {
      var reader = try FieldReader(tool, at: path, spelling: .camelOrSnake)
      for (declaration, place) in try reader.array("functionDeclarations") ?? [] {
        contents.count(String(decoding: declaration.serialized(), as: UTF8.self))
        turn.prompt.tools.append(try readFunction(declaration, at: place))
      }
      for name in GeminiReader.otherTools.union(isVertex ? GeminiReader.vertexTools : []) { reader.skip(name) }
      try reader.end()
    }
  }

  private func readFunction(_ declaration: JSONValue, at path: FieldPath) throws(Problem) -> Prompt.Tool {
    var reader = try FieldReader(declaration, at: path, spelling: .camelOrSnake)
    let name = try reader.requiredString("name")
    guard GeminiReader.isFunctionName(name) else {
      throw .invalid(
        "Invalid function name. Must start with a letter or an underscore. Must be alphanumeric (a-z, A-Z, 0-9), "
          + "underscores (_), dots (.), colons (:), or dashes (-), with a maximum length of 128.",
        at: path.member("name"))
    }
    _ = try reader.string("description")
    try reader.word("behavior", ["UNSPECIFIED", "BLOCKING", "NON_BLOCKING"])
    let rules = GeminiSchemaRules(isVertex: isVertex)
    var schema = JSONValue.object([("type", .string("object"))])
    if let parameters = reader.value("parameters") {
      if reader.has("parametersJsonSchema") {
        throw .invalid("only one of parameters and parameters_json_schema may be set", at: path)
      }
      try rules.check(parameters, at: path.member("parameters"))
      schema = GeminiSchemaRules.plain(parameters)
    }
    if let parameters = reader.value("parametersJsonSchema") { schema = parameters }
    if let response = reader.value("response") { try rules.check(response, at: path.member("response")) }
    reader.skip("responseJsonSchema")
    try reader.end()
    return Prompt.Tool(name: name, parameters: schema)
  }

  /// Whether a text may name a function.
  static func isFunctionName(_ name: String) -> Bool {
    guard let first = name.utf8.first, (1...128).contains(name.utf8.count) else { return false }
    func isLetter(_ byte: UInt8) -> Bool { (65...90).contains(byte) || (97...122).contains(byte) || byte == 95 }
    return isLetter(first)
      && name.utf8.allSatisfy { isLetter($0) || (48...57).contains($0) || [45, 46, 58].contains($0) }
  }

  private func readChoice(_ fields: inout FieldReader, _ turn: inout GeminiTurn) throws(Problem) {
    guard var config = try fields.object("toolConfig") else { return }
    if var calling = try config.object("functionCallingConfig") {
      let mode = try calling.word("mode", ["MODE_UNSPECIFIED", "AUTO", "ANY", "NONE", "VALIDATED"]) ?? "AUTO"
      let allowed = try calling.strings("allowedFunctionNames") ?? []
      if !allowed.isEmpty, mode != "ANY", mode != "VALIDATED" {
        throw .invalid(
          "allowed_function_names should be set only when the function calling mode is ANY or VALIDATED.",
          at: calling.path.member("allowedFunctionNames"))
      }
      if let stray = allowed.first(where: { name in !turn.prompt.tools.contains { $0.name == name } }) {
        throw .invalid(
          "'\(stray)' is not a declared function", at: calling.path.member("allowedFunctionNames"))
      }
      if !allowed.isEmpty { turn.prompt.tools.removeAll { !allowed.contains($0.name) } }
      if mode == "ANY" { turn.prompt.forcedTool = "" }
      if mode == "NONE" { turn.prompt.mayCallTools = false }
      if isVertex { try calling.bool("streamFunctionCallArguments") }
      try calling.end()
    }
    try config.skip(objects: "retrievalConfig")
    try config.bool("includeServerSideToolInvocations")
    try config.end()
  }

  // MARK: Settings

  private func readSafety(_ fields: inout FieldReader) throws(Problem) {
    for (setting, path) in try fields.array("safetySettings") ?? [] {
      var reader = try FieldReader(setting, at: path, spelling: .camelOrSnake)
      let category = try reader.requiredString("category")
      guard category.hasPrefix("HARM_CATEGORY_") else {
        throw .invalid("unknown category", at: path.member("category"))
      }
      try reader.word(
        "threshold",
        [
          "HARM_BLOCK_THRESHOLD_UNSPECIFIED", "BLOCK_LOW_AND_ABOVE", "BLOCK_MEDIUM_AND_ABOVE", "BLOCK_ONLY_HIGH",
          "BLOCK_NONE", "OFF",
        ])
      if isVertex { _ = try reader.string("method") }
      try reader.end()
    }
  }

  private func readConfig(_ fields: inout FieldReader, _ turn: inout GeminiTurn) throws(Problem) {
    guard var config = try fields.object("generationConfig") else { return }
    try readSampling(&config, &turn)
    try readShape(&config, &turn)
    try readThinking(&config, &turn)
    for modality in try config.strings("responseModalities") ?? [] {
      guard ["MODALITY_UNSPECIFIED", "TEXT", "IMAGE", "AUDIO", "VIDEO"].contains(modality) else {
        throw .invalid("'\(modality)' is no modality", at: config.path.member("responseModalities"))
      }
    }
    _ = try config.string("mediaResolution")
    try config.skip(objects: "speechConfig", "imageConfig", "audioTranscriptionConfig", "translationConfig")
    try config.bool("enableEnhancedCivicAnswers")
    if isVertex {
      config.skip("routingConfig", "audioTimestamp", "modelSelectionConfig", "modelConfig", "enableAffectiveDialog")
    }
    try config.end()
  }

  private func readSampling(_ config: inout FieldReader, _ turn: inout GeminiTurn) throws(Problem) {
    try config.number("temperature", 0...2)
    try config.number("topP", 0...1)
    try config.number("topK", 1...1_000_000)
    try config.integer("seed", Int64(Int32.min)...Int64(Int32.max))
    try config.number("presencePenalty", -2...2)
    try config.number("frequencyPenalty", -2...2)
    turn.prompt.maximumTokens = try config.integer("maxOutputTokens", 1...10_000_000)
    turn.prompt.choices = try config.integer("candidateCount", 1...8) ?? 1
    turn.prompt.stops = try config.strings("stopSequences") ?? []
    guard turn.prompt.stops.count <= 5, !turn.prompt.stops.contains("") else {
      throw .invalid("at most 5 stop sequences, none of them empty", at: config.path.member("stopSequences"))
    }
    turn.hasLogprobs = try config.bool("responseLogprobs") ?? false
    if let count = try config.integer("logprobs", 0...20) {
      guard turn.hasLogprobs else {
        throw .invalid("logprobs may be set only with response_logprobs", at: config.path.member("logprobs"))
      }
      turn.alternatives = count
    }
  }

  private func readShape(_ config: inout FieldReader, _ turn: inout GeminiTurn) throws(Problem) {
    let type = try config.word("responseMimeType", ["text/plain", "application/json", "text/x.enum"])
    let place = config.path.member("responseSchema")
    let schema = config.value("responseSchema")
    let plain = config.value("responseJsonSchema")
    if type == "application/json" { turn.prompt.shape = .jsonObject }
    guard schema != nil || plain != nil else { return }
    if schema != nil, plain != nil {
      throw .invalid("only one of response_schema and response_json_schema may be set", at: place)
    }
    guard type == "application/json" || type == "text/x.enum" else {
      throw .invalid("a schema needs the response_mime_type application/json or text/x.enum", at: place)
    }
    if let schema {
      try GeminiSchemaRules(isVertex: isVertex).check(schema, at: place)
      turn.prompt.shape = .schema(GeminiSchemaRules.plain(schema))
    }
    if let plain { turn.prompt.shape = .schema(plain) }
  }

  private func readThinking(_ config: inout FieldReader, _ turn: inout GeminiTurn) throws(Problem) {
    guard var thinking = try config.object("thinkingConfig") else { return }
    let isShown = try thinking.bool("includeThoughts") ?? false
    let budget = try thinking.integer("thinkingBudget", -1...1_000_000)
    let level = try thinking.word(
      "thinkingLevel", GeminiReader.levels.union(GeminiReader.levels.map { $0.lowercased() }))
    if budget != nil, level != nil {
      throw .invalid("You can only set only one of thinking budget and thinking level.", at: thinking.path)
    }
    try thinking.end()
    if budget == 0 {
      if isShown { throw .invalid("thoughts cannot be included when the thinking budget is 0", at: thinking.path) }
      return
    }
    turn.prompt.thinking = Prompt.Thinking(budget: budget.flatMap { $0 > 0 ? $0 : nil }, isShown: isShown)
  }
}

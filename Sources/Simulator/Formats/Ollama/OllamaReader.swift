import JSON

/// Reads a chat request, member by member, as Ollama's documentation lists them (October 2026). All methods throw a
/// `Problem` for what Ollama would refuse or not understand.
enum OllamaReader {
  private static let wholeOptions: Set<String> = [
    "num_ctx", "num_batch", "num_gpu", "main_gpu", "num_thread", "num_keep", "seed", "num_predict", "top_k",
    "repeat_last_n", "mirostat",
  ]
  private static let numberOptions: Set<String> = [
    "top_p", "min_p", "typical_p", "tfs_z", "temperature", "repeat_penalty", "presence_penalty", "frequency_penalty",
    "mirostat_tau", "mirostat_eta",
  ]
  private static let flagOptions: Set<String> = [
    "numa", "low_vram", "logits_all", "vocab_only", "use_mmap", "use_mlock", "embedding_only", "penalize_newline",
  ]

  /// Reads a body.
  static func turn(_ body: JSONValue, _ simulator: Simulator) throws(Problem) -> OllamaTurn {
    var fields = try FieldReader(body, at: .root)
    var turn = OllamaTurn()
    let name = try fields.requiredString("model")
    turn.prompt.isStream = try fields.bool("stream") ?? true
    try readMessages(&fields, &turn)
    try readTools(&fields, &turn)
    try readFormat(&fields, &turn)
    try readThinking(&fields, &turn)
    if let limits = try readOptions(&fields) {
      turn.prompt.stops = limits.stops
      turn.prompt.maximumTokens = limits.most
    }
    turn.hasLogprobs = try fields.bool("logprobs") ?? false
    turn.alternatives = try fields.integer("top_logprobs", 0...20) ?? 0
    try readKeepAlive(&fields)
    for flag in ["truncate", "shift"] { try fields.bool(flag) }
    try fields.end()
    try turn.prompt.take(model: name, simulator)
    return turn
  }

  // MARK: Messages

  private static func readMessages(_ fields: inout FieldReader, _ turn: inout OllamaTurn) throws(Problem) {
    let messages = try fields.array("messages") ?? []
    turn.isLoadOnly = messages.isEmpty
    for (message, path) in messages { try readMessage(message, at: path, &turn.prompt) }
  }

  private static func readMessage(
    _ message: JSONValue, at path: FieldPath, _ prompt: inout Prompt
  ) throws(Problem) {
    var reader = try FieldReader(message, at: path)
    let role = try reader.requiredString("role")
    guard ["system", "user", "assistant", "tool"].contains(role) else {
      throw .invalid("invalid role: \(role)")
    }
    var text = try reader.string("content") ?? ""
    prompt.promptTokens += Tokens.count(text)
    for (image, place) in try reader.array("images") ?? [] {
      guard let data = image.stringValue else { throw .wrongType(place, wanted: "a string") }
      guard prompt.attachments.add(.image, base64: data) else { throw .invalid("illegal base64 data at input byte 0") }
      text += (text.isEmpty ? "" : " ") + "[image]"
    }
    if let thinking = try reader.string("thinking") { prompt.promptTokens += Tokens.count(thinking) }
    for (call, place) in try reader.array("tool_calls") ?? [] { try readCall(call, at: place, &prompt) }
    _ = try reader.string("tool_name")
    _ = try reader.string("tool_call_id")
    try reader.end()
    prompt.prefill = role == "assistant" && !text.isEmpty ? text : nil
    guard role == "user" || role == "tool" else { return }
    prompt.text = text
    prompt.isToolResult = role == "tool"
  }

  private static func readCall(_ call: JSONValue, at path: FieldPath, _ prompt: inout Prompt) throws(Problem) {
    var reader = try FieldReader(call, at: path)
    _ = try reader.string("id")
    _ = try reader.string("type")
    var function = try reader.requiredObject("function")
    let name = try function.requiredString("name")
    try function.integer("index", 0...10_000)
    let arguments = try function.document("arguments") ?? .object([])
    prompt.promptTokens += Tokens.count(name + String(decoding: arguments.serialized(), as: UTF8.self))
    try function.end()
    try reader.end()
  }

  // MARK: Settings

  private static func readTools(_ fields: inout FieldReader, _ turn: inout OllamaTurn) throws(Problem) {
    for (tool, path) in try fields.array("tools") ?? [] {
      var reader = try FieldReader(tool, at: path)
      try reader.word("type", ["function"])
      var function = try reader.requiredObject("function")
      let name = try function.requiredString("name")
      _ = try function.string("description")
      let parameters = try function.document("parameters") ?? .object([])
      try function.end()
      try reader.end()
      turn.prompt.promptTokens += Tokens.count(String(decoding: tool.serialized(), as: UTF8.self))
      turn.prompt.tools.append(Prompt.Tool(name: name, parameters: parameters))
    }
  }

  private static func readFormat(_ fields: inout FieldReader, _ turn: inout OllamaTurn) throws(Problem) {
    guard let format = fields.value("format") else { return }
    if let word = format.stringValue {
      guard word.isEmpty || word == "json" else {
        throw .invalid("invalid format: \"\(word)\"; expected \"json\" or a JSON schema")
      }
      if word == "json" { turn.prompt.shape = .jsonObject }
    } else if format.objectValue != nil {
      turn.prompt.shape = .schema(format)
    } else {
      throw .wrongType(FieldPath.root.member("format"), wanted: "a string")
    }
  }

  private static func readThinking(_ fields: inout FieldReader, _ turn: inout OllamaTurn) throws(Problem) {
    guard let think = fields.value("think") else { return }
    let isWanted: Bool
    if let flag = think.boolValue {
      isWanted = flag
    } else if let word = think.stringValue, ["high", "medium", "low"].contains(word) {
      isWanted = true
    } else {
      throw .invalid("invalid think value: it must be true, false, \"high\", \"medium\" or \"low\"")
    }
    if isWanted { turn.prompt.thinking = Prompt.Thinking() }
  }

  private static func readOptions(_ fields: inout FieldReader) throws(Problem) -> (stops: [String], most: Int?)? {
    guard var options = try fields.object("options") else { return nil }
    let stops = try options.strings("stop") ?? []
    let most = try options.integer("num_predict")
    for name in wholeOptions where name != "num_predict" { try options.integer(name) }
    for name in numberOptions { try options.number(name) }
    for name in flagOptions { try options.bool(name) }
    try options.end()
    // -1 and -2 stand for no limit and for all of the context.
    return (stops, most.flatMap { $0 >= 0 ? $0 : nil })
  }

  /// A number of seconds, or a duration such as `5m`.
  private static func readKeepAlive(_ fields: inout FieldReader) throws(Problem) {
    guard let value = fields.value("keep_alive") else { return }
    if value.doubleValue != nil { return }
    guard let text = value.stringValue, let unit = text.last, "smh".contains(unit),
      Double(text.dropLast(text.hasSuffix("ms") ? 2 : 1)) != nil
    else { throw .invalid("time: invalid duration in keep_alive") }
  }
}

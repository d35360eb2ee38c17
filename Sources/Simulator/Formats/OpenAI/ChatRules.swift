import JSON

/// Reads a chat request as OpenAI's own servers do: member by member, as OpenAI's reference lists them (October 2026). What
/// it lets pass, `ChatRequest` understands. All methods throw a `Problem` for what the provider would refuse.
struct ChatRules {
  private static let anything = [
    "audio", "logit_bias", "metadata", "modalities", "prediction", "web_search_options", "function_call", "functions",
    "data_sources", "moderation", "prompt_cache_options",
  ]
  private static let efforts: Set<String> = ["none", "minimal", "low", "medium", "high", "xhigh", "max"]
  private static let tiers: Set<String> = ["auto", "default", "flex", "scale", "priority", "fast", "ultrafast"]

  private var open: [String] = []
  private var known: Set<String> = []
  private var allText = ""

  private init() {}

  /// Reads a body.
  static func check(_ body: JSONValue) throws(Problem) {
    var rules = ChatRules()
    var fields = try FieldReader(body, at: .root)
    _ = try fields.string("model")
    try rules.readMessages(&fields)
    try rules.readSettings(&fields)
    try rules.readTools(&fields)
    try rules.readFormat(&fields)
    for name in anything { fields.skip(name) }
    try fields.end()
  }

  // MARK: Messages

  private mutating func readMessages(_ fields: inout FieldReader) throws(Problem) {
    let path = FieldPath.root.member("messages")
    guard let messages = try fields.array("messages") else { throw .missing(path) }
    if messages.isEmpty { throw .invalid("empty array. Expected an array with minimum length 1.", at: path) }
    for (message, place) in messages { try readMessage(message, at: place) }
    try checkAnswered(before: path.element(messages.count))
  }

  private func checkAnswered(before path: FieldPath) throws(Problem) {
    if open.isEmpty { return }
    throw .invalid(
      "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The "
        + "following tool_call_ids did not have response messages: \(open.joined(separator: ", "))",
      at: path.parent)
  }

  private mutating func readMessage(_ message: JSONValue, at path: FieldPath) throws(Problem) {
    var reader = try FieldReader(message, at: path)
    let role = try reader.word("role", ["system", "developer", "user", "assistant", "tool", "function"])
    guard let role else { throw .missing(path.member("role")) }
    if role != "tool" { try checkAnswered(before: path) }
    _ = try reader.string("name")
    if role == "tool" {
      let id = try reader.requiredString("tool_call_id")
      guard known.contains(id) else {
        throw .invalid(
          "messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.", at: path)
      }
      open.removeAll { $0 == id }
    }
    var hasContent = false
    if let content = reader.value("content") {
      hasContent = true
      try readContent(content, at: path.member("content"), role: role)
    }
    if role == "assistant" {
      let calls = try reader.array("tool_calls")
      for (call, place) in calls ?? [] { try readCall(call, at: place) }
      if calls?.isEmpty == true {
        throw .invalid("empty array. Expected an array with minimum length 1.", at: path.member("tool_calls"))
      }
      hasContent = hasContent || calls != nil || reader.has("refusal") || reader.has("audio")
      reader.skip("refusal", "audio", "function_call", "annotations")
    }
    guard hasContent else { throw .wrongType(path.member("content"), wanted: "a string") }
    try reader.end()
  }

  private mutating func readContent(_ content: JSONValue, at path: FieldPath, role: String) throws(Problem) {
    if let text = content.stringValue { return allText += text }
    for (part, place) in try FieldReader.elements(content, at: path) {
      var reader = try FieldReader(part, at: place)
      let type = try reader.requiredString("type")
      switch (type, role) {
      case ("text", _): allText += try reader.requiredString("text")
      case ("refusal", "assistant"): _ = try reader.requiredString("refusal")
      case ("image_url", "user"): try readImage(&reader)
      case ("input_audio", "user"): try readAudio(&reader)
      case ("file", "user"): try readFile(&reader)
      default: throw .invalid("'\(type)' is no type of content in a message of role \(role).", at: place.member("type"))
      }
      reader.skip("prompt_cache_breakpoint")
      try reader.end()
    }
  }

  private func readImage(_ reader: inout FieldReader) throws(Problem) {
    var image = try reader.requiredObject("image_url")
    let address = try image.requiredString("url")
    var counted = Attachments()
    let isAddress = ["data:", "http://", "https://"].contains { address.hasPrefix($0) }
    guard isAddress, counted.add(.image, address: address) else {
      throw .invalid("Expected a valid URL, but got a value with an invalid format.", at: image.path.member("url"))
    }
    try image.word("detail", ["auto", "low", "high", "original"])
    try image.end()
  }

  private func readAudio(_ reader: inout FieldReader) throws(Problem) {
    var audio = try reader.requiredObject("input_audio")
    guard Base64Text.size(try audio.requiredString("data")) != nil else {
      throw .invalid("Expected base64.", at: audio.path.member("data"))
    }
    guard try audio.word("format", ["wav", "mp3"]) != nil else { throw .missing(audio.path.member("format")) }
    try audio.end()
  }

  private func readFile(_ reader: inout FieldReader) throws(Problem) {
    var file = try reader.requiredObject("file")
    let name = try file.string("filename")
    if let data = try file.string("file_data") {
      var counted = Attachments()
      // OpenAI wants a name with the data, and names another field when there is none.
      guard name != nil else { throw .missing(file.path.member("file_id")) }
      guard data.hasPrefix("data:"), counted.add(.document, address: data) else {
        throw .invalid("Expected a base64-encoded data URL with a MIME type.", at: file.path.member("file_data"))
      }
    } else if try file.string("file_id") == nil {
      throw .missing(file.path.member("file_id"))
    }
    try file.end()
  }

  private mutating func readCall(_ call: JSONValue, at path: FieldPath) throws(Problem) {
    var reader = try FieldReader(call, at: path)
    let id = try reader.requiredString("id")
    let type = try reader.requiredString("type")
    if type == "function" {
      var function = try reader.requiredObject("function")
      _ = try function.requiredString("name")
      _ = try function.requiredString("arguments")
      try function.end()
    } else if type == "custom" {
      reader.skip("custom")
    } else {
      throw .invalid("'\(type)' is no type of call.", at: path.member("type"))
    }
    open.append(id)
    known.insert(id)
    try reader.end()
  }

  // MARK: Settings

  private func readSettings(_ fields: inout FieldReader) throws(Problem) {
    try fields.number("temperature", 0...2)
    try fields.number("top_p", 0...1)
    try fields.number("frequency_penalty", -2...2)
    try fields.number("presence_penalty", -2...2)
    try fields.integer("seed")
    try fields.integer("n", 1...128)
    try fields.integer("max_tokens", 1...10_000_000)
    try fields.integer("max_completion_tokens", 1...10_000_000)
    let hasLogprobs = try fields.bool("logprobs") ?? false
    if try fields.integer("top_logprobs", 0...20) != nil, !hasLogprobs {
      throw .invalid("The 'top_logprobs' parameter is only allowed when 'logprobs' is enabled.")
    }
    for name in ["store", "parallel_tool_calls"] { try fields.bool(name) }
    for name in ["user", "safety_identifier", "prompt_cache_key"] { _ = try fields.string(name) }
    try fields.word("reasoning_effort", ChatRules.efforts)
    try fields.word("verbosity", ["low", "medium", "high"])
    try fields.word("service_tier", ChatRules.tiers)
    try fields.word("prompt_cache_retention", ["in_memory", "in-memory", "24h"])
    if fields.peek("stop") != nil {
      fields.skip("stop")
    } else if let stops = try fields.strings("stop"), stops.count > 4 {
      throw .invalid("array too long. Expected an array with maximum length 4.", at: FieldPath.root.member("stop"))
    }
    let isStream = try fields.bool("stream") ?? false
    guard var options = try fields.object("stream_options") else { return }
    guard isStream else {
      throw .invalid("The 'stream_options' parameter is only allowed when 'stream' is enabled.", at: options.path)
    }
    try options.bool("include_usage")
    try options.bool("include_obfuscation")
    try options.end()
  }

  private func readTools(_ fields: inout FieldReader) throws(Problem) {
    let tools = try fields.array("tools")
    if tools?.isEmpty == true {
      throw .invalid("empty array. Expected an array with minimum length 1.", at: FieldPath.root.member("tools"))
    }
    var names: Set<String> = []
    for (tool, path) in tools ?? [] {
      var reader = try FieldReader(tool, at: path)
      let type = try reader.requiredString("type")
      guard type == "function" else {
        guard type == "custom" else { throw .invalid("'\(type)' is no type of tool.", at: path.member("type")) }
        continue
      }
      var function = try reader.requiredObject("function")
      names.insert(try readFunction(&function))
      try reader.end()
    }
    try readChoice(&fields, names, hasTools: tools != nil)
  }

  private func readFunction(_ function: inout FieldReader) throws(Problem) -> String {
    let name = try function.requiredString("name")
    guard AnthropicReader.isName(name, most: 64) else {
      throw .invalid(
        "string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.",
        at: function.path.member("name"))
    }
    _ = try function.string("description")
    let parameters = try function.document("parameters")
    if try function.bool("strict") == true {
      try OpenAISchemaRules.check(
        parameters ?? .object([]), of: "function " + name, at: function.path.member("parameters"))
    }
    try function.end()
    return name
  }

  private func readChoice(_ fields: inout FieldReader, _ names: Set<String>, hasTools: Bool) throws(Problem) {
    let path = FieldPath.root.member("tool_choice")
    guard let choice = fields.value("tool_choice") else {
      if fields.has("parallel_tool_calls"), !hasTools {
        throw .invalid("'parallel_tool_calls' is only allowed when 'tools' are specified.")
      }
      return
    }
    guard hasTools else { throw .invalid("'tool_choice' is only allowed when 'tools' are specified.", at: path) }
    if let word = choice.stringValue {
      guard ["none", "auto", "required"].contains(word) else { throw .invalid("'\(word)' is no choice.", at: path) }
      return
    }
    guard choice["type"]?.stringValue == "function" else { return }
    guard let name = choice["function"]?["name"]?.stringValue else { throw .missing(path.member("function.name")) }
    guard names.contains(name) else { throw .invalid("Tool choice '\(name)' not found in 'tools'.", at: path) }
  }

  private func readFormat(_ fields: inout FieldReader) throws(Problem) {
    guard var format = try fields.object("response_format") else { return }
    switch try format.requiredString("type") {
    case "text": break
    case "json_object":
      guard allText.lowercased().contains("json") else {
        throw .invalid(
          "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
          at: FieldPath.root.member("messages"))
      }
    case "json_schema":
      var named = try format.requiredObject("json_schema")
      let name = try named.requiredString("name")
      _ = try named.string("description")
      let schema = try named.document("schema")
      if try named.bool("strict") == true, let schema {
        try OpenAISchemaRules.check(schema, of: "response_format " + name, at: named.path.member("schema"))
      }
      try named.end()
    case let type: throw .invalid("'\(type)' is no format.", at: format.path.member("type"))
    }
    try format.end()
  }
}

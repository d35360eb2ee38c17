import JSON

/// A chat or legacy completion request in OpenAI's format. Fields it does not know are passed over, as most compatible
/// servers do.
struct ChatRequest {
  /// What is asked of the model.
  var prompt: Prompt
  /// Whether the stream shall end with its usage.
  let includesUsage: Bool
  /// Whether log probabilities are wanted.
  let hasLogprobs: Bool
  /// How many alternatives per token.
  let topLogprobs: Int
  /// Whether this is a legacy completion.
  let isLegacy: Bool

  /// Reads a request body. Throws `Problem`.
  init(_ body: JSONValue, isLegacy: Bool, _ simulator: Simulator) throws(Problem) {
    guard body.objectValue != nil else { throw .invalid("The body must be a JSON object.") }
    guard let name = body["model"]?.stringValue, !name.isEmpty else {
      throw .invalid("You must provide a model parameter.", parameter: "model")
    }
    self.isLegacy = isLegacy
    includesUsage = body["stream_options"]?["include_usage"]?.boolValue ?? false
    topLogprobs = try ChatRequest.integer(body, isLegacy ? "logprobs" : "top_logprobs", 0...20) ?? 0
    hasLogprobs = isLegacy ? body["logprobs"]?.integerValue != nil : body["logprobs"]?.boolValue ?? false
    prompt = Prompt()
    try takeSettings(body)
    if isLegacy {
      try takePrompt(body)
    } else {
      try takeMessages(body)
      takeTools(body)
      takeShape(body)
    }
    try prompt.take(model: name, simulator)
  }

  private mutating func takeSettings(_ body: JSONValue) throws(Problem) {
    prompt.isStream = body["stream"]?.boolValue ?? false
    prompt.maximumTokens = try ChatRequest.integer(body, "max_completion_tokens", 0...10_000_000)
    if prompt.maximumTokens == nil {
      prompt.maximumTokens = try ChatRequest.integer(body, "max_tokens", 0...10_000_000)
    }
    prompt.choices = try ChatRequest.integer(body, "n", 1...128) ?? 1
    prompt.stops = body["stop"]?.stringValue.map { [$0] } ?? (body["stop"]?.arrayValue ?? []).compactMap(\.stringValue)
  }

  private mutating func takePrompt(_ body: JSONValue) throws(Problem) {
    guard let value = body["prompt"] else { throw .invalid("You must provide a prompt.", parameter: "prompt") }
    prompt.text = value.stringValue ?? value[0]?.stringValue ?? ""
    prompt.promptTokens = value.arrayValue?.count ?? 0
    if !prompt.text.isEmpty { prompt.promptTokens = Tokens.count(prompt.text) }
  }

  private mutating func takeMessages(_ body: JSONValue) throws(Problem) {
    guard let messages = body["messages"]?.arrayValue, !messages.isEmpty else {
      throw .invalid("Missing required parameter: 'messages'.", parameter: "messages")
    }
    for message in messages {
      let role = message["role"]?.stringValue ?? ""
      let text = ChatRequest.text(of: message["content"])
      for part in message["content"]?.arrayValue ?? [] { count(part) }
      prompt.promptTokens += Tokens.count(text)
      prompt.prefill = role == "assistant" && !text.isEmpty ? text : nil
      guard role == "user" || role == "tool" else { continue }
      prompt.text = text
      prompt.isToolResult = role == "tool"
    }
  }

  private mutating func count(_ part: JSONValue) {
    if let address = part["image_url"]?["url"]?.stringValue { _ = prompt.attachments.add(.image, address: address) }
    if let data = part["file"]?["file_data"]?.stringValue { _ = prompt.attachments.add(.document, address: data) }
    if let data = part["input_audio"]?["data"]?.stringValue { _ = prompt.attachments.add(.audio, base64: data) }
  }

  private mutating func takeTools(_ body: JSONValue) {
    prompt.tools = (body["tools"]?.arrayValue ?? []).compactMap { tool in
      guard let function = tool["function"], let name = function["name"]?.stringValue else { return nil }
      return Prompt.Tool(name: name, parameters: function["parameters"] ?? .object([]))
    }
    let choice = body["tool_choice"]
    if choice?.stringValue == "required" { prompt.forcedTool = "" }
    if choice?.stringValue == "none" { prompt.mayCallTools = false }
    if let name = choice?["function"]?["name"]?.stringValue { prompt.forcedTool = name }
    if body["parallel_tool_calls"]?.boolValue == false { prompt.mayCallInParallel = false }
  }

  private mutating func takeShape(_ body: JSONValue) {
    switch body["response_format"]?["type"]?.stringValue {
    case "json_object": prompt.shape = .jsonObject
    case "json_schema": prompt.shape = .schema(body["response_format"]?["json_schema"]?["schema"] ?? .object([]))
    default: break
    }
  }

  /// The text of a message's content; parts that are not text are named.
  private static func text(of content: JSONValue?) -> String {
    if let text = content?.stringValue { return text }
    return (content?.arrayValue ?? []).map { part in
      part["text"]?.stringValue ?? "[\(part["type"]?.stringValue ?? "part")]"
    }.joined(separator: " ")
  }

  /// An optional whole number of the body. Throws a 400 that names the field.
  static func integer(_ body: JSONValue, _ name: String, _ range: ClosedRange<Int64>) throws(Problem) -> Int? {
    guard let value = body[name], !value.isNull else { return nil }
    if case .bool = value { return nil }
    guard let number = value.integerValue, range.contains(number) else {
      throw .invalid(
        "Invalid value for '\(name)': expected a whole number from \(range.lowerBound) to \(range.upperBound).",
        parameter: name)
    }
    return Int(number)
  }
}

import Core
import JSON

/// What the simulator understands of a chat or legacy completion request.
struct ChatRequest {
  /// A function the caller offers.
  struct Tool {
    /// Its name.
    var name: String
    /// The JSON schema of its arguments.
    var parameters: JSONValue
  }

  /// The shape a caller wants the answer in.
  enum Format {
    /// Plain text, and any JSON object.
    case text, jsonObject
    /// JSON of this schema.
    case schema(JSONValue)
  }

  /// The model without its faults.
  var model: String
  /// The faults named behind the model.
  var faults: FaultList
  /// The last user text, or what a tool has said since.
  var prompt: String
  /// What the answer has begun with, by the word of a last message of the assistant; nil when there is none.
  var prefill: String?
  /// Whether the prompt is what a tool has said.
  var isToolResult = false
  /// Tokens of all messages.
  var promptTokens: Int
  /// Whether events are wanted.
  var isStream: Bool
  /// Whether the stream shall end with its usage.
  var includesUsage: Bool
  /// Longest answer. Unit: tokens.
  var maximumTokens: Int?
  /// How many answers are wanted.
  var choices: Int
  /// Texts that end the answer.
  var stops: [String]
  /// The functions offered.
  var tools: [Tool] = []
  /// The tool that must be called; an empty name stands for any.
  var forcedTool: String?
  /// Whether functions may be called at all.
  var mayCallTools = true
  /// The shape of the answer.
  var format = Format.text
  /// Whether log probabilities are wanted.
  var hasLogprobs: Bool
  /// How many alternatives per token.
  var topLogprobs: Int
  /// Whether this is a legacy completion.
  var isLegacy: Bool

  /// Reads a request body. Throws `OpenAIError`.
  init(_ body: JSONValue, isLegacy: Bool) throws(OpenAIError) {
    guard body.objectValue != nil else { throw .invalid("The body must be a JSON object.") }
    guard let name = body["model"]?.stringValue, !name.isEmpty else {
      throw .invalid("You must provide a model parameter.", parameter: "model")
    }
    (model, faults) = try ModelName.split(name)
    self.isLegacy = isLegacy
    isStream = body["stream"]?.boolValue ?? false
    includesUsage = body["stream_options"]?["include_usage"]?.boolValue ?? false
    maximumTokens = try ChatRequest.integer(body, "max_completion_tokens", 0...10_000_000)
    if maximumTokens == nil { maximumTokens = try ChatRequest.integer(body, "max_tokens", 0...10_000_000) }
    choices = try ChatRequest.integer(body, "n", 1...128) ?? 1
    stops = body["stop"]?.stringValue.map { [$0] } ?? (body["stop"]?.arrayValue ?? []).compactMap(\.stringValue)
    topLogprobs = try ChatRequest.integer(body, isLegacy ? "logprobs" : "top_logprobs", 0...20) ?? 0
    hasLogprobs = isLegacy ? body["logprobs"]?.integerValue != nil : body["logprobs"]?.boolValue ?? false
    prompt = ""
    promptTokens = 0
    if isLegacy {
      try takePrompt(body)
    } else {
      try takeMessages(body)
      takeTools(body)
      takeFormat(body)
    }
  }

  private mutating func takePrompt(_ body: JSONValue) throws(OpenAIError) {
    guard let value = body["prompt"] else { throw .invalid("You must provide a prompt.", parameter: "prompt") }
    prompt = value.stringValue ?? value[0]?.stringValue ?? ""
    promptTokens = value.arrayValue?.count ?? 0
    if !prompt.isEmpty { promptTokens = Tokens.count(prompt) }
  }

  private mutating func takeMessages(_ body: JSONValue) throws(OpenAIError) {
    guard let messages = body["messages"]?.arrayValue, !messages.isEmpty else {
      throw .invalid("Missing required parameter: 'messages'.", parameter: "messages")
    }
    for message in messages {
      let role = message["role"]?.stringValue ?? ""
      let text = ChatRequest.text(of: message["content"])
      promptTokens += Tokens.count(text)
      prefill = role == "assistant" && !text.isEmpty ? text : nil
      guard role == "user" || role == "tool" else { continue }
      prompt = text
      isToolResult = role == "tool"
    }
  }

  private mutating func takeTools(_ body: JSONValue) {
    tools = (body["tools"]?.arrayValue ?? []).compactMap { tool in
      guard let function = tool["function"], let name = function["name"]?.stringValue else { return nil }
      return Tool(name: name, parameters: function["parameters"] ?? .object([]))
    }
    let choice = body["tool_choice"]
    if choice?.stringValue == "required" { forcedTool = "" }
    if choice?.stringValue == "none" { mayCallTools = false }
    if let name = choice?["function"]?["name"]?.stringValue { forcedTool = name }
  }

  private mutating func takeFormat(_ body: JSONValue) {
    switch body["response_format"]?["type"]?.stringValue {
    case "json_object": format = .jsonObject
    case "json_schema": format = .schema(body["response_format"]?["json_schema"]?["schema"] ?? .object([]))
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
  static func integer(_ body: JSONValue, _ name: String, _ range: ClosedRange<Int64>) throws(OpenAIError) -> Int? {
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

/// Model names with faults behind a `+`.
enum ModelName {
  /// `demo/echo+cut=3` is `demo/echo` and the fault. Throws a 400 for an unknown fault.
  static func split(_ name: String) throws(OpenAIError) -> (model: String, faults: FaultList) {
    guard let plus = name.firstIndex(of: "+") else { return (name, FaultList()) }
    do throws(GatewayError) {
      return (String(name[..<plus]), try FaultList(String(name[name.index(after: plus)...])))
    } catch {
      throw .invalid(error.message, parameter: "model")
    }
  }

  /// The name without a path in front.
  static func base(_ name: String) -> Substring { name.split(separator: "/").last ?? "" }
}

import JSON

/// What the simulator says to a chat or completion request, before it is put into any wire form.
struct ChatAnswer {
  /// One function call.
  struct ToolCall {
    /// Its id, `call_…`.
    var id: String
    /// The function.
    var name: String
    /// The arguments as JSON, token by token.
    var arguments: [String]
  }

  /// The text, token by token; the same for every choice.
  var tokens: [String] = []
  /// The call, in place of text.
  var toolCall: ToolCall?
  /// Why the answer ends.
  var finishReason: String
  /// Tokens of the request.
  var promptTokens: Int
  /// How often the answer is given.
  var choices: Int

  /// Makes the answer. `length`: the tokens asked for by a fault or the options; nil: echo.
  init(to request: ChatRequest, length: Int?, generator: inout SeededGenerator) {
    finishReason = "stop"
    promptTokens = request.promptTokens
    choices = request.choices
    if let tool = ChatAnswer.tool(for: request) {
      toolCall = ChatAnswer.call(tool, request, &generator)
      finishReason = "tool_calls"
      return
    }
    tokens = ChatAnswer.text(request, length, &generator)
    goOn(behind: request)
    cutAtStop(request.stops)
    if let giant = request.faults.number(.giantEvent) {
      tokens.insert(String(repeating: "g", count: giant), at: min(1, tokens.count))
    }
    if let most = request.maximumTokens, tokens.count > most {
      tokens.removeLast(tokens.count - most)
      finishReason = "length"
    }
  }

  /// Tokens of all choices together.
  var completionTokens: Int { (toolCall.map { $0.arguments.count + 1 } ?? tokens.count) * choices }

  /// OpenAI's `usage` object, after so many completion tokens; nil: all.
  func usage(completion: Int? = nil) -> JSONValue {
    let completion = completion ?? completionTokens
    return .object([
      ("prompt_tokens", .integer(promptTokens)), ("completion_tokens", .integer(completion)),
      ("total_tokens", .integer(promptTokens + completion)),
      ("prompt_tokens_details", .object([("cached_tokens", .integer(0)), ("audio_tokens", .integer(0))])),
      (
        "completion_tokens_details",
        .object([
          ("reasoning_tokens", .integer(0)), ("audio_tokens", .integer(0)),
          ("accepted_prediction_tokens", .integer(0)), ("rejected_prediction_tokens", .integer(0)),
        ])
      ),
    ])
  }

  private static func text(_ request: ChatRequest, _ length: Int?, _ generator: inout SeededGenerator) -> [String] {
    switch request.format {
    case .jsonObject:
      return Tokens.split(
        String(decoding: JSONValue.object([("echo", .string(request.prompt))]).serialized(), as: UTF8.self))
    case .schema(let schema):
      let filled = SchemaFiller(schema: schema, text: request.prompt, fillsOptional: true).value()
      return Tokens.split(String(decoding: filled.serialized(), as: UTF8.self))
    case .text:
      if let length { return Tokens.lorem(length, &generator) }
      let said = request.prompt.isEmpty ? "(nothing was said)" : request.prompt
      return Tokens.split(request.isToolResult ? "The tool said: " + said : said)
    }
  }

  /// Leaves out what a prefill holds already; a prefill that the text does not begin with is passed over.
  private mutating func goOn(behind request: ChatRequest) {
    guard let prefill = request.prefill, !request.faults.has(.ignorePrefill) else { return }
    let text = tokens.joined()
    if text.hasPrefix(prefill) { tokens = Tokens.split(String(text.dropFirst(prefill.count))) }
  }

  /// Ends the text before the first stop sequence.
  private mutating func cutAtStop(_ stops: [String]) {
    let text = tokens.joined()
    let ends = stops.filter { !$0.isEmpty }.compactMap { text.firstRange(of: $0)?.lowerBound }
    if let end = ends.min() { tokens = Tokens.split(String(text[..<end])) }
  }

  private static func tool(for request: ChatRequest) -> ChatRequest.Tool? {
    guard request.mayCallTools, let first = request.tools.first else { return nil }
    if let forced = request.forcedTool { return request.tools.first { $0.name == forced } ?? first }
    guard !request.isToolResult, request.prompt.hasPrefix("call ") else { return nil }
    let wanted = request.prompt.dropFirst(5).split(separator: " ").first.map(String.init)
    return request.tools.first { $0.name == wanted } ?? first
  }

  private static func call(
    _ tool: ChatRequest.Tool, _ request: ChatRequest, _ generator: inout SeededGenerator
  ) -> ToolCall {
    let filled = SchemaFiller(schema: tool.parameters, text: request.prompt, fillsOptional: false).value()
    let arguments = filled.objectValue == nil ? JSONValue.object([]) : filled
    return ToolCall(
      id: "call_" + String(generator.next(), radix: 36), name: tool.name,
      arguments: Tokens.split(String(decoding: arguments.serialized(), as: UTF8.self)))
  }
}

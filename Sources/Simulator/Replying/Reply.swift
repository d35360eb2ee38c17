import JSON

/// What the simulated model says to a prompt, before it is put into any wire form.
struct Reply {
  /// One function call.
  struct ToolCall {
    /// Its id without the prefix that formats give it.
    var id: String
    /// The function.
    var name: String
    /// The arguments as JSON, token by token.
    var pieces: [String]

    /// The arguments as a document.
    var arguments: JSONValue { (try? JSONValue.parse(Array(pieces.joined().utf8))) ?? .object([]) }
  }

  /// Why an answer ends.
  enum Ending: Equatable {
    /// All is said.
    case natural
    /// A stop sequence would have come next.
    case stop(String)
    /// The limit of tokens.
    case length
    /// Functions are to be called.
    case toolCalls
    /// The content was held back.
    case filtered
  }

  /// The reasoning, token by token.
  var thinking: [String] = []
  /// The text, token by token; the same for every choice.
  var tokens: [String] = []
  /// The calls, in place of text.
  var toolCalls: [ToolCall] = []
  /// Why the answer ends.
  var ending = Ending.natural
  /// Tokens of the request.
  let promptTokens: Int
  /// How often the answer is given.
  let choices: Int

  /// Reasoning is at most this long. Unit: tokens.
  private static let longestThinking = 64

  /// Makes the answer. `length`: the tokens asked for by a fault or the options; nil: echo.
  init(to prompt: Prompt, length: Int?, generator: inout SeededGenerator) {
    promptTokens = prompt.promptTokens
    choices = prompt.choices
    thinking = Reply.thinking(about: prompt)
    let tools = Reply.tools(for: prompt)
    if tools.isEmpty {
      tokens = Reply.text(prompt, length, &generator)
      goOn(behind: prompt)
      cutAtStop(prompt.stops)
      if let giant = prompt.faults.number(.giantEvent) {
        tokens.insert(String(repeating: "g", count: giant), at: min(1, tokens.count))
      }
      cut(at: prompt.maximumTokens)
    } else {
      toolCalls = tools.map { Reply.call($0, prompt, &generator) }
      ending = .toolCalls
    }
    if prompt.faults.has(.filtered) {
      tokens.removeLast(tokens.count - tokens.count / 2)
      toolCalls = []
      ending = .filtered
    }
  }

  /// Tokens of the reasoning.
  var thinkingTokens: Int { thinking.count }

  /// Tokens of all choices together, the reasoning included.
  var completionTokens: Int {
    (thinking.count + tokens.count + toolCalls.reduce(0) { $0 + $1.pieces.count + 1 }) * choices
  }

  /// The text of a choice.
  var text: String { tokens.joined() }

  private static func thinking(about prompt: Prompt) -> [String] {
    guard let thinking = prompt.thinking else { return [] }
    let words = Tokens.split((prompt.isToolResult ? "The tool said: " : "The user says: ") + prompt.text)
    return Array(words.prefix(max(1, min(longestThinking, thinking.budget ?? longestThinking))))
  }

  private static func text(_ prompt: Prompt, _ length: Int?, _ generator: inout SeededGenerator) -> [String] {
    switch prompt.shape {
    case .jsonObject:
      return Tokens.split(
        String(decoding: JSONValue.object([("echo", .string(prompt.text))]).serialized(), as: UTF8.self))
    case .schema(let schema):
      let filled = SchemaFiller(schema: schema, text: prompt.text, fillsOptional: true).value()
      return Tokens.split(String(decoding: filled.serialized(), as: UTF8.self))
    case .text:
      if let length { return Tokens.lorem(length, &generator) }
      if prompt.text.hasPrefix(Attachments.question) { return Tokens.split(prompt.attachments.summary) }
      let said = prompt.text.isEmpty ? "(nothing was said)" : prompt.text
      return Tokens.split(prompt.isToolResult ? "The tool said: " + said : said)
    }
  }

  /// Leaves out what a prefill holds already; a prefill that the text does not begin with is passed over.
  private mutating func goOn(behind prompt: Prompt) {
    guard let prefill = prompt.prefill, !prompt.faults.has(.ignorePrefill) else { return }
    let text = tokens.joined()
    if text.hasPrefix(prefill) { tokens = Tokens.split(String(text.dropFirst(prefill.count))) }
  }

  /// Ends the text before the first stop sequence.
  private mutating func cutAtStop(_ stops: [String]) {
    let text = tokens.joined()
    let places = stops.filter { !$0.isEmpty }.compactMap { stop in
      text.firstRange(of: stop).map { (stop: stop, start: $0.lowerBound) }
    }
    guard let first = places.min(by: { $0.start < $1.start }) else { return }
    tokens = Tokens.split(String(text[..<first.start]))
    ending = .stop(first.stop)
  }

  /// Ends the answer, its reasoning included, after so many tokens.
  private mutating func cut(at limit: Int?) {
    guard let limit, thinking.count + tokens.count > limit else { return }
    thinking.removeLast(max(0, thinking.count - limit))
    tokens.removeLast(thinking.count + tokens.count - limit)
    ending = .length
  }

  /// The tools to call: the one that must be, or those that the message names behind `call`.
  private static func tools(for prompt: Prompt) -> [Prompt.Tool] {
    guard prompt.mayCallTools, let first = prompt.tools.first else { return [] }
    if let forced = prompt.forcedTool, !forced.isEmpty {
      return [prompt.tools.first { $0.name == forced } ?? first]
    }
    let isForced = prompt.forcedTool != nil
    guard !prompt.isToolResult, prompt.text.hasPrefix("call ") else { return isForced ? [first] : [] }
    let named = names(prompt.text.dropFirst(5)).compactMap { name in prompt.tools.first { $0.name == name } }
    if named.isEmpty { return [first] }
    return prompt.mayCallInParallel ? named : Array(named.prefix(1))
  }

  /// `one, two and so on` names `one` and `two`: a name goes on behind a comma.
  private static func names(_ text: Substring) -> [String] {
    var names: [String] = []
    for word in text.split(separator: " ") {
      let parts = word.split(separator: ",").map(String.init)
      names += parts
      if !word.hasSuffix(",") { break }
    }
    return names
  }

  private static func call(
    _ tool: Prompt.Tool, _ prompt: Prompt, _ generator: inout SeededGenerator
  ) -> ToolCall {
    let filled = SchemaFiller(schema: tool.parameters, text: prompt.text, fillsOptional: false).value()
    let arguments = filled.objectValue == nil ? JSONValue.object([]) : filled
    return ToolCall(
      id: String(generator.next(), radix: 36), name: tool.name,
      pieces: Tokens.split(String(decoding: arguments.serialized(), as: UTF8.self)))
  }
}

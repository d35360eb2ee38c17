import JSON

/// Rules that tie the parts of a request to each other, and to the model where its name is that of a Claude. Other names
/// stand for a model that takes all that the format has.
enum AnthropicRules {
  /// Throws a `Problem` for what the provider would refuse.
  static func check(
    _ turn: AnthropicTurn, _ conversation: AnthropicConversation, _ body: JSONValue
  ) throws(Problem) {
    try checkThinking(turn, conversation)
    guard let version = version(String(ModelName.base(turn.prompt.model))) else { return }
    try checkSampling(turn, version)
    try checkFeatures(turn, conversation, version)
  }

  /// `claude-sonnet-4-5-20250929` as 405; nil when the name is no Claude's with a version. Older names put the version
  /// first: `claude-3-7-sonnet-20250219`.
  private static func version(_ name: String) -> Int? {
    let words = name.lowercased().split { !$0.isLetter && !$0.isNumber }
    guard let start = words.firstIndex(of: "claude") else { return nil }
    let numbers = words[(start + 1)...].drop { Int($0) == nil }.prefix { $0.count <= 2 && Int($0) != nil }
    guard let major = numbers.first.flatMap({ Int($0) }) else { return nil }
    return major * 100 + (numbers.dropFirst().first.flatMap { Int($0) } ?? 0)
  }

  private static func checkThinking(
    _ turn: AnthropicTurn, _ conversation: AnthropicConversation
  ) throws(Problem) {
    guard turn.prompt.thinking != nil else { return }
    if turn.prompt.forcedTool != nil {
      throw .invalid("Thinking may not be enabled when tool_choice forces tool use.")
    }
    guard turn.thinkingType == "enabled", let budget = turn.budget else { return }
    if let most = turn.prompt.maximumTokens, budget >= most {
      throw .invalid("`max_tokens` must be greater than `thinking.budget_tokens`.")
    }
    if let temperature = turn.temperature, temperature != 1 {
      throw .invalid("`temperature` may only be set to 1 when thinking is enabled.")
    }
    if turn.topK != nil { throw .invalid("`top_k` must be unset when thinking is enabled.") }
    if let topP = turn.topP, topP < 0.95 {
      throw .invalid("`top_p` must be greater than or equal to 0.95 or unset when thinking is enabled.")
    }
    if conversation.turns.last?.role == "assistant" {
      throw .invalid("Prefilling assistant responses is not supported when thinking is enabled.")
    }
    try checkOpenTurn(conversation)
  }

  /// While tools are being used, the turn that called them must show how it began to think.
  private static func checkOpenTurn(_ conversation: AnthropicConversation) throws(Problem) {
    guard let last = conversation.turns.last, last.role == "user", !last.results.isEmpty,
      let caller = conversation.turns.last(where: { $0.role == "assistant" }), let first = caller.blocks.first,
      first.type != "thinking", first.type != "redacted_thinking"
    else { return }
    throw .invalid(
      "Expected `thinking` or `redacted_thinking`, but found `\(first.type)`. When `thinking` is enabled, a final "
        + "`assistant` message must start with a thinking block (preceeding the lastmost set of `tool_use` and "
        + "`tool_result` blocks).", at: first.path.member("type"))
  }

  private static func checkSampling(_ turn: AnthropicTurn, _ version: Int) throws(Problem) {
    if version >= 407 {
      let given = [
        ("temperature", turn.temperature != nil && turn.temperature != 1),
        ("top_p", turn.topP.map { $0 < 0.99 } ?? false),
        ("top_k", turn.topK != nil),
      ]
      if let name = given.first(where: \.1)?.0 { throw .invalid("`\(name)` is deprecated for this model.") }
    }
    if version >= 401, turn.temperature != nil, turn.topP != nil {
      throw .invalid("`temperature` and `top_p` cannot both be specified for this model. Please use only one.")
    }
  }

  private static func checkFeatures(
    _ turn: AnthropicTurn, _ conversation: AnthropicConversation, _ version: Int
  ) throws(Problem) {
    if turn.thinkingType == "adaptive", version < 406 {
      throw .invalid("adaptive thinking is not supported on this model")
    }
    if turn.thinkingType == "enabled", version >= 407 || version < 307 {
      throw .invalid(
        version < 307
          ? "'\(turn.prompt.model)' does not support thinking."
          : "\"thinking.type.enabled\" is not supported for this model. Use \"thinking.type.adaptive\".")
    }
    if turn.effort != nil, version < 405 { throw .invalid("This model does not support the effort parameter.") }
    if case .schema = turn.prompt.shape, version < 405 {
      throw .invalid("'\(turn.prompt.model)' does not support output format.")
    }
    if version >= 406, conversation.turns.last?.role == "assistant" {
      throw .invalid(
        "This model does not support assistant message prefill. The conversation must end with a user message.")
    }
    if version < 408, let late = conversation.turns.first(where: { $0.role == "system" }) {
      throw .invalid(
        "role 'system' is not supported on this model", at: late.path.member("role"))
    }
  }
}

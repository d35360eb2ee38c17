/// Tokens that a provider's template adds to what the caller wrote.
struct ChatTemplate {
  /// The marks around a message and its role.
  let perMessage: Int64
  /// What begins the prompt and the answer.
  let perRequest: Int64
  /// The marks around a tool's call or result.
  let perCall: Int64 = 6
  /// The marks around a tool's definition.
  let perTool: Int64
  /// The instructions that come with any tools.
  let tools: Int64
  /// The same where a tool must be called.
  let forcedTools: Int64
  /// Tokens of a schema as the provider shows it to the model, for one of its JSON text.
  let toolShare: Double

  /// The template of a family. Sources: OpenAI's cookbook, "How to count tokens with tiktoken" (3 tokens a message, 1 for
  /// its role, 3 for the answer); the marks in the tokenizers that `Scripts/measure-tokens` fetches, for Llama, Qwen,
  /// Mistral and DeepSeek; Anthropic's pages on tool use for Claude 4 (346 and 313 tokens; 159 to 530 for Claude 3).
  /// Calls, definitions, and Claude's and Gemini's messages are guesses.
  init(_ family: TokenFamily) {
    var tools: Int64 = 0
    var forcedTools: Int64 = 0
    var perTool: Int64 = 8
    var share = 1.0
    switch family {
    case .o200k, .cl100k:
      (perMessage, perRequest, tools, forcedTools, perTool) = (4, 3, 12, 12, 7)
      share = Self.openAIToolShare
    case .claude2, .claude, .claude47: (perMessage, perRequest, tools, forcedTools) = (4, 4, 346, 313)
    case .gemini: (perMessage, perRequest) = (1, 1)
    case .llama3, .llama4: (perMessage, perRequest) = (5, 5)
    case .qwen: (perMessage, perRequest, tools, forcedTools) = (5, 3, 120, 120)
    case .tekken, .mistral: (perMessage, perRequest) = (2, 1)
    case .deepseek: (perMessage, perRequest) = (1, 2)
    case .other: (perMessage, perRequest) = (4, 3)
    }
    self.tools = tools
    self.forcedTools = forcedTools
    self.perTool = perTool
    toolShare = share
  }

  /// The cookbook's count of a function over the count of its JSON text: 0.48 to 0.64 for its own example and the
  /// schemas in Tests/Fixtures/tokens. November 2026.
  private static let openAIToolShare = 0.55
}

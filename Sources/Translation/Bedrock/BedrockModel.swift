/// What a model on Bedrock takes, as far as its name tells. The rules are those of AWS's pages on Converse, tool use,
/// structured outputs, prompt caching and Amazon Nova (October 2026). Names of inference profiles and of models of one's
/// own may tell nothing; such a model is taken to know what the interface documents for all.
struct BedrockModel {
  /// Who has made it.
  enum Family {
    case claude, nova, mistral, llama, cohere, ai21, titan, deepSeek, openAI, openWeight, other
  }

  /// Who has made it.
  let family: Family
  /// What is known of it as a Claude.
  let claude: ClaudeModel
  private let name: String

  private static let marks: [(mark: String, family: Family)] = [
    ("claude", .claude), ("anthropic.", .claude), ("nova", .nova), ("mistral", .mistral), ("llama", .llama),
    ("cohere.", .cohere), ("ai21.", .ai21), ("titan", .titan), ("deepseek", .deepSeek), ("gpt-oss", .openAI),
    ("openai.", .openAI), ("qwen", .openWeight), ("minimax", .openWeight), ("moonshot", .openWeight),
    ("nvidia", .openWeight), ("gemma", .openWeight), ("zai.", .openWeight),
  ]

  /// Reads a model's id, an inference profile's or an ARN: `us.anthropic.claude-sonnet-4-5-20250929-v1:0`.
  init(_ name: String) {
    let name = name.lowercased()
    self.name = name
    family = BedrockModel.marks.first { name.contains($0.mark) }?.family ?? .other
    claude = ClaudeModel(name)
  }

  /// Whether it is one of Anthropic's.
  var isClaude: Bool { family == .claude }
  /// Thinks when `reasoningConfig` asks for it.
  var hasReasoningConfig: Bool { family == .nova && name.contains("nova-2") }
  /// Thinks always, more or less of it.
  var alwaysThinks: Bool { family == .openAI || name.contains("deepseek.r1") }

  /// Takes `outputConfig.textFormat` and `strict` tools.
  var hasStructuredOutput: Bool {
    switch family {
    case .claude: claude.hasStructuredOutput
    case .openAI, .openWeight: true
    case .deepSeek: !name.contains("deepseek.r1")
    case .mistral: ["ministral", "magistral", "voxtral", "mistral-large-3"].contains { name.contains($0) }
    default: false
    }
  }

  /// Takes `toolChoice.any`.
  var takesAnyTool: Bool {
    switch family {
    case .llama, .cohere, .ai21, .titan, .deepSeek: false
    default: true
    }
  }

  /// Takes `toolChoice.tool`.
  var takesNamedTool: Bool { takesAnyTool && family != .mistral }
  /// Takes `status` of a tool's result.
  var takesToolStatus: Bool { family == .claude || family == .nova }
  /// Takes marks of prompt caching.
  var takesCachePoints: Bool { family == .claude || family == .nova || family == .other }
  /// Takes them among its tools too.
  var takesToolCachePoints: Bool { takesCachePoints && family != .nova }
  /// Keeps a prompt for an hour when it is asked to.
  var takesLongCache: Bool { isClaude && claude.hasStructuredOutput }
  /// Calls one tool only when it is asked to; the request says so in Anthropic's words.
  var takesSingleTool: Bool { isClaude && claude.hasStructuredOutput }

  /// The name of `top_k` among `additionalModelRequestFields`; nil where it has none or stands elsewhere.
  var topKName: String? {
    switch family {
    case .claude, .mistral: "top_k"
    case .cohere: "k"
    default: nil
    }
  }
}

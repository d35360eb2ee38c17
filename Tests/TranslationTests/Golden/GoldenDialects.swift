import Core
import HTTPWire
import JSON
import Ledger
import Translation

/// A provider of the golden matrix.
struct GoldenProvider: Sendable {
  /// Its name in the files.
  let name: String
  /// The name of the files it shares where it has none of its own; several models of one dialect give the same answers.
  var inputs: String
  let dialect: any ProviderDialect
  let model: String

  init(_ name: String, _ dialect: any ProviderDialect, model: String, inputs: String? = nil) {
    self.name = name
    self.dialect = dialect
    self.model = model
    self.inputs = inputs ?? name
  }

  /// All of them: a dialect adds itself with a line here, its inputs and a recording.
  static let all = [
    GoldenProvider("openai", OpenAIChatDialect(), model: "gpt-4o"),
    GoldenProvider("anthropic", AnthropicDialect(), model: "claude-sonnet-4-5"),
    GoldenProvider("anthropic-adaptive", AnthropicDialect(), model: "claude-opus-4-8", inputs: "anthropic"),
    GoldenProvider("anthropic-old", AnthropicDialect(), model: "claude-3-5-sonnet-20241022", inputs: "anthropic"),
    GoldenProvider("gemini", GeminiDialect(), model: "gemini-3.1-pro-preview"),
    GoldenProvider("gemini-2.5", VertexDialect(), model: "gemini-2.5-flash", inputs: "gemini"),
    GoldenProvider("openai-responses", ResponsesDialect(), model: "gpt-5.1"),
    GoldenProvider(
      "azure", AzureDialect(baseURL: "https://golden.openai.azure.com/openai/v1"), model: "gpt-4o", inputs: "openai"),
    GoldenProvider("bedrock", BedrockDialect(), model: "anthropic.claude-sonnet-4-5-20250929-v1:0"),
    GoldenProvider("bedrock-nova", BedrockDialect(), model: "us.amazon.nova-2-lite-v1:0", inputs: "bedrock"),
    GoldenProvider("cohere", CohereDialect(), model: "command-a-reasoning-08-2025"),
    GoldenProvider("ollama", OllamaDialect(), model: "qwen3:8b"),
  ]
}

/// A caller of the golden matrix.
struct GoldenCaller: Sendable {
  /// Its name in the files.
  let name: String
  /// Its dialect; nil for OpenAI's chat format, which the rooms speak.
  let dialect: (any CallerDialect)?
  /// The answer's id in its format.
  let answerID: String

  /// All of them: a dialect adds itself with a line here, its inputs and a recording.
  static let all = [
    GoldenCaller(name: "openai", dialect: nil, answerID: "gen-golden"),
    GoldenCaller(name: "anthropic", dialect: AnthropicCaller(), answerID: "msg_golden"),
    GoldenCaller(name: "gemini", dialect: GeminiCaller(), answerID: "gen-golden"),
    GoldenCaller(name: "openai-responses", dialect: ResponsesCaller(), answerID: "resp_golden"),
  ]

  var format: WireFormat { dialect?.format ?? .openAI }
}

/// What the matrix holds.
enum GoldenCase {
  /// The cases, each a folder of inputs.
  static let all = [
    "text", "multi-turn", "tools", "parallel-tools", "tool-results", "json-schema", "reasoning", "images", "pdf",
    "caching", "stop-reasons", "errors",
  ]
}

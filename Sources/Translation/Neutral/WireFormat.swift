/// A wire format that requests and answers are written in. Providers that share one (OpenAI's servers, Azure and every
/// compatible server) share the value; how a provider is reached is the matter of its `ProviderDialect`.
package enum WireFormat: String, Sendable, CaseIterable {
  /// Chat completions.
  case openAI = "openai"
  case openAIResponses = "openai-responses"
  /// Messages.
  case anthropic
  /// Google's generateContent.
  case gemini
  /// AWS Bedrock's Converse.
  case bedrock
  /// Cohere's chat, version 2.
  case cohere
  /// Ollama's own chat.
  case ollama
}

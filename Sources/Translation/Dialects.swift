/// The dialects there are: the only list of them. A new one is a folder of this module and a line here.
package enum Dialects {
  /// How providers are spoken to, by the word that `dialect` has in the configuration.
  private static let providers: [String: any ProviderDialect] = [
    "openai": OpenAIChatDialect(), "anthropic": AnthropicDialect(),
    "gemini": GeminiDialect(), "vertex": VertexDialect(),
    "bedrock": BedrockDialect(), "cohere": CohereDialect(), "ollama": OllamaDialect(),
  ]

  /// How callers are spoken to that do not speak OpenAI's chat format.
  private static let callers: [WireFormat: any CallerDialect] = [
    .anthropic: AnthropicCaller(), .gemini: GeminiCaller(),
  ]

  /// The formats whose bytes go through where caller and provider both speak them, besides OpenAI's chat format.
  private static let passThroughs: [WireFormat: any PassThrough] = [
    .anthropic: AnthropicPassThrough(), .gemini: GeminiPassThrough(),
  ]

  /// The dialect of a provider whose configuration says `name`; nil for one that this build does not speak.
  package static func provider(_ name: String) -> (any ProviderDialect)? { providers[name] }

  /// The words of the dialects in which an operation can be asked for.
  package static func words(speaking operation: OpenAIOperation) -> Set<String> {
    Set(providers.filter { $0.value.path(operation, model: "m", isStream: false) != nil }.map(\.key))
  }

  /// The dialect of callers of a format; nil for OpenAI's chat format, which the rooms speak themselves.
  package static func caller(_ format: WireFormat) -> (any CallerDialect)? { callers[format] }

  /// How a format's bytes go through where both sides speak it; nil for OpenAI's chat format, which the rooms do
  /// themselves, and for formats that no caller speaks.
  package static func passThrough(_ format: WireFormat) -> (any PassThrough)? { passThroughs[format] }
}

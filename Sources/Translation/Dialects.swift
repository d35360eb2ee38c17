/// The dialects there are: the only list of them. A new one is a folder of this module and a line here.
package enum Dialects {
  /// How providers are spoken to, by the word that `dialect` has in the configuration.
  private static let providers: [String: any ProviderDialect] = [
    "openai": OpenAIChatDialect(), "openai-responses": ResponsesDialect(), "anthropic": AnthropicDialect(),
    "gemini": GeminiDialect(), "vertex": VertexDialect(),
    "bedrock": BedrockDialect(), "cohere": CohereDialect(), "ollama": OllamaDialect(),
  ]

  /// How callers are spoken to that do not speak OpenAI's chat format.
  private static let callers: [WireFormat: any CallerDialect] = [
    .anthropic: AnthropicCaller(), .gemini: GeminiCaller(), .openAIResponses: ResponsesCaller(),
  ]

  /// The formats whose bytes go through where caller and provider both speak them, besides OpenAI's chat format.
  private static let passThroughs: [WireFormat: any PassThrough] = [
    .anthropic: AnthropicPassThrough(), .gemini: GeminiPassThrough(), .openAIResponses: ResponsesPassThrough(),
  ]

  /// The dialect of a provider whose configuration says `name`; nil for an unknown one. Where a dialect's paths depend on
  /// the provider's address and on the version of its interface (nil: the dialect's default), they are looked at.
  package static func provider(
    _ name: String, baseURL: String = "", version: String? = nil
  ) -> (any ProviderDialect)? {
    name == "azure" ? AzureDialect(baseURL: baseURL, version: version) : providers[name]
  }

  /// The words of the dialects in which an operation can be asked for.
  package static func words(speaking operation: OpenAIOperation) -> Set<String> {
    Set(
      (providers.keys + ["azure"]).filter { name in
        provider(name)?.path(operation, model: "m", isStream: false) != nil
      })
  }

  /// The dialect of callers of a format; nil for OpenAI's chat format, which the rooms speak themselves. Where the form of
  /// an answer depends on what the path asks for, it is looked at.
  package static func caller(_ format: WireFormat, _ target: CallerTarget = CallerTarget()) -> (any CallerDialect)? {
    format == .gemini && target.isArray ? GeminiCaller(isArray: true) : callers[format]
  }

  /// How a format's bytes go through where both sides speak it; nil for OpenAI's chat format, which the rooms do
  /// themselves, and for formats that no caller speaks.
  package static func passThrough(
    _ format: WireFormat, _ target: CallerTarget = CallerTarget()
  ) -> (any PassThrough)? {
    format == .gemini && target.isArray ? GeminiPassThrough(isArray: true) : passThroughs[format]
  }
}

import Configuration
import Core

/// What the zero-configuration mode adds to what it finds: the provider `demo`, which answers without any key.
package struct DemoOffer: Sendable {
  /// The provider.
  package let provider: ProviderSettings
  /// Its models.
  package let models: [ModelSettings]

  /// What the provider calls its models.
  package static let upstreamModels = ["echo", "embedding"]

  /// The offer of a provider that listens at `baseURL`; without one, for commands that send nothing.
  package init(baseURL: String = "http://127.0.0.1/v1", apiKey: Secret? = nil) {
    provider = ProviderSettings(
      slug: "demo", name: "Demo", baseURL: baseURL, apiKey: apiKey,
      dataPolicy: DataPolicy(training: false, retentionDays: 0, zdr: true))
    models = [
      DemoOffer.model(
        "demo/echo", "Echo", "Says what it hears, token by token; for trying the gateway out.", ["text"]),
      DemoOffer.model(
        "demo/embedding", "Embedding", "Deterministic vectors; for trying the gateway out.", ["embeddings"]),
    ]
  }

  /// What the simulator understands of a chat request.
  private static let parameters = [
    "max_completion_tokens", "max_tokens", "response_format", "structured_outputs", "tools", "tool_choice", "logprobs",
    "top_logprobs", "stop", "seed", "temperature", "top_p",
  ]

  private static func model(
    _ id: String, _ name: String, _ description: String, _ outputs: [String]
  ) -> ModelSettings {
    ModelSettings(
      id: id, name: "Demo: " + name, description: description, contextLength: 32_768,
      inputModalities: ["text", "image", "audio", "file"], outputModalities: outputs,
      endpoints: [
        EndpointSettings(
          provider: "demo", upstreamModel: String(id.dropFirst(5)), pricing: .free,
          supportedParameters: outputs == ["text"] ? parameters : [])
      ])
  }
}

extension Configuration {
  /// Takes the built-in provider in.
  package mutating func add(_ offer: DemoOffer) {
    providers.append(offer.provider)
    models += offer.models
  }
}

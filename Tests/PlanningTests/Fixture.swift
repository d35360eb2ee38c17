import Catalog
import Configuration
import Core
import JSON
import Ledger
import Planning

/// A small catalogue for planner tests.
enum Fixture {
  /// A price in USD per million tokens, for prompt and completion alike.
  static func price(_ dollars: String) -> PriceList? {
    Money(decimal: dollars, exponent: -6).map { PriceList(prompt: $0, completion: $0) }
  }

  static let providers = [
    ProviderSettings(
      slug: "alpha", name: "Alpha Cloud", baseURL: "http://127.0.0.1:1/v1", region: "us",
      dataPolicy: DataPolicy(training: false, retentionDays: 30, zdr: false)),
    ProviderSettings(
      slug: "beta", name: "Beta", baseURL: "http://127.0.0.1:2/v1", region: "eu",
      dataPolicy: DataPolicy(training: false, retentionDays: 0, zdr: true)),
    ProviderSettings(slug: "gamma", name: "Gamma", baseURL: "http://127.0.0.1:3/v1"),
  ]

  /// The first endpoint is so much cheaper than the second that a draw never prefers the second.
  static let models = [
    ModelSettings(
      id: "a/one", fallbacks: ["a/two"], inputModalities: ["text", "image"],
      endpoints: [
        EndpointSettings(
          provider: "alpha", upstreamModel: "one", pricing: price("0.0002"), quantization: "fp8",
          supportedParameters: ["tools", "max_tokens", "temperature"]),
        EndpointSettings(
          provider: "beta", upstreamModel: "one", pricing: price("3"), supportedParameters: ["temperature"],
          distillable: true),
        EndpointSettings(provider: "gamma", upstreamModel: "one"),
      ]),
    ModelSettings(
      id: "a/two", endpoints: [EndpointSettings(provider: "beta", upstreamModel: "two", pricing: .free)]),
    ModelSettings(id: "a/three", endpoints: [EndpointSettings(provider: "delta", upstreamModel: "three")]),
    ModelSettings(
      id: "a/embed", outputModalities: ["embeddings"],
      endpoints: [EndpointSettings(provider: "alpha", upstreamModel: "e", pricing: price("1"))]),
  ]

  static let catalog = CatalogSnapshot.build(
    configuration: {
      var configuration = Configuration()
      configuration.providers = providers
      configuration.models = models
      return configuration
    }(), shipped: ShippedCatalog(), discovered: [])

  static func request(
    _ chain: [String] = ["a/one"], provider: String? = nil, needs: RoutingRequest.Needs = .init(output: .text),
    policy: RoutingRequest.Policy = .init()
  ) throws -> RoutingRequest {
    let value = try provider.map { try JSONValue.parse(Array($0.utf8)) }
    return RoutingRequest(chain: chain, preferences: try ProviderPreferences(value), needs: needs, policy: policy)
  }

  /// The plan as `model@tag` in order.
  static func plan(_ request: RoutingRequest, maxAttempts: Int = 12) throws -> [String] {
    let context = PlanningContext(maxAttempts: maxAttempts)
    return try Planner.plan(request, catalog: catalog, context: context).attempts.map {
      "\($0.model.id)@\($0.endpoint.tag)"
    }
  }
}

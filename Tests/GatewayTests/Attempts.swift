import Catalog
import Configuration
import Core

@testable import Planning

/// Attempts to choose from, made of models and the providers that serve each.
enum Attempts {
  /// One attempt per model and provider, in the order given.
  static func make(_ models: KeyValuePairs<String, [String]>) throws -> [Plan.Attempt] {
    var configuration = Configuration()
    configuration.providers = Set(models.flatMap(\.value)).map {
      ProviderSettings(slug: $0, name: $0, baseURL: "http://127.0.0.1:1/v1")
    }
    configuration.models = models.map { model in
      ModelSettings(
        id: "x/" + model.key, endpoints: model.value.map { EndpointSettings(provider: $0, upstreamModel: "x") })
    }
    let catalog = CatalogSnapshot.build(configuration: configuration, shipped: ShippedCatalog(), discovered: [])
    let request = RoutingRequest(
      chain: models.map { "x/" + $0.key }, preferences: ProviderPreferences(), needs: .init(output: .text),
      policy: .init())
    return try Planner.plan(request, catalog: catalog, context: PlanningContext(maxAttempts: 100)).attempts
  }
}

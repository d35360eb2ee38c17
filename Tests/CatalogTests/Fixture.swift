import Catalog
import Configuration
import Core
import Ledger

/// Small catalogues for the tests of this target.
enum Fixture {
  static func provider(
    _ slug: String, disabled: Bool = false, region: String? = nil, dataPolicy: DataPolicy? = nil,
    onlyModels: [String]? = nil
  ) -> ProviderSettings {
    ProviderSettings(
      slug: slug, name: slug.uppercased(), baseURL: "http://\(slug)", disabled: disabled, region: region,
      dataPolicy: dataPolicy, onlyModels: onlyModels)
  }

  /// An endpoint at a price in USD per million tokens, the same for prompt and completion.
  static func endpoint(_ provider: String, price: Int64? = nil) -> EndpointSettings {
    EndpointSettings(
      provider: provider, upstreamModel: "up",
      pricing: price.map { PriceList(prompt: Money(units: $0 * 1_000_000), completion: Money(units: $0 * 1_000_000)) })
  }

  static func model(_ id: String, aliases: [String] = [], _ endpoints: [EndpointSettings]? = nil) -> ModelSettings {
    ModelSettings(id: id, aliases: aliases, endpoints: endpoints ?? [endpoint("p")])
  }

  static func snapshot(
    providers: [ProviderSettings] = [provider("p")], user: [ModelSettings] = [], catalogue: [ModelSettings] = [],
    shipped: [ModelSettings] = [], discovered: [ModelSettings] = []
  ) -> CatalogSnapshot {
    CatalogSnapshot.build(
      configuration: Configuration(providers: providers, models: user, catalogueModels: catalogue),
      shipped: ShippedCatalog(models: shipped), discovered: discovered)
  }
}

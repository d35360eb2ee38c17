import Configuration
import Core

/// Everything that can be asked for at one moment; immutable, swapped whole on a reload. Requests keep the snapshot
/// they began with.
package final class CatalogSnapshot: Sendable {
  /// The models that at least one enabled provider serves: the user's first, then the catalogue's, then discovered ones.
  package let models: [CatalogModel]
  /// The enabled providers, in the order of the configuration.
  package let providers: [CatalogProvider]
  /// Every endpoint, at the place that its `index` says.
  package let endpoints: [CatalogEndpoint]
  /// Endpoints at disabled providers: never used, and named where somebody asks why. Their indices follow on those of
  /// `endpoints`.
  package let disabledEndpoints: [CatalogEndpoint]

  private let names: ModelNames
  /// Models that only disabled providers serve.
  private let disabledNames: ModelNames
  /// Folded ids of models that no configured provider serves, with the slugs of those that would.
  private let unserved: [String: [String]]

  private init(
    _ entries: CatalogEntries, providers: [CatalogProvider], unserved: [ModelSettings]
  ) {
    models = entries.models
    self.providers = providers
    endpoints = entries.endpoints
    disabledEndpoints = entries.disabledEndpoints
    names = ModelNames(entries.models)
    disabledNames = ModelNames(entries.disabledModels)
    var slugs: [String: [String]] = [:]
    for model in unserved {
      let providers = model.endpoints.map(\.provider)
      for name in [model.id[...], ModelName.bare(model.id)] { slugs[ModelName.folded(name), default: []] += providers }
    }
    self.unserved = slugs
  }

  /// Builds the snapshot of a configuration. The user's models replace those of the catalogue with the same id;
  /// `discovered` ones, which a provider has listed while the program runs, come last.
  package static func build(
    configuration: Configuration, shipped: ShippedCatalog, discovered: [ModelSettings]
  ) -> CatalogSnapshot {
    let providers = configuration.providers.filter { !$0.disabled }.map(CatalogProvider.init(settings:))
    var layers = ModelLayers(user: configuration.models)
    layers.add(configuration.catalogueModels)
    layers.add(shipped.models)
    layers.add(discovered)
    for provider in configuration.providers { layers.restrict(provider) }
    let entries = CatalogEntries(
      layers.models, enabled: providers,
      disabled: configuration.providers.filter(\.disabled).map(CatalogProvider.init(settings:)))
    return CatalogSnapshot(
      entries, providers: providers, unserved: layers.models.filter { !entries.isServed($0) })
  }

  /// The model that a caller means, with the variants it asks for; nil when there is none. The cost depends on the
  /// length of the name only.
  package func resolve(_ name: String) -> ModelResolution? { names.resolve(name) }

  /// The same, also for a model that only disabled providers serve: it has no endpoint to use, and some to give as a reason.
  package func find(_ name: String) -> ModelResolution? { names.resolve(name) ?? disabledNames.resolve(name) }

  /// The id of the model that a mistyped name most likely meant; nil when nothing is close. For error messages: it
  /// looks at every model.
  package func suggestion(for name: String) -> String? {
    let wanted = String(name.prefix(ModelName.lengthLimit))
    if wanted.contains("/") {
      return NearestName.find(wanted, among: models.lazy.map(\.id))
    }
    guard let bare = NearestName.find(wanted, among: models.lazy.map { String(ModelName.bare($0.id)) }) else {
      return nil
    }
    return models.first { ModelName.bare($0.id) == bare }?.id
  }

  /// The slugs of the providers that would serve a model which the catalogue knows but no configured provider serves;
  /// empty when the name is not known at all. For error messages.
  package func providersNeeded(for name: String) -> [String] {
    guard name.utf8.count <= ModelName.lengthLimit else { return [] }
    return unserved[ModelName.folded(name)] ?? []
  }
}

import Configuration

/// Models with their endpoints while a snapshot is made: those that can be used, and those that disabled providers would
/// serve.
struct CatalogEntries {
  /// The models that at least one enabled provider serves.
  private(set) var models: [CatalogModel] = []
  /// Models that only disabled providers serve.
  private(set) var disabledModels: [CatalogModel] = []
  /// The endpoints at enabled providers, at the place that their `index` says.
  private(set) var endpoints: [CatalogEndpoint] = []
  /// The endpoints at disabled providers.
  private(set) var disabledEndpoints: [CatalogEndpoint] = []

  private let ids: Set<String>

  /// The entries of all models, in their order.
  init(_ settings: [ModelSettings], enabled: [CatalogProvider], disabled: [CatalogProvider]) {
    let enabled = CatalogEntries.bySlug(enabled)
    let disabled = CatalogEntries.bySlug(disabled)
    var count = 0
    let served = settings.map { model in
      let own = CatalogEntries.endpoints(of: model, at: enabled, firstIndex: count)
      count += own.count
      return own
    }
    for (model, own) in zip(settings, served) {
      let others =
        disabled.isEmpty ? [] : CatalogEntries.endpoints(of: model, at: disabled, firstIndex: count)
      count += others.count
      endpoints += own
      disabledEndpoints += others
      if !own.isEmpty {
        models.append(
          CatalogModel(index: models.count, settings: model, endpoints: own, disabledEndpoints: others))
      } else if !others.isEmpty {
        disabledModels.append(
          CatalogModel(index: disabledModels.count, settings: model, endpoints: [], disabledEndpoints: others))
      }
    }
    ids = Set(models.map(\.id))
  }

  /// Whether an enabled provider serves a model.
  func isServed(_ model: ModelSettings) -> Bool { ids.contains(model.id) }

  private static func bySlug(_ providers: [CatalogProvider]) -> [String: CatalogProvider] {
    Dictionary(providers.map { ($0.slug, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The endpoints of a model at some providers, cheapest first.
  private static func endpoints(
    of model: ModelSettings, at providers: [String: CatalogProvider], firstIndex: Int
  ) -> [CatalogEndpoint] {
    let usable = model.endpoints.enumerated().compactMap { position, settings in
      providers[settings.provider].map { (position: position, settings: settings, provider: $0) }
    }
    let ordered = usable.sorted {
      ($0.settings.sortingPrice, $0.position) < ($1.settings.sortingPrice, $1.position)
    }
    var ordinals: [String: Int] = [:]
    return ordered.enumerated().map { offset, entry in
      let like = "\(entry.provider.slug) \(entry.settings.tag ?? "")"
      let ordinal = ordinals[like, default: 0]
      ordinals[like] = ordinal + 1
      return CatalogEndpoint(
        index: firstIndex + offset, model: model, provider: entry.provider, settings: entry.settings, ordinal: ordinal)
    }
  }
}

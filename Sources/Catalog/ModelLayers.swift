import Configuration

/// Brings the models of several sources together. A model of the user's file stands alone; the same model in the other
/// sources is one model with the endpoints of all of them, where an earlier source speaks for its providers.
struct ModelLayers {
  /// The models so far, in order.
  private(set) var models: [ModelSettings]
  private var positions: [String: Int] = [:]
  private let userCount: Int

  /// Begins with the user's own models.
  init(user: [ModelSettings]) {
    models = user
    userCount = user.count
    for (position, model) in user.enumerated() { positions[ModelName.folded(model.id)] = position }
  }

  /// Adds a further source.
  mutating func add(_ layer: [ModelSettings]) {
    for model in layer {
      let key = ModelName.folded(model.id)
      guard let position = positions[key] else {
        positions[key] = models.count
        models.append(model)
        continue
      }
      if position >= userCount { models[position].absorb(model) }
    }
  }

  /// Applies a provider's restriction: only the models it names are used through it, and each of them is.
  mutating func restrict(_ provider: ProviderSettings) {
    guard let names = provider.onlyModels else { return }
    let allowed = Set(names.map { ModelName.folded($0) })
    for position in models.indices where !allowed.contains(ModelName.folded(models[position].id)) {
      models[position].endpoints.removeAll { $0.provider == provider.slug }
    }
    for name in names {
      let endpoint = EndpointSettings(provider: provider.slug, upstreamModel: name)
      let key = ModelName.folded(name)
      guard let position = positions[key] else {
        positions[key] = models.count
        models.append(ModelSettings(id: name, endpoints: [endpoint]))
        continue
      }
      if !models[position].endpoints.contains(where: { $0.provider == provider.slug }) {
        models[position].endpoints.append(endpoint)
      }
    }
  }
}

extension ModelSettings {
  /// Takes over what a later source knows about the same model.
  fileprivate mutating func absorb(_ other: ModelSettings) {
    let known = Set(endpoints.map(\.provider))
    endpoints += other.endpoints.filter { !known.contains($0.provider) }
    aliases += other.aliases.filter { !aliases.contains($0) }
    description = description ?? other.description
    created = created ?? other.created
    contextLength = contextLength ?? other.contextLength
  }
}

/// The index behind name resolution: every way to write a name leads to its model through a few dictionary
/// look-ups, however large the catalogue is.
struct ModelNames: Sendable {
  /// Ids and aliases as they are written.
  private var exact: [String: CatalogModel] = [:]
  /// Ids, aliases and names without author, folded.
  private var folded: [String: CatalogModel] = [:]
  private let families: ModelFamilies

  /// An index over models. Of two models with one name the first wins; an id wins over an alias, an alias over a
  /// name without its author.
  init(_ models: [CatalogModel]) {
    families = ModelFamilies(models)
    for model in models { add(model.id, of: model) }
    for model in models {
      for alias in model.aliases { add(alias, of: model) }
    }
    for model in models {
      let author = ModelName.author(model.id)
      for alias in model.aliases where !alias.utf8.contains(UInt8(ascii: "/")) { addFolded(author + alias, of: model) }
      addFolded(ModelName.bare(model.id), of: model)
    }
  }

  private mutating func add(_ name: String, of model: CatalogModel) {
    if exact[name] == nil { exact[name] = model }
    addFolded(name, of: model)
  }

  private mutating func addFolded(_ name: some StringProtocol, of model: CatalogModel) {
    let key = ModelName.folded(name)
    if folded[key] == nil { folded[key] = model }
  }

  /// The model a name means. The whole name is tried first, so that an id with a colon is found; then variant
  /// suffixes are taken off from the right.
  func resolve(_ name: String) -> ModelResolution? {
    if let model = exact[name] { return ModelResolution(model: model, way: way(name, to: model)) }
    guard name.utf8.count <= ModelName.lengthLimit else { return nil }
    var rest = name[...]
    var variants = ModelVariants.none
    var prefersSpeed = false
    while true {
      if let (model, way) = find(rest) {
        return ModelResolution(model: model, variants: variants, way: way, prefersSpeed: prefersSpeed)
      }
      guard let colon = rest.utf8.lastIndex(of: UInt8(ascii: ":")) else { return nil }
      guard let variant = ModelVariants(suffix: ModelName.folded(rest[rest.index(after: colon)...])) else { return nil }
      if variant == .nitro, !variants.contains(.floor) { prefersSpeed = true }
      variants.insert(variant)
      rest = rest[..<colon]
    }
  }

  private func way(_ name: String, to model: CatalogModel) -> ModelResolution.Way {
    model.id == name ? .direct : .alias
  }

  /// `~` marks OpenRouter's moving aliases and `openrouter/` is how some clients mark where a model is; both are
  /// dropped when what remains names a model.
  private func find(_ name: Substring) -> (CatalogModel, ModelResolution.Way)? {
    if let model = look(up: name) { return (model, spelling(name, of: model)) }
    if name.utf8.first == UInt8(ascii: "~") {
      let rest = name.dropFirst()
      if let model = look(up: rest) { return (model, .alias) }
      return families.latest(ModelName.folded(rest)).map { ($0, .latest) }
    }
    let prefix = "openrouter/"
    guard name.utf8.count > prefix.utf8.count, ModelName.folded(name.prefix(prefix.count)) == prefix else { return nil }
    let rest = name.dropFirst(prefix.count)
    if let model = look(up: rest) { return (model, spelling(rest, of: model)) }
    guard rest.utf8.first == UInt8(ascii: "~") else { return nil }
    return families.latest(ModelName.folded(rest.dropFirst())).map { ($0, .latest) }
  }

  private func look(up name: Substring) -> CatalogModel? {
    let text = String(name)
    return exact[text] ?? folded[ModelName.folded(text)]
  }

  private func spelling(_ name: Substring, of model: CatalogModel) -> ModelResolution.Way {
    ModelName.folded(name) == ModelName.folded(model.id) ? .direct : .alias
  }
}

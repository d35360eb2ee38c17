/// The index behind name resolution: every way to write a name leads to its model through one or two dictionary
/// look-ups, however large the catalogue is.
struct ModelNames: Sendable {
  /// Ids and aliases as they are written.
  private var exact: [String: CatalogModel] = [:]
  /// Ids, aliases and names without author, folded.
  private var folded: [String: CatalogModel] = [:]

  /// An index over models. Of two models with one name the first wins; an id wins over an alias, an alias over a
  /// name without its author.
  init(_ models: [CatalogModel]) {
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
    guard name.utf8.count <= ModelName.lengthLimit else { return nil }
    var rest = name[...]
    var variants: [String] = []
    while true {
      if let model = find(rest) { return ModelResolution(model: model, variants: variants) }
      guard let colon = rest.utf8.lastIndex(of: UInt8(ascii: ":")) else { return nil }
      let suffix = ModelName.folded(rest[rest.index(after: colon)...])
      guard ModelName.variants.contains(suffix) else { return nil }
      variants.insert(suffix, at: 0)
      rest = rest[..<colon]
    }
  }

  /// `~` marks OpenRouter's moving aliases and `openrouter/` is how some clients mark where a model is; both are
  /// dropped when what remains names a model.
  private func find(_ name: Substring) -> CatalogModel? {
    if let model = look(up: name) { return model }
    if name.utf8.first == UInt8(ascii: "~"), let model = look(up: name.dropFirst()) { return model }
    let prefix = "openrouter/"
    guard name.utf8.count > prefix.utf8.count, ModelName.folded(name.prefix(prefix.count)) == prefix else { return nil }
    return look(up: name.dropFirst(prefix.count))
  }

  private func look(up name: Substring) -> CatalogModel? {
    exact[String(name)] ?? folded[ModelName.folded(name)]
  }
}

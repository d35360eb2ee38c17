import Core

/// The content of a catalogue: what is known about providers and models, without any credentials. The format is that
/// of a user's `models`, with `version: 1`, and `providers` described instead of configured; `$` has no meaning in it.
package struct CatalogueFile: Sendable, Hashable {
  /// The known providers.
  package var providers: [KnownProvider]
  /// The models, in the order of the file.
  package var models: [ModelSettings]

  /// A catalogue.
  package init(providers: [KnownProvider] = [], models: [ModelSettings]) {
    self.providers = providers
    self.models = models
  }

  /// The version of the format that is read and written.
  package static let version = 1

  /// Reads a catalogue that is called `file` in problems. Its endpoints may name its own providers and those in
  /// `known`. Throws every problem at once.
  package static func parse(
    _ bytes: UnsafeRawBufferPointer, file: String, known: some Sequence<String> = EmptyCollection()
  ) throws(ConfigurationError) -> CatalogueFile {
    let context = ReadingContext(file: file, origin: .catalogue, interpolation: nil)
    let catalogue = read(context.parse(bytes), known: Set(known), context: context)
    guard context.problems.isEmpty else { throw ConfigurationError(problems: context.problems) }
    return catalogue
  }

  private static func read(_ node: YAMLNode?, known: Set<String>, context: ReadingContext) -> CatalogueFile {
    let root = Section(node, path: "", keys: ["version", "providers", "models"], context: context)
    if root.integer("version", in: version...version) == nil, !root.has("version") {
      root.reportMissing("version", "write version: \(version)")
    }
    let providerSections = root.sections("providers", keys: KnownProvider.keys)
    let providers = providerSections.compactMap { section in
      KnownProvider(reading: section).map { (section: section, known: $0) }
    }
    ProviderSettings.checkUnique(providers.map { (section: $0.section, settings: $0.known.settings) })
    let slugs = known.union(providers.map(\.known.settings.slug))
    let models = root.sections("models", keys: ModelSettings.keys).compactMap { section in
      ModelSettings(reading: section, providers: slugs).map { (section: section, settings: $0) }
    }
    ModelSettings.checkUnique(models)
    return CatalogueFile(providers: providers.map(\.known), models: models.map(\.settings))
  }
}

extension KnownProvider {
  /// The keys of an entry of a catalogue's `providers`.
  static let keys = [
    "slug", "name", "dialect", "base_url", "api_key_env", "headquarters", "region", "privacy_policy_url",
    "terms_of_service_url",
    "status_page_url", "data_policy",
  ]

  /// Reads an entry of a catalogue's `providers`; nil, with all its problems noted, when it lacks a slug or an address.
  init?(reading section: Section) {
    let slug = section.slug(example: "openai")
    if section.node("base_url") == nil { section.reportMissing("base_url", "write base_url: https://…") }
    let baseURL = section.baseURL()
    var settings = ProviderSettings(slug: slug ?? "", name: section.text("name") ?? slug ?? "", baseURL: baseURL ?? "")
    settings.dialect = section.choice("dialect", of: Dialect.self) ?? settings.dialect
    settings.readVendor(section)
    let variables = section.texts("api_key_env") ?? []
    if slug == nil || baseURL == nil { return nil }
    self.init(settings: settings, apiKeyVariables: variables)
  }
}

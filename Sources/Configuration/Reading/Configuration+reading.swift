extension Configuration {
  /// The keys of a file that are read.
  static let keys = ["server", "access", "storage", "privacy", "routing", "providers", "models", "presets", "catalog"]
  /// Those of the contract that are not honoured yet.
  static let unsupportedKeys = ["shared_state"]

  /// Reads a whole file; what is wrong is noted in its context.
  init(reading root: Section, known: [KnownProvider]) {
    let providerSections = root.sections("providers", keys: ProviderSettings.keys)
    let providers = providerSections.compactMap { section in
      ProviderSettings(reading: section, known: known).map { (section: section, settings: $0) }
    }
    ProviderSettings.checkUnique(providers)
    let slugs = providers.map(\.settings.slug)
    let models = root.sections("models", keys: ModelSettings.keys).compactMap { section in
      ModelSettings(reading: section, providers: Set(slugs)).map { (section: section, settings: $0) }
    }
    ModelSettings.checkUnique(models)
    let presets = root.sections("presets", keys: PresetSettings.keys).compactMap { section in
      PresetSettings(reading: section).map { (section: section, settings: $0) }
    }
    PresetSettings.checkUnique(presets)
    self.init(
      server: ServerSettings(reading: root.section("server", keys: ServerSettings.keys, unsupported: ["tls"])),
      access: AccessSettings(reading: root.section("access", keys: AccessSettings.keys), providers: slugs),
      storage: StorageSettings(reading: root.section("storage", keys: StorageSettings.keys)),
      privacy: PrivacySettings(reading: root.section("privacy", keys: PrivacySettings.keys)),
      routing: RoutingSettings(reading: root.section("routing", keys: RoutingSettings.keys)),
      providers: providers.map(\.settings), models: models.map(\.settings),
      presets: presets.map(\.settings))
  }
}

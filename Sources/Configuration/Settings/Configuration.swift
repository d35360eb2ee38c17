/// Everything a user can decide about a gateway, validated and immutable. A reload replaces it whole.
package struct Configuration: Sendable, Hashable {
  /// Where the gateway listens and what it grants a connection.
  package var server: ServerSettings
  /// Who may use it.
  package var access: AccessSettings
  /// Where keys and records are kept.
  package var storage: StorageSettings
  /// Where prompts may go.
  package var privacy: PrivacySettings
  /// How attempts are made.
  package var routing: RoutingSettings
  /// The providers, in the order of the file.
  package var providers: [ProviderSettings]
  /// The models the user describes, in the order of the file; the shipped catalogue adds to them.
  package var models: [ModelSettings]
  /// The models of the catalogue file that the user names in `catalog`; they add endpoints to the shipped ones.
  package var catalogueModels: [ModelSettings]
  /// Named bundles that requests can refer to, in the order of the file.
  package var presets: [PresetSettings]

  /// A configuration; what is left out takes the defaults of the contract.
  package init(
    server: ServerSettings = ServerSettings(), access: AccessSettings = AccessSettings(),
    storage: StorageSettings = StorageSettings(), privacy: PrivacySettings = PrivacySettings(),
    routing: RoutingSettings = RoutingSettings(), providers: [ProviderSettings] = [], models: [ModelSettings] = [],
    catalogueModels: [ModelSettings] = [], presets: [PresetSettings] = []
  ) {
    self.server = server
    self.access = access
    self.storage = storage
    self.privacy = privacy
    self.routing = routing
    self.providers = providers
    self.models = models
    self.catalogueModels = catalogueModels
    self.presets = presets
  }
}

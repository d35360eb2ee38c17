/// A provider that the shipped catalogue describes, so that a user's file may name just its slug.
package struct KnownProvider: Sendable, Hashable {
  /// The provider with its defaults; `apiKey` is nil.
  package var settings: ProviderSettings
  /// Environment variables that hold its key by convention, the preferred one first.
  package var apiKeyVariables: [String]

  /// A known provider.
  package init(settings: ProviderSettings, apiKeyVariables: [String]) {
    self.settings = settings
    self.apiKeyVariables = apiKeyVariables
  }
}

import Configuration

/// A configured and enabled provider, as long as a snapshot lives.
package final class CatalogProvider: Sendable {
  /// What the user and the shipped catalogue say about it.
  package let settings: ProviderSettings

  /// A provider.
  package init(settings: ProviderSettings) { self.settings = settings }

  /// The name used in provider preferences.
  package var slug: String { settings.slug }
  /// The name shown to people.
  package var name: String { settings.name }
}

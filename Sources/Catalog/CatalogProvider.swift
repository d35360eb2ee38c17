import Configuration

/// A configured and enabled provider, as long as a snapshot lives.
package final class CatalogProvider: Sendable {
  /// What the user and the shipped catalogue say about it.
  package let settings: ProviderSettings

  /// A provider.
  package init(settings: ProviderSettings) {
    self.settings = settings
    foldedSlug = FoldedName(settings.slug)
    foldedName = FoldedName(settings.name)
    signsRequests = settings.aws != nil || settings.google != nil
  }

  /// The slug in lower case.
  package let foldedSlug: FoldedName
  /// The name in lower case.
  package let foldedName: FoldedName

  /// Whether every request needs credentials of its own: a signature, or a token that expires.
  package let signsRequests: Bool

  /// The name used in provider preferences.
  package var slug: String { settings.slug }
  /// The name shown to people.
  package var name: String { settings.name }
}

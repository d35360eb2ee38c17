import CCatalog
import Configuration

/// The catalogue that is compiled into the program, so that a user writes only providers and keys.
package struct ShippedCatalog: Sendable {
  /// What is known about providers.
  package let providers: [KnownProvider]
  /// What is known about models.
  package let models: [ModelSettings]

  /// A catalogue; without arguments an empty one.
  package init(providers: [KnownProvider] = [], models: [ModelSettings] = []) {
    self.providers = providers
    self.models = models
  }

  /// Reads the compiled-in file: about 4 ms for 150 models in a release build. Throws only when the program was built
  /// with a broken one.
  package static func load() throws(ConfigurationError) -> ShippedCatalog {
    let bytes = UnsafeRawBufferPointer(start: pb_catalog_bytes(), count: pb_catalog_count())
    let file = try CatalogueFile.parse(bytes, file: "Config/catalog.yaml")
    return ShippedCatalog(providers: file.providers, models: file.models)
  }
}

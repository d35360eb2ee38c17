import Catalog
import Configuration
import Core

/// A configuration that was found and read, with the catalogue that goes with it.
package struct LoadedConfiguration: Sendable {
  /// Where it came from.
  package let source: ConfigurationSource
  /// What it says.
  package let configuration: Configuration
  /// What the zero-configuration mode found, for people; empty with a file.
  package let notes: [String]
  /// The catalogue that is compiled in.
  package let shipped: ShippedCatalog

  /// Finds and reads the configuration, or makes one from the environment when there is no file. `config` and `listen`
  /// are the command line's; `inForce` is what a reload would replace. Throws every problem at once.
  package static func load(
    config: String?, listen: String? = nil, environment: [String: String], inForce: AccessSettings? = nil
  ) throws(ConfigurationError) -> LoadedConfiguration {
    let shipped = try ShippedCatalog.load()
    let source = ConfigurationSource.find(
      option: config, environment: environment, fileExists: FileContents.exists)
    switch source {
    case .file(let path):
      let configuration = try ConfigurationLoader.load(
        path: path, environment: environment, known: shipped.providers, listen: listen, inForce: inForce)
      return LoadedConfiguration(source: source, configuration: configuration, notes: [], shipped: shipped)
    case .none:
      let (configuration, notes) = try ZeroConfiguration.make(
        environment: environment, knownProviders: shipped.providers, listen: listen)
      return LoadedConfiguration(source: source, configuration: configuration, notes: notes, shipped: shipped)
    }
  }

  /// The snapshot of what `serve` would serve, with the built-in provider where there is no file, and without what providers
  /// list while the program runs.
  package var served: CatalogSnapshot {
    var configuration = configuration
    if source == .none { configuration.add(DemoOffer()) }
    return CatalogSnapshot.build(configuration: configuration, shipped: shipped, discovered: [])
  }

  /// The snapshot of what the configuration names itself.
  package var snapshot: CatalogSnapshot {
    CatalogSnapshot.build(configuration: configuration, shipped: shipped, discovered: [])
  }
}

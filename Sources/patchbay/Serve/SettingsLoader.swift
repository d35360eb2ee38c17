import Catalog
import Configuration
import Core
import EventLoop
import Glibc

/// Finds and reads the configuration, at start and at each reload, always from the same place.
struct SettingsLoader: Sendable {
  /// A configuration and where it came from.
  struct Settings: Sendable {
    var configuration: Configuration
    /// The file, or nil in zero-configuration mode.
    var file: String?
    /// What was found in the environment, for people.
    var notes: [String]

    var isZeroConfiguration: Bool { file == nil }
  }

  let shipped: ShippedCatalog
  private let source: ConfigurationSource
  private let listen: String?
  private let environment: [String: String]

  /// Finds the source. Throws when the shipped catalogue cannot be read.
  init(configPath: String?, listen: String?, environment: [String: String]) throws {
    shipped = try ShippedCatalog.load()
    source = ConfigurationSource.find(option: configPath, environment: environment) { access($0, R_OK) == 0 }
    self.listen = listen
    self.environment = environment
  }

  /// Reads it. Throws `ConfigurationError` with every problem.
  func load() throws -> Settings {
    switch source {
    case .file(let path):
      let configuration = try ConfigurationLoader.load(
        path: path, environment: environment, known: shipped.providers, listen: listen)
      return Settings(configuration: configuration, file: path, notes: [])
    case .none:
      let (configuration, notes) = try ZeroConfiguration.make(
        environment: environment, knownProviders: shipped.providers, listen: listen)
      return Settings(configuration: configuration, file: nil, notes: notes)
    }
  }
}

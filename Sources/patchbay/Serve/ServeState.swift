import Catalog
import Configuration
import Core
import Gateway

/// What `serve` remembers between start, discovery and reloads.
///
/// `@unchecked Sendable`: after the start it is touched on the signal queue only, to which discovery hands its finding.
final class ServeState: @unchecked Sendable {
  let process: GatewayProcess
  private let loader: SettingsLoader
  private let keys: [StoredKey]
  private let listen: String
  private let log: Log
  private var settings: SettingsLoader.Settings
  private var finding = Discovery.Finding()

  init(
    loader: SettingsLoader, settings: SettingsLoader.Settings, keys: [StoredKey], listen: String,
    process: GatewayProcess, log: Log
  ) {
    self.loader = loader
    self.settings = settings
    self.keys = keys
    self.listen = listen
    self.process = process
    self.log = log
  }

  /// The snapshot of what is known now.
  func makeSnapshot() -> GatewaySnapshot {
    var configuration = settings.configuration
    configuration.providers += finding.providers
    let catalog = CatalogSnapshot.build(
      configuration: configuration, shipped: loader.shipped, discovered: finding.models)
    return GatewaySnapshot(
      configuration: configuration, catalog: catalog,
      keys: KeyTable(configuration.access, stored: keys.map { ($0.digest, $0.caller) }), listen: listen)
  }

  /// Looks for models of local servers and of OpenRouter; what answers is published.
  func discover(ownPort: Int) {
    let sources = Discovery.sources(settings.configuration, ownPorts: [ownPort])
    Discovery.run(sources, process: process) { finding in
      Signals.queue.async {
        self.finding = finding
        if finding.models.isEmpty { return }
        for note in finding.notes { self.log.write(.info, "found " + note) }
        self.process.publish(self.makeSnapshot())
      }
    }
  }

  /// Reads the configuration again. All or nothing: an invalid file changes nothing and says why.
  func reload() {
    guard !settings.isZeroConfiguration else {
      return log.write(.info, "nothing to reload: there is no configuration file")
    }
    do {
      let fresh = try loader.load()
      noteWhatNeedsRestart(fresh.configuration.server)
      settings = fresh
      process.publish(makeSnapshot())
      log.write(.info, "configuration reloaded", [("file", fresh.file ?? "")])
    } catch let error as ConfigurationError {
      for problem in error.problems { log.write(.error, "reload refused: \(problem)") }
    } catch {
      log.write(.error, "reload refused: \(error)")
    }
  }

  private func noteWhatNeedsRestart(_ server: ServerSettings) {
    let old = settings.configuration.server
    var comparable = server
    comparable.corsOrigins = old.corsOrigins
    comparable.limits.eventBytes = old.limits.eventBytes
    if comparable != old {
      log.write(.warning, "changes to server.listen, loops, limits and drain_seconds take effect at the next start")
    }
  }
}

import Catalog
import Commands
import Configuration
import Core
import EventLoop
import Gateway

/// What `serve` remembers between start, discovery and reloads.
///
/// `@unchecked Sendable`: after the start it is touched on the signal queue only, to which discovery hands its finding.
final class ServeState: @unchecked Sendable {
  let process: GatewayProcess
  private let load: Load
  private let keeper: BookKeeper
  private let listen: String
  private let isLoopback: Bool
  private let loops: Int
  private let log: Log
  private var loaded: LoadedConfiguration
  private var builtIn: DemoOffer?
  private var finding = Discovery.Finding()

  /// Reads the file at a path again, to take the place of what is in force.
  typealias Load =
    @Sendable (_ path: String, _ inForce: AccessSettings) throws(ConfigurationError) -> LoadedConfiguration

  init(
    load: @escaping Load, loaded: LoadedConfiguration, keeper: BookKeeper, bound: SocketAddress,
    process: GatewayProcess, log: Log
  ) {
    isLoopback = bound.isLoopback
    loops = process.loops.count
    self.load = load
    self.loaded = loaded
    self.keeper = keeper
    listen = bound.description
    self.process = process
    self.log = log
  }

  /// Adds the built-in provider. Before the start only.
  func add(_ offer: DemoOffer) { builtIn = offer }

  /// The snapshot of what is known now.
  func makeSnapshot() -> GatewaySnapshot {
    var configuration = loaded.configuration
    if let builtIn { configuration.add(builtIn) }
    configuration.providers += finding.providers
    let catalog = CatalogSnapshot.build(
      configuration: configuration, shipped: loaded.shipped, discovered: finding.models)
    return GatewaySnapshot(
      configuration: configuration, catalog: catalog, listen: listen, loops: loops)
  }

  /// Looks for models of local servers and of OpenRouter; what answers is published.
  func discover(ownPort: Int) {
    let sources = Discovery.sources(loaded.configuration, ownPorts: [ownPort])
    Discovery.run(sources, process: process) { finding in
      Signals.queue.async {
        self.finding = finding
        if finding.models.isEmpty { return }
        for note in finding.notes { self.log.write(.info, "found " + note) }
        self.process.publish(self.makeSnapshot())
      }
    }
  }

  /// Reads the file that was read at the start again, and never another one. All or nothing: a file that is invalid or gone
  /// changes nothing and says why.
  func reload() {
    guard case .file(let path) = loaded.source else {
      return log.write(.info, "nothing to reload: there is no configuration file")
    }
    do throws(ConfigurationError) {
      let fresh = try load(path, loaded.configuration.access)
      guard fresh.configuration.access.requireKey || isLoopback else {
        return log.write(
          .error, "reload refused: it would drop the keys of a gateway that other machines can reach (\(listen))")
      }
      noteWhatNeedsRestart(fresh.configuration)
      do {
        try keeper.adopt(fresh.configuration.access)
      } catch {
        return log.write(.error, "reload refused: the store cannot take the keys: \(error)")
      }
      loaded = fresh
      process.publish(makeSnapshot())
      keeper.republish()
      log.write(.info, "configuration reloaded", [("file", path)])
    } catch {
      for problem in error.problems { log.write(.error, "reload refused: \(problem)") }
    }
  }

  private func noteWhatNeedsRestart(_ fresh: Configuration) {
    let old = loaded.configuration.server
    var comparable = fresh.server
    if fresh.storage != loaded.configuration.storage
      || fresh.access.freeLimits != loaded.configuration.access.freeLimits
    {
      log.write(.warning, "changes to storage and access.free_limits take effect at the next start")
    }
    comparable.corsOrigins = old.corsOrigins
    comparable.limits.eventBytes = old.limits.eventBytes
    if comparable != old {
      log.write(.warning, "changes to server.listen, loops, limits and drain_seconds take effect at the next start")
    }
  }
}

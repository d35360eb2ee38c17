import Administration
import Catalog
import Commands
import Configuration
import Core
import Dispatch
import EventLoop
import Gateway
import Glibc
import HTTPServer
import Ledger
import UpstreamCurl

/// `patchbay serve`: starts the gateway, prints how to reach it, and runs it until a signal ends it.
struct Serve {
  /// `--config`.
  var configPath: String?
  /// `--listen`.
  var listen: String?
  /// The process's environment.
  var environment: [String: String]

  /// Runs the gateway until it is told to end.
  static func run(_ options: ServeOptions, environment: [String: String], terminal: Terminal) -> ExitCode {
    Serve(configPath: options.config, listen: options.listen, environment: environment).run()
  }

  /// Runs in the foreground: success after an orderly end, `wrong` when it could not start.
  private func run() -> ExitCode {
    let log = Log(descriptor: 2, minimum: LogLevel(name: environment["PATCHBAY_LOG"]) ?? .info)
    defer { log.flush(milliseconds: 500) }
    do {
      try start(log)
      return .success
    } catch let error as ConfigurationError {
      Stderr.write(error.description + "\n")
    } catch let error as StoreError {
      Stderr.write("patchbay: \(error)\n")
    } catch let error as GatewayError {
      Stderr.write("patchbay: \(error.message)\n")
    } catch {
      Stderr.write("patchbay: \(error)\n")
    }
    return .wrong
  }

  private func start(_ log: Log) throws {
    harden(log)
    try RouteTable.check()
    let signals = Signals(log: log)
    let loaded = try LoadedConfiguration.load(config: configPath, listen: listen, environment: environment)
    let (descriptors, bound) = try ListenSocket.open(loaded.configuration.server)
    let opened = try OpenBooks.open(loaded.configuration, log)
    let generated = try FirstStart.keys(
      loaded.configuration.access, stored: try opened.store.keys(changedAfter: 0), opened.store,
      now: WallClock.seconds())
    let keeper = try BookKeeper(opened, loaded.configuration.access, log: log)
    let desk = AdministrationDesk(
      store: opened.store, accounts: opened.books.accounts,
      running: RunningBooks(
        adopt: { () throws(StoreError) in try keeper.takeChanges() },
        fold: { () throws(StoreError) in try keeper.foldNow() }))
    let memory = loaded.configuration.server.limits.memoryBytes ?? ProcessLimits.memoryBytes
    let pressure = Pressure(memoryBytes: memory)
    let process = try GatewayProcess(
      loopCount: descriptors.count, books: opened.books, desk: desk, pressure: pressure, log: log)
    let reload: ServeState.Load = { [self] (path, inForce) throws(ConfigurationError) in
      try LoadedConfiguration.load(config: path, listen: listen, environment: environment, inForce: inForce)
    }
    let state = ServeState(load: reload, loaded: loaded, keeper: keeper, bound: bound, process: process, log: log)
    if loaded.source == .none { state.add(try DemoProvider.attach(to: process, log)) }
    try serve(state, descriptors, loaded.configuration.server.limits, keeper.keys, log)
    keeper.start { state.process.publish($0) }
    Banner.print(loaded, bound: bound, generated: generated, catalog: state.makeSnapshot().catalog)
    if loaded.source == .none { state.discover(ownPort: bound.port) }
    let quiet = QuietMemory(process.loops)
    let watch = MemoryWatch(pressure, loops: process.loops, limit: memory, log: log)
    defer {
      quiet.stop()
      watch.stop()
    }
    // The loops run until the process has ended; what lives on them must not be torn down under them by this thread.
    _ = Unmanaged.passRetained(state)
    signals.onReload { state.reload() }
    signals.waitForTermination()
    drain(process, seconds: loaded.configuration.server.drainSeconds, log)
    process.closeBooks()
    keeper.end()
  }

  private func drain(_ process: GatewayProcess, seconds: Int, _ log: Log) {
    let cut = process.drain(seconds: seconds) {
      log.write(.info, "draining: nothing more is accepted, what runs may finish within \(seconds) s")
    }
    log.write(.info, cut == 0 ? "drained" : "drained; \(cut) requests were cut at the deadline")
  }

  private func serve(
    _ state: ServeState, _ descriptors: [Int32], _ limits: LimitSettings, _ keys: KeyTable, _ log: Log
  ) throws {
    warnAboutLimits(limits, log)
    let options = CurlTransport.Options(
      certificateAuthorities: ["CURL_CA_BUNDLE", "SSL_CERT_FILE"].lazy.compactMap { environment[$0] }
        .first { !$0.isEmpty },
      userAgent: "patchbay/" + ProductVersion.current)
    try state.process.serve(
      descriptors: descriptors, limits: Serve.limits(limits, loops: descriptors.count), snapshot: state.makeSnapshot(),
      keys: keys
    ) { loop in try WireTransport(loop, options: options) }
  }

  /// Secrets stay out of core dumps; a closed pipe is an error value, not a signal; files are ours alone.
  private func harden(_ log: Log) {
    signal(SIGPIPE, SIG_IGN)
    // A limit on file sizes is an error of the write, which the books handle.
    signal(SIGXFSZ, SIG_IGN)
    umask(0o077)
    _ = ProcessLimits.forbidDumps()
    ProcessLimits.tuneAllocator()
  }

  private func warnAboutLimits(_ limits: LimitSettings, _ log: Log) {
    let open = ProcessLimits.raiseOpenFiles()
    // A caller's connection and one to a provider for each, and what the process itself holds.
    let wanted = Int64(limits.connections) * 2 + 64
    if open >= 0, open < wanted {
      log.write(
        .warning,
        "the limit of open files is \(open); \(limits.connections) connections may need \(wanted). Raise it with ulimit -n"
      )
    }
  }

  private static func limits(_ settings: LimitSettings, loops: Int) -> ServerLimits {
    var limits = ServerLimits()
    limits.bodyBytes = settings.bodyBytes
    limits.headerBytes = settings.headerBytes
    limits.headerFields = settings.headerFields
    limits.connections = max(1, (settings.connections + loops - 1) / loops)
    limits.headerSeconds = settings.headerSeconds
    limits.bodySeconds = settings.bodySeconds
    limits.idleSeconds = settings.idleSeconds
    limits.writeSeconds = settings.writeSeconds
    return limits
  }
}

import Catalog
import Commands
import Configuration
import Core
import Dispatch
import EventLoop
import Gateway
import HTTPServer
import JSON
import Simulator
import Synchronization
import UpstreamCurl

/// Plays the checks of `doctor --faults`: a simulator in place of every provider and a gateway in front of it, on free
/// loopback ports of this process, and real requests to that gateway.
struct FaultRun {
  /// Longest wait for one answer. Unit: milliseconds. More than a request may take at the pace of a stage.
  private static let patience = 30_000
  /// Largest answer. Unit: bytes.
  private static let answerLimit = 1 << 20

  private let stage: FaultStage
  private let director: FaultDirector
  private let network: Network
  private let address: String

  /// Sets a stage and plays it to the end. Throws what keeps the simulator or the gateway from starting.
  static func play(_ stage: FaultStage, environment: [String: String]) throws -> [FaultResult] {
    _ = ProcessLimits.raiseOpenFiles()
    let log = Log(descriptor: 2, minimum: LogLevel(name: environment["PATCHBAY_LOG"]) ?? .error)
    let director = try FaultDirector(stage)
    // One loop for both: what the simulator notes of an answer is noted before the answer is read.
    let books = try TemporaryBooks()
    defer { books.remove() }
    let process = try GatewayProcess(
      loopCount: 1, books: books.books, desk: nil, pressure: Pressure(memoryBytes: ProcessLimits.memoryBytes), log: log)
    let simulated = try startSimulator(stage, director, process.loops[0], log)
    let bound = try startGateway(stage, simulator: simulated, process, log)
    let run = FaultRun(
      stage: stage, director: director, network: Network(environment: environment), address: "\(bound)")
    let results = run.results()
    _ = process.drain(seconds: 0) {}
    for loop in process.loops { loop.stop() }
    return results
  }

  private static func freePort() throws -> (descriptor: Int32, bound: SocketAddress) {
    let (descriptors, bound) = try ListenSocket.open("127.0.0.1:0", loops: 1)
    return (descriptors[0], bound)
  }

  private static func startSimulator(
    _ stage: FaultStage, _ director: FaultDirector, _ loop: EventLoop, _ log: Log
  ) throws -> SocketAddress {
    var options = SimulatorOptions()
    options.models = stage.places.map(\.upstreamModel)
    options.ttftMilliseconds = 0
    options.tokensPerSecond = 0
    options.decide = { _, model in director.faults(for: model) }
    options.onRequest = { director.note($0) }
    let simulator = Simulator(options: options, log: log)
    let (descriptor, bound) = try freePort()
    try GatewayProcess.run(on: loop) { () throws in try simulator.attach(to: loop, descriptor: descriptor) }
    return bound
  }

  private static func startGateway(
    _ stage: FaultStage, simulator: SocketAddress, _ process: GatewayProcess, _ log: Log
  ) throws -> SocketAddress {
    let configuration = stage.configuration(simulator: "\(simulator)")
    let (descriptor, bound) = try freePort()
    let snapshot = GatewaySnapshot(
      configuration: configuration,
      catalog: CatalogSnapshot.build(configuration: configuration, shipped: ShippedCatalog(), discovered: []),
      listen: "\(bound)", loops: 1)
    let options = CurlTransport.Options(
      certificateAuthorities: nil, userAgent: "patchbay/" + ProductVersion.current)
    try process.serve(descriptors: [descriptor], limits: ServerLimits(), snapshot: snapshot, keys: KeyTable()) {
      loop in
      try WireTransport(loop, options: options)
    }
    return bound
  }

  // MARK: Checks

  /// The checks of one fault are played beside each other, since each has endpoints of its own; the faults one after the
  /// other, so that a busy machine does not look like a slow provider.
  private func results() -> [FaultResult] {
    var results: [FaultResult] = []
    for fault in grouped() {
      let finished = Mutex([FaultResult?](repeating: nil, count: fault.count))
      DispatchQueue.concurrentPerform(iterations: fault.count) { number in
        let result = result(fault[number])
        finished.withLock { $0[number] = result }
      }
      results += finished.withLock { $0.compactMap(\.self) }
    }
    return results
  }

  private func grouped() -> [[FaultStage.Check]] {
    var groups: [[FaultStage.Check]] = []
    for check in stage.checks {
      if groups.last?.first?.fault == check.fault {
        groups[groups.count - 1].append(check)
      } else {
        groups.append([check])
      }
    }
    return groups
  }

  private func result(_ check: FaultStage.Check) -> FaultResult {
    let start = MonotonicTime.read()
    var judged: [(verdict: FaultVerdict, words: String)] = []
    for _ in 0..<check.fault.requests {
      let observation = ask(check)
      let account = check.fault.audit == .accounts ? director.account(check) : nil
      judged.append(
        observation.judged(expecting: FaultStage.prompt, isStream: check.fault.isStream, account: account))
    }
    return FaultResult(
      judged, attempts: director.arrivals(check), milliseconds: MonotonicTime.read().milliseconds(since: start))
  }

  private func ask(_ check: FaultStage.Check) -> FaultObservation {
    let models = check.requestedModels
    let message: JSONValue = .object([("role", .string("user")), ("content", .string(FaultStage.prompt))])
    let body: JSONValue = .object([
      models.count == 1 ? ("model", .string(models[0])) : ("models", .array(models.map(JSONValue.string))),
      ("messages", .array([message])), ("stream", .bool(check.fault.isStream)),
    ])
    let (answer, problem) = network.post(
      "http://\(address)/v1/chat/completions", body.serialized(), byteLimit: FaultRun.answerLimit,
      milliseconds: FaultRun.patience)
    guard answer.head.status > 0 else { return FaultObservation(problem: problem?.description ?? "no answer") }
    return FaultObservation(
      status: answer.head.status, contentType: answer.head.contentType, retryAfter: answer.head.retryAfter,
      body: answer.body, problem: problem?.description)
  }
}

import Core
import EventLoop
import HTTPServer
import JSON
import Synchronization

/// A stand-in for a provider: speaks the wire formats of all dialects over HTTP, answers deterministically, and misbehaves exactly
/// as told. One of it may serve several loops; script, chance and log are shared behind locks.
package final class Simulator: Sendable {
  private struct State {
    var script: [FaultList]
    var generator: SeededGenerator
    /// What is in the caches of prompts.
    var cached: Set<UInt64> = []
    /// Access tokens handed out, with the second since 1970 in which they end.
    var tokens: [String: Int64] = [:]
    var tokenGenerator: SeededGenerator
    /// Requests so far, by path and model, where a fault counts them.
    var counts: [String: Int] = [:]
  }

  /// How it behaves.
  let options: SimulatorOptions
  /// What it has received.
  let requests = RequestLog()
  private let log: Log?
  private let state: Mutex<State>

  /// A simulator that serves nothing until `attach`.
  package init(options: SimulatorOptions, log: Log?) {
    self.options = options
    self.log = log
    state = Mutex(
      State(
        script: options.script, generator: SeededGenerator(seed: options.seed),
        tokenGenerator: SeededGenerator(text: "tokens", seed: options.seed)))
  }

  /// Serves on a listening socket, which it owns from now on, for as long as the loop runs. Called on the loop.
  /// Throws `SystemFailure`.
  package func attach(to loop: EventLoop, descriptor: Int32) throws {
    var limits = ServerLimits()
    limits.bodyBytes = 256 << 20
    let handler = SimulatorHandler(self, loop: loop)
    _ = try HTTPServer(loop, descriptor: descriptor, limits: limits, handler: handler, log: log)
  }

  /// Replaces what is left of the script.
  func setScript(_ script: [FaultList]) { state.withLock { $0.script = script } }

  /// Begins all counts of requests anew and empties the caches of prompts.
  func resetCounts() {
    state.withLock { state in
      state.counts = [:]
      state.cached = []
    }
  }

  /// What the access tokens of the simulator begin with.
  private static let tokenPrefix = "ya29.simulator-"
  /// Most access tokens remembered; beyond that the ended ones are forgotten.
  private static let tokenCapacity = 10_000

  /// Hands out an access token.
  func issueToken() -> String {
    let end = WallClock.seconds() + options.tokenSeconds
    return state.withLock { state in
      if state.tokens.count >= Simulator.tokenCapacity {
        let now = WallClock.seconds()
        state.tokens = state.tokens.filter { $0.value > now }
      }
      let token = Simulator.tokenPrefix + String(state.tokenGenerator.next(), radix: 36)
      state.tokens[token] = end
      return token
    }
  }

  /// Makes all access tokens invalid.
  func revokeTokens() { state.withLock { $0.tokens = [:] } }

  /// Whether an access token is good: one of the simulator's that has not ended, or, where no key is needed, any that is
  /// not its own.
  func accepts(token: String) -> Bool {
    if token.hasPrefix(Simulator.tokenPrefix) {
      return state.withLock { ($0.tokens[token] ?? 0) > WallClock.seconds() }
    }
    return options.apiKey.map { $0 == token } ?? true
  }

  /// Most prompts in the caches; beyond that they are emptied.
  private static let cacheCapacity = 100_000

  /// Looks a prompt up in the caches and puts it there, up to its marks: what lies before the last mark known is read, what
  /// lies between that and the last mark is written.
  func lookUp(_ marks: [PromptMeter.Mark]) -> (read: Int, written: Int) {
    guard let last = marks.last else { return (0, 0) }
    return state.withLock { state in
      if state.cached.count > Simulator.cacheCapacity { state.cached = [] }
      let read = marks.last { state.cached.contains($0.digest) }?.tokens ?? 0
      state.cached.formUnion(marks.map(\.digest))
      return (read, last.tokens - read)
    }
  }

  /// Throws when it does not serve the model.
  func check(model: String) throws(Problem) {
    let base = ModelName.base(model)
    guard !options.models.contains(where: { ModelName.base($0) == base }) else { return }
    throw .model(model)
  }

  /// The faults of the next request: those in the model's name, the decision of the options, the script's and chance's.
  func faults(_ named: FaultList, path: String, model: String) -> FaultList {
    var faults = named
    if let decide = options.decide { faults.merge(decide(path, model)) }
    faults.merge(nextFaults())
    guard faults.has(.first) || faults.has(.flap) else { return faults }
    let earlier = state.withLock { state in
      defer { state.counts[path + " " + model, default: 0] += 1 }
      return state.counts[path + " " + model, default: 0]
    }
    if let first = faults.number(.first), earlier >= first { return FaultList() }
    if let count = faults.number(.flap) {
      if (earlier / count).isMultiple(of: 2) {
        faults.set(.status, faults.number(.status) ?? 503)
      } else {
        faults.remove(.status)
      }
    }
    return faults
  }

  /// What the script and chance have for the next request.
  private func nextFaults() -> FaultList {
    state.withLock { state in
      if !state.script.isEmpty { return state.script.removeFirst() }
      var faults = FaultList()
      if options.failRate > 0, Double.random(in: 0..<1, using: &state.generator) < options.failRate {
        faults.set(.status, options.failStatus)
      }
      return faults
    }
  }
}

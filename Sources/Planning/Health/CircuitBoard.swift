import Catalog
import Core
import Synchronization

/// What all loops know about every endpoint: whether its circuit is open, until when it limits us, and who is trying it
/// out. Shared by all loops; reading costs a relaxed load, and a lock is taken only when a catalogue is adopted.
package final class CircuitBoard: Sendable {
  private struct Cells {
    var endpoints: [String: CircuitCell] = [:]
    var providers: [String: ProviderCell] = [:]
  }

  private let cells = Mutex(Cells())

  /// A board on which everything is well.
  package init() {}

  /// The cell of an endpoint; the same one for the same provider, tag and model across reloads.
  func cell(_ endpoint: CatalogEndpoint) -> CircuitCell {
    cells.withLock { cells in
      if let cell = cells.endpoints[endpoint.identity] { return cell }
      let cell = CircuitCell()
      cells.endpoints[endpoint.identity] = cell
      return cell
    }
  }

  /// The cell of a provider.
  func providerCell(_ slug: String) -> ProviderCell {
    cells.withLock { cells in
      if let cell = cells.providers[slug] { return cell }
      let cell = ProviderCell()
      cells.providers[slug] = cell
      return cell
    }
  }
}

/// What all loops know about a provider's credentials.
final class ProviderCell: Sendable {
  /// Until when endpoints of this provider are tried last, because it refused our credentials. Unit: nanoseconds of the
  /// monotonic clock; 0: it did not.
  let refusedUntil = Atomic<Int64>(0)
}

/// The shared state of one endpoint. All times are nanoseconds of the monotonic clock; 0 means none.
final class CircuitCell: Sendable {
  /// How long a circuit stays open before the first probe, and before each further one. Unit: nanoseconds. Source: the
  /// contract asks for a probe within 10 s; the first comes earlier, because most failures pass quickly.
  private static let firstPause: Int64 = 5_000_000_000
  private static let furtherPause: Int64 = 9_000_000_000
  /// How long a probe may take before another one may start. Unit: nanoseconds. Longer than the time to a first token
  /// that the contract's deadlines allow while another endpoint remains.
  private static let probeTime: Int64 = 30_000_000_000
  /// Failures in a row that open a circuit (contract section 3).
  static let failuresInRow: UInt32 = 5
  /// Attempts from which on a rate of failures opens a circuit (contract section 3).
  static let rateMinimum: UInt32 = 10

  /// When an open circuit may be probed; 0: it is closed.
  private let openUntil = Atomic<Int64>(0)
  /// Until when the provider asked us to wait. The last bit tells why: 1 for an overload, 0 for a rate limit.
  private let limitedUntil = Atomic<Int64>(0)
  /// Until when a probe is under way; 0: none is.
  private let probe = Atomic<Int64>(0)
  /// Failures since the last success.
  private let consecutive = Atomic<UInt32>(0)
  /// How often the circuit was closed; failures before that count no more for the rate.
  private let closings = Atomic<UInt32>(0)

  /// What stands in the way of an attempt.
  enum State: Equatable {
    /// Nothing.
    case closed
    /// It has failed too often.
    case open(until: Int64)
    /// The next attempt finds out whether it works again.
    case probeFree
    /// An attempt is finding out.
    case probing(until: Int64)
    /// The provider asked us to wait: because we ask too often, or because it is overloaded.
    case limited(until: Int64, isOverload: Bool)
  }

  /// The state at an instant. A limit comes before anything else, since probing would break it.
  func state(at now: MonotonicTime) -> State {
    let limited = limitedUntil.load(ordering: .relaxed)
    if limited > now.nanoseconds { return .limited(until: limited & ~1, isOverload: limited & 1 == 1) }
    let open = openUntil.load(ordering: .relaxed)
    if open == 0 { return .closed }
    if open > now.nanoseconds { return .open(until: open) }
    let running = probe.load(ordering: .relaxed)
    return running > now.nanoseconds ? .probing(until: running) : .probeFree
  }

  /// The circuit by itself, for people.
  func circuit(at now: MonotonicTime) -> EndpointHealthView.Circuit {
    let open = openUntil.load(ordering: .relaxed)
    return open == 0 ? .closed : open > now.nanoseconds ? .open : .halfOpen
  }

  /// How often the circuit was closed.
  var generation: UInt32 { closings.load(ordering: .relaxed) }
  /// Whether the circuit is closed and nobody limits us; the common case, at two loads.
  var isQuiet: Bool {
    openUntil.load(ordering: .relaxed) == 0 && limitedUntil.load(ordering: .relaxed) == 0
  }

  /// Takes the probe slot. Returns what marks it as taken, or nil when another loop was quicker.
  func takeProbe(at now: MonotonicTime) -> Int64? {
    let running = probe.load(ordering: .relaxed)
    if running > now.nanoseconds { return nil }
    let deadline = now.nanoseconds + CircuitCell.probeTime
    let (exchanged, _) = probe.compareExchange(expected: running, desired: deadline, ordering: .relaxed)
    return exchanged ? deadline : nil
  }

  /// Gives the probe slot back, unless its time had passed and another probe has it now.
  func freeProbe(_ deadline: Int64) {
    _ = probe.compareExchange(expected: deadline, desired: 0, ordering: .relaxed)
  }

  /// An answer came: the failures in a row are over.
  func noteSuccess() {
    if consecutive.load(ordering: .relaxed) != 0 { consecutive.store(0, ordering: .relaxed) }
  }

  /// A failure came. Returns how many there have been in a row.
  func noteFailure() -> UInt32 { consecutive.wrappingAdd(1, ordering: .relaxed).newValue }

  /// Opens the circuit, or keeps it open after a failed probe.
  func open(at now: MonotonicTime, afterProbe: Bool) {
    let pause = afterProbe ? CircuitCell.furtherPause : CircuitCell.firstPause
    openUntil.store(now.nanoseconds + pause, ordering: .relaxed)
  }

  /// Closes the circuit after a success.
  func close() {
    guard openUntil.load(ordering: .relaxed) != 0 else { return }
    openUntil.store(0, ordering: .relaxed)
    consecutive.store(0, ordering: .relaxed)
    closings.wrappingAdd(1, ordering: .relaxed)
  }

  /// Whether the circuit is open or being probed.
  var isOpen: Bool { openUntil.load(ordering: .relaxed) != 0 }

  /// Notes that the provider asked us to wait, and why; of several such times the last one counts.
  func limit(until time: Int64, isOverload: Bool) {
    let marked = time & ~1 | (isOverload ? 1 : 0)
    if limitedUntil.load(ordering: .relaxed) < marked { limitedUntil.store(marked, ordering: .relaxed) }
  }
}

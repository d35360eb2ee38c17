import Catalog
import Core

/// One loop's knowledge of one endpoint. Belongs to that loop.
final class EndpointHealth {
  /// Fewest samples from which a percentile is taken (contract section 3).
  static let sampleMinimum: UInt32 = 5
  /// Throughput samples are kept in sixteenths.
  static let throughputScale = 16.0
  /// How long a result that took a pass over buckets is used again. Unit: nanoseconds.
  static let cacheTime: Int64 = 200_000_000

  /// As the current catalogue has it.
  var endpoint: CatalogEndpoint
  let cell: CircuitCell
  let providerCell: ProviderCell
  private let outageSeconds: Int
  var windows: HealthWindows?
  /// The other loops together.
  var remote: RemoteHealth?
  var inFlight = 0
  var totals = AttemptTotals()
  var slowness = Slowness()
  private(set) var oldestWaiting: AttemptTicket?
  private var newestWaiting: AttemptTicket?

  private var speeds: (firstToken: EndpointHealthView.Percentiles?, throughput: EndpointHealthView.Percentiles?)
  private var speedsUntil: Int64 = .min

  init(_ endpoint: CatalogEndpoint, cell: CircuitCell, providerCell: ProviderCell, outageSeconds: Int) {
    self.endpoint = endpoint
    self.cell = cell
    self.providerCell = providerCell
    self.outageSeconds = outageSeconds
  }

  /// The windows, made when they are first needed and begun anew for the circuit when it has been closed meanwhile.
  func liveWindows() -> HealthWindows {
    let generation = cell.generation
    guard let windows else {
      let made = HealthWindows(outageSeconds: outageSeconds, generation: generation)
      windows = made
      return made
    }
    if windows.generation != generation {
      windows.generation = generation
      windows.circuit.clear()
    }
    return windows
  }

  // MARK: Questions of the planner

  /// Whether the default order puts the endpoint last (contract section 3, outage).
  func isInOutage(at now: MonotonicTime) -> Bool {
    if providerCell.refusedUntil.load(ordering: .relaxed) > now.nanoseconds { return true }
    guard windows != nil || remote != nil else { return oldestWaiting != nil && isSlow(at: now) }
    windows?.outage.advance(to: now)
    var counts = windows?.outage.sum ?? AttemptCounts()
    if let remote { counts += remote.figures.outage }
    // Under 90 % success.
    if counts.failed > 0, UInt64(counts.succeeded) * 10 < UInt64(counts.total) * 9 { return true }
    return isSlow(at: now)
  }

  private func isSlow(at now: MonotonicTime) -> Bool {
    if let remote, remote.figures.slowUntil > now.nanoseconds { return true }
    if slowness.until > now.nanoseconds { return true }
    guard slowness.nextLook <= now.nanoseconds else { return false }
    return slowness.look(self, at: now, outageSeconds: outageSeconds)
  }

  /// Percentiles of the first-token time, at most 200 ms old. Unit: milliseconds.
  func firstToken(at now: MonotonicTime) -> EndpointHealthView.Percentiles? {
    if now.nanoseconds >= speedsUntil { measure(at: now) }
    return speeds.firstToken
  }

  /// Percentiles of the speed, at most 200 ms old. Unit: tokens per second.
  func throughput(at now: MonotonicTime) -> EndpointHealthView.Percentiles? {
    if now.nanoseconds >= speedsUntil { measure(at: now) }
    return speeds.throughput
  }

  private func measure(at now: MonotonicTime) {
    windows?.firstToken.advance(to: now.nanoseconds)
    windows?.throughput.advance(to: now.nanoseconds)
    speeds.firstToken = EndpointHealth.percentiles(
      windows?.firstToken.sum, remote?.figures.firstToken, scale: 1, falls: false)
    speeds.throughput = EndpointHealth.percentiles(
      windows?.throughput.sum, remote?.figures.throughput, scale: 1 / EndpointHealth.throughputScale, falls: true)
    // While there is nothing, the next sample should show at once.
    let isKnown = speeds.firstToken != nil && speeds.throughput != nil
    speedsUntil = isKnown ? now.nanoseconds + EndpointHealth.cacheTime : .min
  }

  /// Percentiles from the good side: those of a measurement of which more is better fall from p50 to p99.
  static func percentiles(
    _ own: Histogram?, _ others: Histogram?, scale: Double, falls: Bool
  ) -> EndpointHealthView.Percentiles? {
    guard var sum = own ?? others, sum.total &+ (own == nil ? 0 : others?.total ?? 0) >= sampleMinimum else {
      return nil
    }
    if own != nil, let others { sum += others }
    let low = sum.quantiles(falls ? (0.01, 0.05, 0.1, 0.25) : (0.5, 0.75, 0.9, 0.95))
    let last = sum.quantile(falls ? 0.5 : 0.99)
    return falls
      ? EndpointHealthView.Percentiles(
        p50: last * scale, p75: low.3 * scale, p90: low.2 * scale, p95: low.1 * scale, p99: low.0 * scale)
      : EndpointHealthView.Percentiles(
        p50: low.0 * scale, p75: low.1 * scale, p90: low.2 * scale, p95: low.3 * scale, p99: last * scale)
  }

  // MARK: Attempts that wait for a first token

  /// Adds an attempt at the young end.
  func startWaiting(_ ticket: AttemptTicket) {
    ticket.isWaiting = true
    ticket.previousWaiting = newestWaiting
    if let newestWaiting { newestWaiting.nextWaiting = ticket } else { oldestWaiting = ticket }
    newestWaiting = ticket
  }

  /// Takes an attempt out; nothing happens when it is out already.
  func stopWaiting(_ ticket: AttemptTicket) {
    guard ticket.isWaiting else { return }
    ticket.isWaiting = false
    let next = ticket.nextWaiting
    let previous = ticket.previousWaiting
    if let previous { previous.nextWaiting = next } else { oldestWaiting = next }
    if let next { next.previousWaiting = previous } else { newestWaiting = previous }
    ticket.nextWaiting = nil
    ticket.previousWaiting = nil
  }

  // MARK: Sums

  /// What this loop measured, as of `now`.
  func figures(at now: MonotonicTime) -> HealthFigures {
    var figures = HealthFigures()
    figures.inFlight = inFlight
    figures.totals = totals
    figures.slowUntil = slowness.until
    figures.generation = cell.generation
    guard let windows else { return figures }
    windows.advance(to: now)
    figures.outage = windows.outage.sum
    figures.generation = windows.generation
    figures.circuit = windows.circuit.sum
    figures.fiveMinutes = windows.fiveMinutes.sum
    figures.halfHour = windows.halfHour.sum
    figures.day = windows.day.sum
    figures.toolCalls = windows.toolCalls.sum
    if windows.firstToken.sum.total > 0 { figures.firstToken = windows.firstToken.sum }
    if windows.throughput.sum.total > 0 { figures.throughput = windows.throughput.sum }
    if windows.isEmpty, inFlight == 0 { self.windows = nil }
    return figures
  }

  /// Whether there is nothing to tell other loops.
  var isUntouched: Bool { windows == nil && inFlight == 0 && totals == AttemptTotals() && slowness.until == 0 }
}

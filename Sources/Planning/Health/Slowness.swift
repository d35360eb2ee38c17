import Core

/// Whether an endpoint has become much slower than it was: the second half of the contract's outage rule. A median first
/// token of the last 5 s above max(4 × its p99 of the 5 minutes before, 1 s).
///
/// An attempt that has waited longer than that without a first token counts as a slow one: its sample would come too
/// late. The p99 is kept while the endpoint is slow, so that slow answers do not make slowness ordinary, but for 5 minutes
/// at most, since an endpoint may stay slower for good.
struct Slowness {
  /// Factor over the p99, and least time that counts as slow. Unit: milliseconds. Source: contract section 3.
  private static let factor = 4.0
  private static let least = 1000.0
  /// Fewest slow answers that show anything: one or two may be large requests.
  private static let minimum: UInt32 = 3
  /// How long a p99 is kept. Unit: nanoseconds. Source: contract section 3, 5 minutes.
  private static let keepTime: Int64 = 300_000_000_000

  /// Until when the endpoint counts as too slow. Unit: nanoseconds; 0: it does not.
  private(set) var until: Int64 = 0
  /// Before this instant another look is not worth its time.
  private(set) var nextLook: Int64 = .min
  /// The p99 before it became slow. Unit: milliseconds.
  private var baseline: Double?
  private var baselineUntil: Int64 = 0

  /// Looks at the samples and at those who wait. Returns whether the endpoint is too slow; then it counts as such for
  /// the outage window.
  mutating func look(_ health: EndpointHealth, at now: MonotonicTime, outageSeconds: Int) -> Bool {
    nextLook = now.nanoseconds + EndpointHealth.cacheTime
    guard let windows = health.windows else { return false }
    windows.firstToken.advance(to: now.nanoseconds)
    windows.recentFirstToken.advance(to: now.nanoseconds)
    let recent = windows.recentFirstToken.sum
    if recent.total == 0, health.oldestWaiting == nil { return false }
    guard let ordinary = baseline(windows, now) else { return false }
    let limit = max(Slowness.factor * ordinary, Slowness.least)
    var slow = recent.count(above: limit)
    var waiting: UInt32 = 0
    var ticket = health.oldestWaiting
    // As many slow ones as there are samples make the median slow, whatever else waits.
    while let current = ticket, waiting <= recent.total + Slowness.minimum,
      Double(now.milliseconds(since: current.startedAt)) > limit
    {
      waiting += 1
      ticket = current.nextWaiting
    }
    slow += waiting
    guard slow >= Slowness.minimum, slow * 2 > recent.total + waiting else { return false }
    if until == 0 || baselineUntil <= now.nanoseconds { baselineUntil = now.nanoseconds + Slowness.keepTime }
    baseline = ordinary
    until = now.nanoseconds + Int64(outageSeconds) * 1_000_000_000
    return true
  }

  /// The p99 of the samples older than 5 s, or the one that is kept.
  private mutating func baseline(_ windows: HealthWindows, _ now: MonotonicTime) -> Double? {
    if let baseline, baselineUntil > now.nanoseconds { return baseline }
    var before = windows.firstToken.sum
    let recent = windows.recentFirstToken.sum
    guard before.total >= recent.total &+ EndpointHealth.sampleMinimum else { return nil }
    for bucket in 0..<LogScale.count where recent.counts[bucket] > 0 {
      before.remove(bucket, times: min(recent.counts[bucket], before.counts[bucket]))
    }
    baseline = nil
    return before.quantile(0.99)
  }
}

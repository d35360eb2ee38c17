import Core
import EventLoop
import Planning

/// Tells the other loops about once a second how well endpoints work: while something happens, and afterwards until what
/// they were told last is so old that it counts no more. Belongs to a loop.
final class HealthExchange {
  /// How often. Unit: milliseconds. Source: a provider that slows down must be left within 5 s (contract, outage rule).
  private static let interval: Int64 = 1000
  /// How often once failures no longer count, but latencies and speeds still do. Unit: milliseconds.
  private static let slowInterval: Int64 = 5000
  /// How long latencies and speeds count, and a little more. Unit: milliseconds. Source: contract, 5 minutes.
  private static let memory: Int64 = 310_000

  private let loop: EventLoop
  private let health: HealthTable
  private let tell: @Sendable (HealthSummary) -> Void
  private lazy var timer = LoopTimer(loop) { [weak self] in self?.send() }
  private var isArmed = false
  private var lastNews = MonotonicTime(nanoseconds: 0)

  /// An exchange that has nothing to tell yet. `tell` is called on the loop.
  init(_ loop: EventLoop, _ health: HealthTable, tell: @escaping @Sendable (HealthSummary) -> Void) {
    self.loop = loop
    self.health = health
    self.tell = tell
  }

  /// Something has happened at an endpoint. One store in most cases.
  func note() {
    lastNews = loop.now
    if isArmed { return }
    isArmed = true
    timer.arm(milliseconds: HealthExchange.interval)
  }

  private func send() {
    tell(health.summary(now: loop.now))
    let quiet = loop.now.milliseconds(since: lastNews)
    let failuresCount = Int64(health.outageSeconds + 2) * 1000
    isArmed = quiet < HealthExchange.memory
    if isArmed {
      timer.arm(milliseconds: quiet < failuresCount ? HealthExchange.interval : HealthExchange.slowInterval)
    }
  }
}

import EventLoop
import Planning

/// Tells the other loops about once a second how well endpoints work, while there is something to tell. Belongs to a loop.
final class HealthExchange {
  /// How often. Unit: milliseconds. Source: a provider that slows down must be left within 5 s (contract, outage rule).
  private static let interval: Int64 = 1000

  private let loop: EventLoop
  private let health: HealthTable
  private let tell: @Sendable (HealthSummary) -> Void
  private lazy var timer = LoopTimer(loop) { [weak self] in self?.send() }
  private var isArmed = false
  private var hasNews = false

  /// An exchange that has nothing to tell yet. `tell` is called on the loop.
  init(_ loop: EventLoop, _ health: HealthTable, tell: @escaping @Sendable (HealthSummary) -> Void) {
    self.loop = loop
    self.health = health
    self.tell = tell
  }

  /// Something has happened at an endpoint. One store in most cases.
  func note() {
    hasNews = true
    if isArmed { return }
    isArmed = true
    timer.arm(milliseconds: HealthExchange.interval)
  }

  private func send() {
    isArmed = false
    tell(health.summary(now: loop.now))
    guard hasNews else { return }
    hasNews = false
    // Once more after the last event, so that what has ended meanwhile is told too.
    isArmed = true
    timer.arm(milliseconds: HealthExchange.interval)
  }
}

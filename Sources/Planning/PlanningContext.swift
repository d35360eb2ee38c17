import Configuration
import Core

/// What a plan depends on besides the request and the catalogue. Without health and memory, as in `patchbay route`, every
/// endpoint counts as healthy and unmeasured.
package struct PlanningContext {
  /// The loop's knowledge of endpoints.
  package var health: HealthTable?
  /// The conversations.
  package var sticky: StickyTable?
  /// The instant of the decision.
  package var now: MonotonicTime
  /// Decides every draw; the same seed gives the same plan.
  package var seed: UInt64
  /// Most attempts in the plan. Source: `routing.retry.max_attempts`.
  package var maxAttempts: Int

  /// A context; without arguments, one in which nothing has happened yet.
  package init(
    health: HealthTable? = nil, sticky: StickyTable? = nil, now: MonotonicTime = MonotonicTime(nanoseconds: 0),
    seed: UInt64 = 0, maxAttempts: Int = RetrySettings().maxAttempts
  ) {
    self.health = health
    self.sticky = sticky
    self.now = now
    self.seed = seed
    self.maxAttempts = maxAttempts
  }
}

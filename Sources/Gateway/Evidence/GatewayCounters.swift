import Ledger
import Synchronization

/// What all loops count together, for `/metrics`. Each count is one relaxed addition.
final class GatewayCounters: Sendable {
  /// Requests that ended with the whole answer.
  let complete = Atomic<Int>(0)
  /// Requests whose caller left first.
  let cancelled = Atomic<Int>(0)
  /// Answers that broke off after some of them had been sent.
  let truncated = Atomic<Int>(0)
  /// Requests that were answered with an error.
  let failed = Atomic<Int>(0)
  /// Answers that broke off at one endpoint and were finished by another.
  let rescued = Atomic<Int>(0)
  /// Second endpoints asked because the first was slow.
  let hedged = Atomic<Int>(0)
  /// Attempts started.
  let attempts = Atomic<Int>(0)
  /// Answers that cost more than was held for them.
  let overruns = Atomic<Int>(0)
  /// Requests under way.
  let underWay = Atomic<Int>(0)

  /// Adds to a count.
  static func add(_ count: borrowing Atomic<Int>, _ number: Int = 1) {
    count.wrappingAdd(number, ordering: .relaxed)
  }

  /// Counts the end of a request.
  func note(_ outcome: Outcome) {
    GatewayCounters.add(underWay, -1)
    switch outcome {
    case .complete: GatewayCounters.add(complete)
    case .rescued: GatewayCounters.add(rescued)
    case .cancelled: GatewayCounters.add(cancelled)
    case .truncated: GatewayCounters.add(truncated)
    case .failed, .unknown: GatewayCounters.add(failed)
    }
  }
}

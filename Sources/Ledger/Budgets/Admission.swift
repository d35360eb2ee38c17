import Core
import Synchronization

/// The instant of an admission, read once: the wall clock for windows in UTC, the monotonic clock for rates.
package struct AdmissionTime: Sendable, Hashable {
  /// Seconds since 1970.
  package var now: Int64
  /// Seconds of the monotonic clock.
  package var second: Int64

  /// An instant.
  package init(now: Int64, second: Int64) {
    self.now = now
    self.second = second
  }

  /// The instant of a loop's turn, or of the clock when none is given.
  package static func current(_ monotonic: MonotonicTime = .read()) -> AdmissionTime {
    AdmissionTime(milliseconds: WallClock.milliseconds(), monotonic)
  }

  /// An instant in milliseconds since 1970 and of the monotonic clock.
  package init(milliseconds: Int64, _ monotonic: MonotonicTime) {
    self.init(now: milliseconds / 1000, second: monotonic.nanoseconds / 1_000_000_000)
  }

  /// The UTC day. Unit: days since 1970.
  package var day: Int64 { UTCDay.of(seconds: now) }
}

/// What is to be admitted.
package struct AdmissionRequest: Sendable, Hashable {
  /// The upper bound of the cost; nil: no eligible endpoint has a price.
  package var bound: CostBound?
  /// About how many tokens the prompt has, for the rate: a quarter of its bytes.
  package var promptEstimate: Int64
  /// Whether it asks for a free variant.
  package var isFree: Bool

  /// A request.
  package init(bound: CostBound?, promptEstimate: Int64 = 0, isFree: Bool = false) {
    self.bound = bound
    self.promptEstimate = promptEstimate
    self.isFree = isFree
  }
}

/// The right to dispatch one request: what is held for it on the key, the account and the workspace, and its slot. Ends once,
/// by `settle` or `release`; whatever comes second does nothing. One that is forgotten is released when it is let go, and
/// counted in `Accounts.leakedHolds`, because somebody's code forgot it.
package final class Hold: Sendable {
  /// What is held: the upper bound of the cost.
  package let amount: Money
  private let key: KeyAccount
  private let account: Budget
  private let workspace: Budget?
  private let expectedTokens: Int64
  private let day: Int64
  private let leaks: LeakCount
  private let isEnded = Atomic<Bool>(false)

  init(
    _ amount: Money, key: KeyAccount, account: Budget, workspace: Budget?, expectedTokens: Int64, day: Int64,
    leaks: LeakCount
  ) {
    self.amount = amount
    self.account = account
    self.workspace = workspace
    self.key = key
    self.expectedTokens = expectedTokens
    self.day = day
    self.leaks = leaks
  }

  deinit {
    if end(cost: .zero, tokens: nil, second: nil) { leaks.count.wrappingAdd(1, ordering: .relaxed) }
  }

  /// Ends the hold with the true cost, and puts the tokens that were used in the place of those expected. False when it
  /// had ended before; then nothing changes.
  @discardableResult
  package func settle(cost: Money, tokens: Int64, time: AdmissionTime) -> Bool {
    end(cost: cost, tokens: tokens, second: time.second)
  }

  /// Ends the hold of a request that was never dispatched. False when it had ended before.
  @discardableResult
  package func release(time: AdmissionTime) -> Bool { end(cost: .zero, tokens: nil, second: time.second) }

  private func end(cost: Money, tokens: Int64?, second: Int64?) -> Bool {
    guard isEnded.compareExchange(expected: false, desired: true, ordering: .acquiringAndReleasing).exchanged else {
      return false
    }
    key.budget.settle(held: amount, cost: cost, admitted: day)
    account.settle(held: amount, cost: cost, admitted: day)
    workspace?.settle(held: amount, cost: cost, admitted: day)
    key.leave(expected: expectedTokens, used: tokens, second: second ?? .min)
    return true
  }
}

/// How many holds were forgotten; 0 unless there is a defect.
final class LeakCount: Sendable {
  let count = Atomic<Int>(0)
}

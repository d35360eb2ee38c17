import Core
import Synchronization

/// A limit on spending: most in a window.
package struct SpendingLimit: Sendable, Hashable {
  /// The most.
  package var amount: Money
  /// When spending begins again at zero; nil: never.
  package var reset: LimitReset?

  /// A limit.
  package init(_ amount: Money, reset: LimitReset?) {
    self.amount = amount
    self.reset = reset
  }
}

/// What one key, workspace or the account has spent, what is held for requests under way, and what it may spend. Safe from
/// any thread; every call takes its one lock for some tens of nanoseconds.
package final class Budget: Sendable {
  fileprivate struct State {
    var windows: SpendingWindows
    var limits: [SpendingLimit]
    var held = Money.zero
    var holds = 0
  }

  /// Why a hold was not given.
  package struct Shortage: Sendable, Hashable {
    /// The limit that is in the way, the broadest if several are.
    package let limit: SpendingLimit
    /// What is left of it, holds taken off; negative when more was spent.
    package let left: Money
    /// The day of the windows. Unit: days since 1970.
    package let day: Int64
  }

  private let state: Mutex<State>

  /// A budget with what was spent as of a day.
  package init(spending: Spending = Spending(), day: Int64, limits: [SpendingLimit] = []) {
    state = Mutex(State(windows: SpendingWindows(spending, day: day), limits: limits))
  }

  /// Replaces the limits; holds stay.
  package func setLimits(_ limits: [SpendingLimit]) { state.withLock { $0.limits = limits } }

  /// Whether anything limits it.
  package var isLimited: Bool { state.withLock { !$0.limits.isEmpty } }

  /// What came of asking for a hold.
  enum Answer {
    /// It is held.
    case held
    /// It passes a limit.
    case short(Shortage)
    /// There is a limit, and nobody knows what is asked for.
    case unknown
  }

  /// Holds `amount` unless spending, holds and it together would pass a limit: one step, whatever other threads do. A
  /// request that costs nothing passes while no more than the limit has been spent; one whose cost is not known only where
  /// there is no limit.
  func hold(_ amount: Money, today: Int64, isKnown: Bool = true) -> Answer {
    state.withLock { state in
      state.windows.advance(to: today)
      if !state.limits.isEmpty {
        if !isKnown { return .unknown }
        if let shortage = state.shortage(amount) { return .short(shortage) }
      }
      // Wraps only without a limit, where it decides nothing; settling wraps it back.
      state.held.units &+= amount.units
      state.holds += 1
      return .held
    }
  }

  /// Ends a hold; `cost` is what the request cost, nothing if it was not billed.
  func settle(held amount: Money, cost: Money, admitted: Int64) {
    state.withLock { state in
      state.held.units &-= amount.units
      state.holds -= 1
      if cost != .zero { state.windows.add(cost, admitted: admitted) }
    }
  }

  /// What it has spent and holds.
  package func standing(today: Int64) -> BudgetStanding {
    state.withLock { state in
      state.windows.advance(to: today)
      return BudgetStanding(
        spending: state.windows.spending, held: state.held, holds: state.holds, limits: state.limits)
    }
  }
}

extension Budget.State {
  /// The limit that `amount` does not fit into, the broadest first; nil when it fits.
  fileprivate func shortage(_ amount: Money) -> Budget.Shortage? {
    var found: Budget.Shortage?
    for limit in limits {
      let spent = windows.spending.spent(limit.reset)
      let committed = spent.adding(held) ?? Money(units: .max)
      let left = Money(units: limit.amount.units.subtractingReportingOverflow(committed.units).partialValue)
      let fits = amount == .zero ? left >= .zero : left >= amount
      if !fits, found == nil || limit.reset.breadth > (found?.limit.reset.breadth ?? 0) {
        found = Budget.Shortage(limit: limit, left: left, day: windows.day)
      }
    }
    return found
  }
}

extension LimitReset? {
  /// How long the window is, as an order.
  fileprivate var breadth: Int {
    switch self {
    case .daily: 1
    case .weekly: 2
    case .monthly: 3
    case nil: 4
    }
  }
}

/// What a budget has spent and holds at an instant.
package struct BudgetStanding: Sendable, Hashable {
  /// What has been spent.
  package let spending: Spending
  /// What is held for requests under way.
  package let held: Money
  /// How many requests that is.
  package let holds: Int
  /// What it may spend.
  package let limits: [SpendingLimit]

  /// What is left of the narrowest limit, holds not taken off; nil without a limit. Never negative.
  package var remaining: Money? {
    limits.map { Money(units: max(0, $0.amount.units - spending.spent($0.reset).units)) }.min()
  }
}

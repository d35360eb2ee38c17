import Core

/// Spending by the windows that limits know, moving with the calendar in UTC. Pure: the day is passed in. A clock that goes
/// back opens no window again.
package struct SpendingWindows: Sendable, Hashable {
  /// What has been spent.
  package private(set) var spending: Spending
  /// The day up to which it is kept. Unit: days since 1970.
  package private(set) var day: Int64

  /// What has been spent, as of a day.
  package init(_ spending: Spending = Spending(), day: Int64) {
    self.spending = spending
    self.day = day
  }

  /// Begins the windows anew that have ended before `today`.
  package mutating func advance(to today: Int64) {
    guard today > day else { return }
    spending.daily = .zero
    if UTCDay.monday(of: today) > day { spending.weekly = .zero }
    if UTCDay.firstOfMonth(of: today) > day { spending.monthly = .zero }
    day = today
  }

  /// Adds what a request cost that was admitted on `admitted`: it counts in the windows of that day, as far as they go on.
  package mutating func add(_ cost: Money, admitted: Int64) {
    spending.total = spending.total.adding(cost) ?? Money(units: .max)
    if admitted >= day { spending.daily = spending.daily.adding(cost) ?? Money(units: .max) }
    if admitted >= UTCDay.monday(of: day) { spending.weekly = spending.weekly.adding(cost) ?? Money(units: .max) }
    if admitted >= UTCDay.firstOfMonth(of: day) {
      spending.monthly = spending.monthly.adding(cost) ?? Money(units: .max)
    }
  }

  /// When the window of a limit begins anew. Unit: seconds since 1970; nil: never.
  package static func end(_ reset: LimitReset?, day: Int64) -> Int64? {
    switch reset {
    case .daily: (day + 1) * UTCDay.seconds
    case .weekly: (UTCDay.monday(of: day) + 7) * UTCDay.seconds
    case .monthly: UTCDay.firstOfNextMonth(of: day) * UTCDay.seconds
    case nil: nil
    }
  }
}

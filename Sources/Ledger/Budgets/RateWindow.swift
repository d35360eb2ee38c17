/// What happened in the last minute, in buckets of a second: never more than the limit in any 60 seconds. Pure: the clock
/// is passed in. Not for itself safe across threads; its owner has a lock.
package struct RateWindow: Sendable {
  private static let seconds: Int64 = 60
  private var counts = [Int64](repeating: 0, count: Int(RateWindow.seconds))
  private var newest: Int64 = .min
  /// The sum of the last minute, as of the last call.
  package private(set) var sum: Int64 = 0

  /// A minute in which nothing happened.
  package init() {}

  /// Lets pass what is older than a minute at `now`. Unit: whole seconds of a monotonic clock.
  package mutating func advance(to now: Int64) {
    guard now > newest else { return }
    if newest == .min || now - newest >= RateWindow.seconds {
      for index in counts.indices { counts[index] = 0 }
      sum = 0
    } else {
      for second in (newest + 1)...now {
        let index = RateWindow.index(second)
        sum -= counts[index]
        counts[index] = 0
      }
    }
    newest = now
  }

  /// Counts `amount` at the current second; negative: takes back, the latest first, and never below zero.
  package mutating func add(_ amount: Int64) {
    guard newest != .min else { return }
    if amount >= 0 {
      counts[RateWindow.index(newest)] += amount
      sum += amount
      return
    }
    var rest = amount
    for age in 0..<RateWindow.seconds where rest < 0 {
      let index = RateWindow.index(newest &- age)
      let change = max(rest, -counts[index])
      counts[index] += change
      sum += change
      rest -= change
    }
  }

  /// Seconds after which at most `limit - amount` is left in the window. Range: 1...60.
  package func wait(for amount: Int64, limit: Int64) -> Int64 {
    var left = sum
    for age in stride(from: RateWindow.seconds - 1, through: 0, by: -1) {
      left -= counts[RateWindow.index(newest &- age)]
      if left + amount <= limit { return RateWindow.seconds - age }
    }
    return RateWindow.seconds
  }

  private static func index(_ second: Int64) -> Int { Int((second % seconds + seconds) % seconds) }
}

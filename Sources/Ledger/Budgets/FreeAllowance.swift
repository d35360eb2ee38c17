import Synchronization

/// How many requests to free variants the account may send (reference section 5.8).
package struct FreeLimits: Sendable, Hashable {
  /// In any minute. Default: 20.
  package var perMinute: Int64
  /// On a UTC day while fewer credits than `threshold` were ever added. Default: 50.
  package var perDay: Int64
  /// On a UTC day afterwards. Default: 1000.
  package var perDayWithCredits: Int64
  /// Credits in USD that make the difference. Default: 10.
  package var threshold: Int64

  /// Limits; what is left out takes the reference's value.
  package init(perMinute: Int64 = 20, perDay: Int64 = 50, perDayWithCredits: Int64 = 1000, threshold: Int64 = 10) {
    self.perMinute = perMinute
    self.perDay = perDay
    self.perDayWithCredits = perDayWithCredits
    self.threshold = threshold
  }
}

/// Requests to free variants, counted for the whole account: more keys do not help. Safe from any thread.
final class FreeAllowance: Sendable {
  private struct State {
    var window = RateWindow()
    var day: Int64
    var count: Int64
    var perMinute: Int64
    var perDay: Int64
  }

  private let state: Mutex<State>

  /// An allowance of which `used` is used on `day`.
  init(perMinute: Int64, perDay: Int64, used: Int64, day: Int64) {
    state = Mutex(State(day: day, count: used, perMinute: perMinute, perDay: perDay))
  }

  /// Puts other limits in force.
  func setLimits(perMinute: Int64, perDay: Int64) {
    state.withLock { state in
      state.perMinute = perMinute
      state.perDay = perDay
    }
  }

  /// Counts a request or says which limit is in the way.
  func take(_ time: AdmissionTime) throws(Refusal) {
    let refusal: Refusal? = state.withLock { state in
      state.window.advance(to: time.second)
      if time.day > state.day {
        state.day = time.day
        state.count = 0
      }
      if state.count >= state.perDay {
        return .freeDay(limit: state.perDay, waitSeconds: max(1, (state.day + 1) * UTCDay.seconds - time.now))
      }
      if state.window.sum >= state.perMinute {
        return .freeRate(limit: state.perMinute, waitSeconds: state.window.wait(for: 1, limit: state.perMinute))
      }
      state.window.add(1)
      state.count += 1
      return nil
    }
    if let refusal { throw refusal }
  }

  /// Takes a request back that was refused for another reason.
  func giveBack() {
    state.withLock { state in
      state.window.add(-1)
      state.count = max(0, state.count - 1)
    }
  }
}

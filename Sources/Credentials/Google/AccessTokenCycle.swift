import Core

/// The life of one access token: when the one in hand is good, when the next is fetched, what follows a failed fetch. Does
/// no I/O and knows no clock: whoever holds it fetches when told to and reports each fetch's end exactly once, under a
/// deadline of its own. One owner; times are of the monotonic clock.
package struct AccessTokenCycle: Sendable {
  /// What a request that needs the token does now.
  package enum Need: Sendable {
    /// Goes on with the token.
    case use(Secret)
    /// Goes on with the token; the holder starts a fetch beside it.
    case useAndFetch(Secret)
    /// Waits; the holder starts a fetch.
    case fetch
    /// Waits for the fetch under way.
    case wait
    /// Fails: the last fetch did, and it is too early for the next.
    case fail(GatewayError)
  }

  /// Fetched this long before the end, or at half of a short life. Unit: milliseconds. The metadata server hands out the old
  /// token until five minutes before its end, so asking earlier would bring nothing new.
  package static let refreshMargin: Int64 = 225_000
  /// Not used any more this long before the end, or in the last quarter of a short life: a request under way must arrive
  /// with it, and clocks differ. Unit: milliseconds.
  package static let useMargin: Int64 = 20_000
  /// First and longest wait after failures in a row; each is twice the one before. Unit: milliseconds.
  package static let backoff: ClosedRange<Int64> = 1000...60_000
  /// Wait after the credentials were refused: someone has to act, and may do so on Google's side. Unit: milliseconds.
  package static let refusedBackoff: Int64 = 60_000
  /// Longest wait a server can ask for. Unit: milliseconds.
  package static let longestRetryAfter: Int64 = 300_000
  /// A token that the provider refuses this soon after it was issued is not fetched anew: the next would fare no better.
  /// Unit: milliseconds.
  package static let refusalAge: Int64 = 60_000

  private struct Held {
    var value: Secret
    var issued: MonotonicTime
    var refreshAt: MonotonicTime
    var unusableAt: MonotonicTime
  }

  private var held: Held?
  /// When the fetch under way was started.
  private var fetching: MonotonicTime?
  private var failures = 0
  private var failure: (error: GatewayError, until: MonotonicTime)?

  /// No token yet; the first need is a fetch.
  package init() {}

  /// Whether a fetch is under way.
  package var isFetching: Bool { fetching != nil }

  /// What a request does now. After `useAndFetch` and `fetch` a fetch counts as under way until `take` or `fail`.
  package mutating func need(at now: MonotonicTime) -> Need {
    guard let held, now < held.unusableAt else { return needWithoutToken(at: now) }
    guard now >= held.refreshAt, mayFetch(at: now) else { return .use(held.value) }
    fetching = now
    return .useAndFetch(held.value)
  }

  private mutating func needWithoutToken(at now: MonotonicTime) -> Need {
    held = nil
    if fetching != nil { return .wait }
    if let failure, now < failure.until {
      var error = failure.error
      error.retryAfterSeconds = Int((failure.until.milliseconds(since: now) + 999) / 1000)
      return .fail(error)
    }
    fetching = now
    return .fetch
  }

  private func mayFetch(at now: MonotonicTime) -> Bool {
    guard fetching == nil else { return false }
    return failure.map { now >= $0.until } ?? true
  }

  /// The fetch under way has brought a token. Its life is counted from the start of the fetch. Ignored when none is under
  /// way.
  package mutating func take(_ token: IssuedToken) {
    guard let started = fetching else { return }
    let lifetime = min(max(token.lifetimeSeconds, 1), Int64.max / 1_000_000_000) * 1000
    held = Held(
      value: token.value, issued: started,
      refreshAt: started.adding(milliseconds: lifetime - min(AccessTokenCycle.refreshMargin, lifetime / 2)),
      unusableAt: started.adding(milliseconds: lifetime - min(AccessTokenCycle.useMargin, lifetime / 4)))
    fetching = nil
    failures = 0
    failure = nil
  }

  /// The fetch under way has failed at `now`; those that wait for it fail too unless a token is still in hand. `spread`, a
  /// random number in 0...1, keeps gateways from asking in step. Ignored when none is under way.
  package mutating func fail(_ reason: TokenFailure, at now: MonotonicTime, spread: Double) {
    guard fetching != nil else { return }
    fetching = nil
    let longest = AccessTokenCycle.backoff.upperBound
    let doubled = min(AccessTokenCycle.backoff.lowerBound << Int64(min(failures, 16)), longest)
    failures = min(failures + 1, 16)
    let base = reason.isLasting ? AccessTokenCycle.refusedBackoff : doubled
    let part = spread.isFinite ? min(max(spread, 0), 1) : 1
    let own = base / 2 + Int64(Double(base / 2) * part)
    let asked = min(max(reason.retryAfterSeconds ?? 0, 0), AccessTokenCycle.longestRetryAfter / 1000) * 1000
    failure = (reason.error, now.adding(milliseconds: max(own, asked)))
  }

  /// The provider has refused this token (401) though it should be good: the clock stood still in a suspended machine, or
  /// the token was withdrawn. It is dropped and the next need is a fetch, unless it is fresh or no longer in hand. True when
  /// it was dropped: the request may be tried again with the next one.
  package mutating func drop(_ token: Secret, at now: MonotonicTime) -> Bool {
    guard let held, held.value == token, now.milliseconds(since: held.issued) >= AccessTokenCycle.refusalAge else {
      return false
    }
    self.held = nil
    return true
  }
}

import Core
import Synchronization

/// What the gateway remembers of one key while it runs: its spending, its rates, its requests under way. One object for
/// the life of the process, whatever happens to the key's limits. Safe from any thread.
package final class KeyAccount: Sendable {
  /// Limits other than spending.
  package struct Rates: Sendable, Hashable {
    /// Most requests in any minute; nil: no limit.
    package var requestsPerMinute: Int64?
    /// Most tokens in any minute; nil: no limit.
    package var tokensPerMinute: Int64?
    /// Most requests at a time; nil: no limit.
    package var maxConcurrent: Int64?

    /// Rates; what is left out is not limited.
    package init(requestsPerMinute: Int64? = nil, tokensPerMinute: Int64? = nil, maxConcurrent: Int64? = nil) {
      self.requestsPerMinute = requestsPerMinute
      self.tokensPerMinute = tokensPerMinute
      self.maxConcurrent = maxConcurrent
    }

    fileprivate var isEmpty: Bool { requestsPerMinute == nil && tokensPerMinute == nil && maxConcurrent == nil }
  }

  fileprivate struct State {
    var name: String
    var rates: Rates
    var requests: RateWindow?
    var tokens: RateWindow?
    var underWay: Int64 = 0
    var lastWorkspace: WorkspaceAccount?
  }

  /// The store's number of the key; 0 for whoever comes where no key is needed.
  package let number: Int64
  /// What it has spent and may spend.
  package let budget: Budget
  private let state: Mutex<State>

  /// The account of a key with what it has spent as of a day.
  package init(number: Int64, name: String, spending: Spending = Spending(), day: Int64) {
    self.number = number
    budget = Budget(spending: spending, day: day)
    state = Mutex(State(name: name, rates: Rates()))
  }

  /// Puts limits in force, for requests from now on.
  package func apply(name: String, _ limits: KeyLimits) {
    budget.setLimits(limits.limit.map { [SpendingLimit($0, reset: limits.reset)] } ?? [])
    let rates = Rates(
      requestsPerMinute: limits.requestsPerMinute, tokensPerMinute: limits.tokensPerMinute,
      maxConcurrent: limits.maxConcurrent)
    state.withLock { state in
      state.name = name
      state.rates = rates
      state.requests = rates.requestsPerMinute == nil ? nil : state.requests ?? RateWindow()
      state.tokens = rates.tokensPerMinute == nil ? nil : state.tokens ?? RateWindow()
    }
  }

  /// What people call the key.
  package var name: String { state.withLock { $0.name } }

  /// The workspace that its last request belonged to.
  var lastWorkspace: WorkspaceAccount? {
    get { state.withLock { $0.lastWorkspace } }
    set { state.withLock { $0.lastWorkspace = newValue } }
  }

  /// Requests under way.
  package var underWay: Int64 { state.withLock { $0.underWay } }

  /// Takes a slot, and counts a request with about `tokens` prompt tokens, or says which limit is in the way; then nothing
  /// is counted. `second` is of a monotonic clock.
  func enter(tokens: Int64, second: Int64) throws(Refusal) {
    let refusal: Refusal? = state.withLock { state in
      let refusal = state.rates.isEmpty ? nil : state.refusal(tokens: tokens, second: second)
      if refusal == nil {
        state.underWay += 1
        state.requests?.add(1)
        state.tokens?.add(tokens)
      }
      return refusal
    }
    if let refusal { throw refusal }
  }

  /// Gives the slot back and puts the tokens that were used into the place of those that were expected. A request that was
  /// never dispatched (`used` nil) is taken back altogether.
  func leave(expected: Int64, used: Int64?, second: Int64) {
    state.withLock { state in
      state.underWay -= 1
      state.requests?.advance(to: second)
      state.tokens?.advance(to: second)
      state.tokens?.add((used ?? 0) - expected)
      if used == nil { state.requests?.add(-1) }
    }
  }
}

extension KeyAccount.State {
  fileprivate mutating func refusal(tokens asked: Int64, second: Int64) -> Refusal? {
    if let limit = rates.maxConcurrent, underWay >= limit { return .concurrency(limit: limit) }
    if let limit = rates.requestsPerMinute {
      requests?.advance(to: second)
      if let window = requests, window.sum + 1 > limit {
        return .requestRate(limit: limit, waitSeconds: window.wait(for: 1, limit: limit))
      }
    }
    if let limit = rates.tokensPerMinute {
      tokens?.advance(to: second)
      if let window = tokens, window.sum + asked > limit {
        return .tokenRate(
          limit: limit, used: window.sum, asked: asked, waitSeconds: window.wait(for: asked, limit: limit))
      }
    }
    return nil
  }
}

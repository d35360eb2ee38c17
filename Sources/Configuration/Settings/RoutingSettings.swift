/// How endpoints are chosen and attempts are made.
package struct RoutingSettings: Sendable, Hashable {
  /// Whether a stream that breaks off is continued elsewhere.
  package enum StreamRescue: String, Sendable, CaseIterable {
    /// It ends with an error event.
    case off
    /// It is continued where that is possible.
    case auto
  }

  /// How often and how soon something is tried again.
  package var retry: RetrySettings
  /// How long an attempt may take.
  package var timeouts: TimeoutSettings
  /// How far back an endpoint's failures count when endpoints are ordered. Unit: seconds. Range: 1...300. Default: 30.
  package var outageSeconds: Int
  /// Default: `auto`.
  package var streamRescue: StreamRescue
  /// Starting a second endpoint when the first is slow to speak.
  package var hedge: HedgeSettings
  /// Preferences of every request that does not say otherwise.
  package var preferences: PreferenceMembers

  /// Settings; what is left out takes the default of the contract (section 2).
  package init(
    retry: RetrySettings = RetrySettings(), timeouts: TimeoutSettings = TimeoutSettings(), outageSeconds: Int = 30,
    streamRescue: StreamRescue = .auto, hedge: HedgeSettings = HedgeSettings(),
    preferences: PreferenceMembers = PreferenceMembers()
  ) {
    self.retry = retry
    self.timeouts = timeouts
    self.outageSeconds = outageSeconds
    self.streamRescue = streamRescue
    self.hedge = hedge
    self.preferences = preferences
  }
}

/// How often and how soon something is tried again.
package struct RetrySettings: Sendable, Hashable {
  /// Most attempts at one endpoint. Range: 1...10. Default: 2.
  package var attemptsPerEndpoint: Int
  /// Most attempts for one request over all models and endpoints. Range: 1...100. Default: 12.
  package var maxAttempts: Int
  /// Shortest and longest pause before the same endpoint is tried again. Unit: milliseconds. Range: 0...60,000.
  /// Default: 200...2,000.
  package var backoffMilliseconds: ClosedRange<Int>
  /// Longest wait for a `Retry-After` before a model is left. Unit: milliseconds. Range: 0...60,000. Default: 3,000.
  package var waitForModelMilliseconds: Int
  /// Extra attempts of the last 10 s at a model, as a part of its requests. Unit: percent. Range: 0...1,000. Default: 20.
  package var budgetPercent: Int
  /// Extra attempts in 10 s that are always possible. Range: 0...100,000. Default: 20.
  package var budgetFloor: Int

  /// Settings; what is left out takes the default of the contract (section 2).
  package init(
    attemptsPerEndpoint: Int = 2, maxAttempts: Int = 12, backoffMilliseconds: ClosedRange<Int> = 200...2000,
    waitForModelMilliseconds: Int = 3000, budgetPercent: Int = 20, budgetFloor: Int = 20
  ) {
    self.attemptsPerEndpoint = attemptsPerEndpoint
    self.maxAttempts = maxAttempts
    self.backoffMilliseconds = backoffMilliseconds
    self.waitForModelMilliseconds = waitForModelMilliseconds
    self.budgetPercent = budgetPercent
    self.budgetFloor = budgetFloor
  }
}

/// Starting a second endpoint when the first is slow to speak.
package struct HedgeSettings: Sendable, Hashable {
  /// Default: false.
  package var isEnabled: Bool
  /// Most hedged attempts, as a part of all requests. Unit: percent. Range: 0...100. Default: 3.
  package var maxExtraPercent: Int

  /// Settings; what is left out takes the default of the contract (section 2).
  package init(isEnabled: Bool = false, maxExtraPercent: Int = 3) {
    self.isEnabled = isEnabled
    self.maxExtraPercent = maxExtraPercent
  }
}

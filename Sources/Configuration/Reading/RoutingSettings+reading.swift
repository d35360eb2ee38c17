import Core
import JSON

extension RoutingSettings {
  /// The keys of `routing`.
  static let keys = ["retry", "timeouts", "outage", "stream_rescue", "hedge", "provider"]

  /// Reads `routing`.
  init(reading section: Section) {
    self.init()
    retry = RetrySettings(reading: section.section("retry", keys: RetrySettings.keys))
    timeouts = TimeoutSettings(reading: section.section("timeouts", keys: TimeoutSettings.keys))
    let outage = section.section("outage", keys: ["window_seconds"])
    outageSeconds = outage.integer("window_seconds", in: 1...300) ?? outageSeconds
    streamRescue = section.choice("stream_rescue", of: StreamRescue.self) ?? streamRescue
    let hedge = section.section("hedge", keys: ["enabled", "max_extra_percent"])
    self.hedge.isEnabled = hedge.flag("enabled") ?? self.hedge.isEnabled
    self.hedge.maxExtraPercent = hedge.integer("max_extra_percent", in: 0...100) ?? self.hedge.maxExtraPercent
    preferences = section.preferences("provider") ?? preferences
  }
}

extension Section {
  /// A `provider` object with the members of a request's.
  func preferences(_ key: String) -> PreferenceMembers? {
    guard has(key), let value = document(key) else { return nil }
    do throws(GatewayError) {
      return try PreferenceMembers(value, path: path(key))
    } catch {
      context.report(position(of: key), error.message, "write it as in the 'provider' object of a request")
      return nil
    }
  }
}

extension RetrySettings {
  /// The keys of `routing.retry`.
  static let keys = [
    "attempts_per_endpoint", "max_attempts", "backoff_ms", "wait_for_model_ms", "budget_percent", "budget_floor",
  ]

  /// Reads `routing.retry`.
  init(reading section: Section) {
    self.init()
    attemptsPerEndpoint = section.integer("attempts_per_endpoint", in: 1...10) ?? attemptsPerEndpoint
    maxAttempts = section.integer("max_attempts", in: 1...100) ?? maxAttempts
    backoffMilliseconds = section.integerRange("backoff_ms", in: 0...60_000) ?? backoffMilliseconds
    waitForModelMilliseconds = section.integer("wait_for_model_ms", in: 0...60_000) ?? waitForModelMilliseconds
    budgetPercent = section.integer("budget_percent", in: 0...1000) ?? budgetPercent
    budgetFloor = section.integer("budget_floor", in: 0...100_000) ?? budgetFloor
  }
}

extension TimeoutSettings {
  /// The keys of `routing.timeouts`.
  static let keys = [
    "connect_ms", "first_token_ms", "first_token_fallback_ms", "idle_ms", "idle_fallback_ms", "total_ms",
  ]

  /// Reads `routing.timeouts`.
  init(reading section: Section) {
    self.init()
    let range = 1...86_400_000
    connectMilliseconds = section.integer("connect_ms", in: range) ?? connectMilliseconds
    firstTokenMilliseconds = section.integer("first_token_ms", in: range) ?? firstTokenMilliseconds
    firstTokenFallbackMilliseconds =
      section.integer("first_token_fallback_ms", in: range) ?? firstTokenFallbackMilliseconds
    idleMilliseconds = section.integer("idle_ms", in: range) ?? idleMilliseconds
    idleFallbackMilliseconds = section.integer("idle_fallback_ms", in: range) ?? idleFallbackMilliseconds
    totalMilliseconds = section.integer("total_ms", in: range) ?? totalMilliseconds
  }
}

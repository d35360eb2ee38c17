extension RoutingSettings {
  /// The keys of `routing` that are read.
  static let keys = ["retry", "timeouts", "stream_rescue", "hedge"]
  /// Those of the contract that are not honoured yet.
  static let unsupportedKeys = ["outage"]

  private static let unsupportedRetryKeys = [
    "attempts_per_endpoint", "backoff_ms", "wait_for_model_ms", "budget_percent", "budget_floor",
  ]

  /// Reads `routing`.
  init(reading section: Section) {
    self.init()
    let retry = section.section(
      "retry", keys: ["max_attempts"], unsupported: RoutingSettings.unsupportedRetryKeys)
    maxAttempts = retry.integer("max_attempts", in: 1...100) ?? maxAttempts
    timeouts = TimeoutSettings(reading: section.section("timeouts", keys: TimeoutSettings.keys))
    if section.choice("stream_rescue", from: ["off", "auto"]) == "auto" {
      section.report("stream_rescue", "auto is not supported by this build yet", "set it to off, or remove it")
    }
    let hedge = section.section("hedge", keys: ["enabled", "max_extra_percent"])
    _ = hedge.integer("max_extra_percent", in: 0...100)
    if hedge.flag("enabled") == true {
      hedge.report("enabled", "true is not supported by this build yet", "set it to false, or remove 'hedge'")
    }
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

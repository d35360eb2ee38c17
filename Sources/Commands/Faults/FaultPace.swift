import Configuration

/// How much faster than in earnest `doctor --faults` runs: the waits of the user's configuration, divided so that the
/// whole scorecard takes less than half a minute.
package struct FaultPace: Sendable, Hashable {
  /// The longest silence that is waited out. Unit: milliseconds.
  private static let longestSilence = 1500
  /// No wait is made shorter than this: a busy machine needs it to answer at all. Unit: milliseconds.
  private static let shortestWait = 250
  /// The longest a request may take. Unit: milliseconds.
  private static let longestRequest = 15_000

  /// What the waits are divided by; 1: they are as configured.
  package let divisor: Int

  /// The pace for these timeouts.
  package init(_ timeouts: TimeoutSettings) {
    let longest = max(
      timeouts.firstTokenMilliseconds, timeouts.firstTokenFallbackMilliseconds, timeouts.idleMilliseconds,
      timeouts.idleFallbackMilliseconds)
    divisor = max(1, (longest + FaultPace.longestSilence - 1) / FaultPace.longestSilence)
  }

  /// The timeouts at this pace. Connecting is left as it is: nothing of it is waited for on a loopback address.
  package func timeouts(_ settings: TimeoutSettings) -> TimeoutSettings {
    TimeoutSettings(
      connectMilliseconds: settings.connectMilliseconds,
      firstTokenMilliseconds: scaled(settings.firstTokenMilliseconds),
      firstTokenFallbackMilliseconds: scaled(settings.firstTokenFallbackMilliseconds),
      idleMilliseconds: scaled(settings.idleMilliseconds),
      idleFallbackMilliseconds: scaled(settings.idleFallbackMilliseconds),
      totalMilliseconds: min(settings.totalMilliseconds, FaultPace.longestRequest))
  }

  /// The rules for attempts at this pace: pauses that were configured longer than usual are cut to the usual ones.
  package func retry(_ settings: RetrySettings) -> RetrySettings {
    var settings = settings
    let usual = RetrySettings()
    let pauses = settings.backoffMilliseconds
    settings.backoffMilliseconds =
      min(
        pauses.lowerBound, usual.backoffMilliseconds.lowerBound)...min(
        pauses.upperBound, usual.backoffMilliseconds.upperBound)
    settings.waitForModelMilliseconds = min(settings.waitForModelMilliseconds, usual.waitForModelMilliseconds)
    return settings
  }

  private func scaled(_ milliseconds: Int) -> Int {
    min(milliseconds, max(FaultPace.shortestWait, milliseconds / divisor))
  }
}

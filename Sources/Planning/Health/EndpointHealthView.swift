/// An endpoint's health over all loops, for documents, metrics and deadlines.
package struct EndpointHealthView: Sendable {
  /// Percentiles of a measurement, counted from the good side: pN is met or bettered by N % of requests.
  package struct Percentiles: Sendable, Equatable {
    /// The median.
    package var p50: Double
    /// Of three quarters.
    package var p75: Double
    /// Of nine tenths.
    package var p90: Double
    /// Of all but one in twenty.
    package var p95: Double
    /// Of all but one in a hundred.
    package var p99: Double
  }

  /// What the circuit lets through.
  package enum Circuit: String, Sendable {
    /// Everything.
    case closed
    /// Nothing.
    case open
    /// One attempt at a time.
    case halfOpen = "half_open"
  }

  /// Attempts under way.
  package var inFlight: Int
  /// Attempts since the start of the process.
  package var totals: AttemptTotals
  /// Successes and provider failures of the last 5 minutes, 30 minutes and day. Unit of the part: percent; nil: none.
  package var uptime5m: Double?
  package var uptime30m: Double?
  package var uptime1d: Double?
  /// Attempts that count for `uptime30m`.
  package var requests30m: Int
  /// Times to the first token in the last 5 minutes. Unit: milliseconds. Nil with fewer than 5 samples.
  package var firstTokenMilliseconds: Percentiles?
  /// Speeds in the last 5 minutes. Unit: tokens per second. Nil with fewer than 5 samples.
  package var throughput: Percentiles?
  /// Answers with tool calls in the last 2 hours, and how many of them were sound.
  package var toolCallAnswers: Int
  package var soundToolCallAnswers: Int
  /// The state of its circuit.
  package var circuit: Circuit
  /// Milliseconds until the provider may be asked again; nil when it does not limit us.
  package var rateLimitedForMilliseconds: Int64?
  /// Whether it fails or dawdles so much that the default order puts it last.
  package var isInOutage: Bool
  /// Whether the provider lately refused our credentials.
  package var refusesCredentials: Bool
}

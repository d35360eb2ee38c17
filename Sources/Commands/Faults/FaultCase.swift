import Configuration

/// One way a provider can fail, as `doctor --faults` plays it.
package struct FaultCase: Sendable, Hashable {
  /// Who fails.
  package enum Reach: Sendable, Hashable {
    /// The endpoint that is asked first, for as long as the faults say.
    case endpoint
    /// Every endpoint of the first model.
    case model
  }

  /// What is held against the simulator's own word, beside the answer itself.
  package enum Audit: Sendable, Hashable {
    case nothing
    /// Tokens and cost.
    case accounts
  }

  /// The name in the scorecard.
  package let name: String
  /// What the failing endpoints do, in the simulator's words; empty for nothing.
  package let faults: String
  /// What the other endpoints do, in the simulator's words; empty for nothing.
  package let othersFaults: String
  /// Who fails.
  package let reach: Reach
  /// Requests sent one after the other.
  package let requests: Int
  /// Whether answers are streamed.
  package let isStream: Bool
  /// What else is checked.
  package let audit: Audit
  /// Whether the fault needs a second endpoint of the same model to show at all.
  package let needsSeveral: Bool

  private init(
    _ name: String, _ faults: String, others: String = "", reach: Reach = .endpoint, requests: Int = 1,
    isStream: Bool = true, audit: Audit = .nothing, needsSeveral: Bool = false
  ) {
    self.name = name
    self.faults = faults
    othersFaults = others
    self.reach = reach
    self.requests = requests
    self.isStream = isStream
    self.audit = audit
    self.needsSeveral = needsSeveral
  }

  /// Every fault of the scorecard, for a gateway with these timeouts.
  package static func catalogue(_ timeouts: TimeoutSettings) -> [FaultCase] {
    [
      FaultCase("429 with Retry-After", "status=429,retry-after=1,first=1"),
      FaultCase("429 without Retry-After", "status=429"),
      FaultCase("500 once", "status=500,first=1"),
      FaultCase("503", "status=503"),
      FaultCase("connection reset", "reset=0"),
      FaultCase("no response", "hang"),
      FaultCase("slow first token", "ttft=\(slowFirstToken(timeouts))"),
      FaultCase("cut stream", "cut=5"),
      FaultCase("stalled stream", "stall=5"),
      FaultCase("malformed chunk", "malformed=5"),
      FaultCase("missing [DONE]", "no-done"),
      FaultCase("context length", "context-length", reach: .model),
      FaultCase("content filter", "moderation", reach: .model),
      FaultCase("prefill refused", "cut=5", others: "no-prefill", needsSeveral: true),
      // Four requests: fewer attempts than open a circuit, also when each is made twice.
      FaultCase("flapping", "flap=1", requests: 4),
      FaultCase("accounting", "", isStream: false, audit: .accounts),
      FaultCase("accounting of a stream", "", audit: .accounts),
    ]
  }

  /// Longer than a gateway waits while something else is left to try, shorter than it waits when nothing is. Unit:
  /// milliseconds.
  private static func slowFirstToken(_ timeouts: TimeoutSettings) -> Int {
    let shorter = min(timeouts.firstTokenFallbackMilliseconds, timeouts.firstTokenMilliseconds)
    return (shorter + timeouts.firstTokenMilliseconds) / 2
  }
}

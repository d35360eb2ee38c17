/// The sums of an endpoint's measurements, of one loop or of several together.
package struct HealthFigures: Sendable {
  /// Attempts in the outage window.
  var outage = AttemptCounts()
  /// Attempts in the same window since the circuit last closed.
  var circuit = AttemptCounts()
  /// The circuit's generation that `circuit` belongs to.
  var generation: UInt32 = 0
  var fiveMinutes = AttemptCounts()
  var halfHour = AttemptCounts()
  var day = AttemptCounts()
  var toolCalls = AttemptCounts()
  var inFlight = 0
  /// Attempts since the start of the process: successes, neutral ones, then failures by class.
  var totals = AttemptTotals()
  /// Until when the endpoint counts as too slow. Unit: nanoseconds of the monotonic clock.
  var slowUntil: Int64 = 0
  var firstToken: Histogram?
  var throughput: Histogram?

  static func += (a: inout HealthFigures, b: HealthFigures) {
    a.outage += b.outage
    // Failures of different generations must not add up.
    if a.circuit.isEmpty || b.generation > a.generation {
      a.circuit = b.circuit
      a.generation = b.generation
    } else if b.generation == a.generation {
      a.circuit += b.circuit
    }
    a.fiveMinutes += b.fiveMinutes
    a.halfHour += b.halfHour
    a.day += b.day
    a.toolCalls += b.toolCalls
    a.inFlight += b.inFlight
    a.totals += b.totals
    a.slowUntil = max(a.slowUntil, b.slowUntil)
    add(b.firstToken, to: &a.firstToken)
    add(b.throughput, to: &a.throughput)
  }

  private static func add(_ histogram: Histogram?, to sum: inout Histogram?) {
    guard let histogram else { return }
    if sum == nil { sum = histogram } else { sum? += histogram }
  }
}

/// What the other loops know of an endpoint; a class, so that a look at one figure copies nothing.
final class RemoteHealth {
  let figures: HealthFigures

  init(_ figures: HealthFigures) { self.figures = figures }
}

/// Attempts since the start of the process, by how they ended.
package struct AttemptTotals: Sendable, Equatable {
  /// Whole answers.
  package var succeeded: UInt64 = 0
  /// Ends that say nothing about the endpoint.
  package var neutral: UInt64 = 0
  /// Failures, at the place that the class's `rawValue` says.
  private var failures: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0, 0)

  /// Failures of one class.
  package subscript(_ failure: FailureClass) -> UInt64 {
    get {
      switch failure {
      case .provider: failures.0
      case .overloaded: failures.1
      case .timeout: failures.2
      case .rateLimited: failures.3
      case .credentials: failures.4
      case .callerFault: failures.5
      }
    }
    set {
      switch failure {
      case .provider: failures.0 = newValue
      case .overloaded: failures.1 = newValue
      case .timeout: failures.2 = newValue
      case .rateLimited: failures.3 = newValue
      case .credentials: failures.4 = newValue
      case .callerFault: failures.5 = newValue
      }
    }
  }

  static func += (a: inout AttemptTotals, b: AttemptTotals) {
    a.succeeded &+= b.succeeded
    a.neutral &+= b.neutral
    for failure in FailureClass.allCases { a[failure] &+= b[failure] }
  }

  /// Compares all counts.
  package static func == (a: AttemptTotals, b: AttemptTotals) -> Bool {
    a.succeeded == b.succeeded && a.neutral == b.neutral && a.failures == b.failures
  }
}

/// What one loop knows about all endpoints at an instant; immutable, for the other loops.
package struct HealthSummary: Sendable {
  /// By the endpoint's identity; only endpoints that were used.
  let figures: [String: HealthFigures]
}

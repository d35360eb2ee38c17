import Core

/// What one loop measured at one endpoint lately. About 30 KB; made when the endpoint is first used and dropped when a
/// day has passed without use.
final class HealthWindows {
  /// How long latencies and speeds count. Unit: seconds. Source: contract section 3 and reference section 3.5.
  private static let samplesSlot = 10
  private static let samplesSlots = 30

  /// For the outage rule; as long as `routing.outage.window_seconds`.
  var outage: CountWindow
  /// For the circuit; the same, but begun anew when the circuit closes.
  var circuit: CountWindow
  /// The circuit's generation that `circuit` belongs to.
  var generation: UInt32
  var fiveMinutes = CountWindow(slotSeconds: 1, slots: 300)
  var halfHour = CountWindow(slotSeconds: 30, slots: 60)
  var day = CountWindow(slotSeconds: 900, slots: 96)
  /// Answers with tool calls: sound ones as successes. Two hours (reference section 3.6).
  var toolCalls = CountWindow(slotSeconds: 300, slots: 24)
  /// Times to the first token. Unit: milliseconds.
  var firstToken = HistogramWindow(slotSeconds: samplesSlot, slots: samplesSlots)
  /// The same of the last 5 s (contract section 3, outage).
  var recentFirstToken = HistogramWindow(slotSeconds: 1, slots: 5)
  /// Speeds. Unit: sixteenths of a token per second, so that slow ones have a bucket too.
  var throughput = HistogramWindow(slotSeconds: samplesSlot, slots: samplesSlots)

  init(outageSeconds: Int, generation: UInt32) {
    outage = CountWindow(slotSeconds: 1, slots: outageSeconds)
    circuit = CountWindow(slotSeconds: 1, slots: outageSeconds)
    self.generation = generation
  }

  /// Forgets what is too old.
  func advance(to now: MonotonicTime) {
    outage.advance(to: now)
    circuit.advance(to: now)
    fiveMinutes.advance(to: now)
    halfHour.advance(to: now)
    day.advance(to: now)
    toolCalls.advance(to: now)
    firstToken.advance(to: now.nanoseconds)
    recentFirstToken.advance(to: now.nanoseconds)
    throughput.advance(to: now.nanoseconds)
  }

  /// Counts an attempt that says something about the provider.
  func count(succeeded: Bool, at now: MonotonicTime) {
    outage.add(succeeded: succeeded, at: now)
    circuit.add(succeeded: succeeded, at: now)
    fiveMinutes.add(succeeded: succeeded, at: now)
    halfHour.add(succeeded: succeeded, at: now)
    day.add(succeeded: succeeded, at: now)
  }

  /// Whether nothing is left to remember.
  var isEmpty: Bool { day.sum.isEmpty && toolCalls.sum.isEmpty && firstToken.sum.total == 0 }
}

import CPosix

/// An instant on the system's monotonic clock, for deadlines and durations. Unit: nanoseconds since
/// an arbitrary start; unaffected by changes of the wall clock.
package struct MonotonicTime: Comparable, Hashable, Sendable {
  /// Nanoseconds since the clock's arbitrary start.
  package var nanoseconds: Int64

  /// An instant at `nanoseconds` of the monotonic clock.
  package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  /// The instant that no clock reaches; a deadline set to it never passes.
  package static let distantFuture = MonotonicTime(nanoseconds: .max)

  /// Reads the clock (about 20 ns through the vDSO).
  package static func read() -> MonotonicTime { MonotonicTime(nanoseconds: pb_monotonic_ns()) }

  /// Orders instants in time.
  package static func < (a: MonotonicTime, b: MonotonicTime) -> Bool { a.nanoseconds < b.nanoseconds }

  /// The instant `milliseconds` later; saturates at `distantFuture`.
  package func adding(milliseconds: Int64) -> MonotonicTime {
    let (delta, overflow) = milliseconds.multipliedReportingOverflow(by: 1_000_000)
    if overflow { return .distantFuture }
    let (sum, over) = nanoseconds.addingReportingOverflow(delta)
    return over ? .distantFuture : MonotonicTime(nanoseconds: sum)
  }

  /// Whole milliseconds from `earlier` to this instant; negative when this one is earlier.
  package func milliseconds(since earlier: MonotonicTime) -> Int64 {
    (nanoseconds &- earlier.nanoseconds) / 1_000_000
  }
}

/// The wall clock, for what people and other machines read. Never used for deadlines.
package enum WallClock {
  /// Whole seconds since 1970-01-01T00:00:00Z.
  package static func seconds() -> Int64 { pb_wall_seconds() }
  /// Milliseconds since 1970-01-01T00:00:00Z.
  package static func milliseconds() -> Int64 { pb_wall_milliseconds() }
}

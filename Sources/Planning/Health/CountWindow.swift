import Core

/// How attempts ended, as counts.
struct AttemptCounts: Sendable {
  /// Whole answers.
  var succeeded: UInt32 = 0
  /// Failures attributed to the provider.
  var failed: UInt32 = 0

  var total: UInt32 { succeeded &+ failed }
  var isEmpty: Bool { succeeded == 0 && failed == 0 }

  static func += (a: inout AttemptCounts, b: AttemptCounts) {
    a.succeeded &+= b.succeeded
    a.failed &+= b.failed
  }

  static func -= (a: inout AttemptCounts, b: AttemptCounts) {
    a.succeeded &-= b.succeeded
    a.failed &-= b.failed
  }
}

/// Counts of the last while, in slots that are forgotten one by one.
struct CountWindow {
  private let slotNanoseconds: Int64
  private var slots: ContiguousArray<AttemptCounts>
  private var current: Int64 = .min
  /// The sum of all slots, as of the last call.
  private(set) var sum = AttemptCounts()

  /// A window of `slots` × `slotSeconds` seconds.
  init(slotSeconds: Int, slots: Int) {
    slotNanoseconds = Int64(slotSeconds) * 1_000_000_000
    self.slots = ContiguousArray(repeating: AttemptCounts(), count: slots)
  }

  /// Forgets what is too old.
  mutating func advance(to now: MonotonicTime) {
    let slot = now.nanoseconds / slotNanoseconds
    if slot <= current { return }
    if sum.isEmpty || current == .min {
      current = slot
      return
    }
    let count = Int64(slots.count)
    for old in stride(from: max(current + 1, slot - count + 1), through: slot, by: 1) {
      let index = Int(old % count)
      sum -= slots[index]
      slots[index] = AttemptCounts()
    }
    current = slot
  }

  /// Counts one attempt.
  mutating func add(succeeded: Bool, at now: MonotonicTime) {
    advance(to: now)
    let index = Int(current % Int64(slots.count))
    if succeeded {
      slots[index].succeeded &+= 1
      sum.succeeded &+= 1
    } else {
      slots[index].failed &+= 1
      sum.failed &+= 1
    }
  }

  /// Forgets everything.
  mutating func clear() {
    if sum.isEmpty { return }
    for index in slots.indices { slots[index] = AttemptCounts() }
    sum = AttemptCounts()
  }
}

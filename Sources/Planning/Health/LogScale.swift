/// Buckets for measurements from 1 to 2²¹: eight per octave, so that a value and its bucket differ by at most 6 %.
enum LogScale {
  /// How many buckets there are.
  static let count = 168
  private static let perOctave = 8
  private static let largest = 2_097_151.0

  /// The bucket of a value; values outside the range go to the ends.
  static func bucket(_ value: Double) -> Int {
    guard value >= 1 else { return 0 }
    let bits = min(value, largest).bitPattern
    // Exponent and the three highest bits of the mantissa of 1.0 are 1023 × 8.
    return Int(bits >> 49) - 1023 * perOctave
  }

  /// The smallest value of a bucket.
  static func lowerBound(_ bucket: Int) -> Double {
    Double(bitPattern: UInt64(bucket + 1023 * perOctave) << 49)
  }
}

/// How often each bucket of `LogScale` was met.
struct Histogram: Sendable {
  private(set) var counts: ContiguousArray<UInt32>
  /// How many values there are.
  private(set) var total: UInt32 = 0

  init() { counts = ContiguousArray(repeating: 0, count: LogScale.count) }

  mutating func add(_ bucket: Int, times: UInt32 = 1) {
    counts[bucket] &+= times
    total &+= times
  }

  mutating func remove(_ bucket: Int, times: UInt32) {
    counts[bucket] &-= times
    total &-= times
  }

  static func += (a: inout Histogram, b: Histogram) {
    for bucket in 0..<LogScale.count { a.counts[bucket] &+= b.counts[bucket] }
    a.total &+= b.total
  }

  /// How many values lie in buckets above that of `value`.
  func count(above value: Double) -> UInt32 {
    var sum: UInt32 = 0
    for bucket in (LogScale.bucket(value) + 1)..<max(LogScale.count, LogScale.bucket(value) + 1) {
      sum &+= counts[bucket]
    }
    return sum
  }

  /// The values below which the given parts of all values lie, spread evenly within a bucket; `parts` ascend.
  func quantiles(_ parts: (Double, Double, Double, Double)) -> (Double, Double, Double, Double) {
    var result = (0.0, 0.0, 0.0, 0.0)
    var seen = 0.0
    var next = 0
    for bucket in 0..<LogScale.count where counts[bucket] > 0 {
      let here = Double(counts[bucket])
      while next < 4 {
        let part = next == 0 ? parts.0 : next == 1 ? parts.1 : next == 2 ? parts.2 : parts.3
        let rank = part * Double(total)
        guard rank <= seen + here else { break }
        let low = LogScale.lowerBound(bucket)
        let value = low + (LogScale.lowerBound(bucket + 1) - low) * max(0, rank - seen) / here
        switch next {
        case 0: result.0 = value
        case 1: result.1 = value
        case 2: result.2 = value
        default: result.3 = value
        }
        next += 1
      }
      if next == 4 { break }
      seen += here
    }
    return result
  }

  /// The value below which that part of all values lies.
  func quantile(_ part: Double) -> Double { quantiles((part, part, part, part)).0 }
}

/// A histogram of the last while, in slots that are forgotten one by one.
struct HistogramWindow {
  private let slotNanoseconds: Int64
  private let slotCount: Int
  /// Slot after slot.
  private var slots: ContiguousArray<UInt16>
  private var current: Int64 = .min
  /// Everything in the window, as of the last call.
  private(set) var sum = Histogram()

  /// A window of `slots` × `slotSeconds` seconds.
  init(slotSeconds: Int, slots: Int) {
    slotNanoseconds = Int64(slotSeconds) * 1_000_000_000
    slotCount = slots
    self.slots = ContiguousArray(repeating: 0, count: slots * LogScale.count)
  }

  /// Forgets what is too old.
  mutating func advance(to now: Int64) {
    let slot = now / slotNanoseconds
    if slot <= current { return }
    if sum.total > 0 {
      for old in stride(from: max(current + 1, slot - Int64(slotCount) + 1), through: slot, by: 1) { forget(old) }
    }
    current = slot
  }

  private mutating func forget(_ slot: Int64) {
    let base = Int(slot % Int64(slotCount)) * LogScale.count
    for bucket in 0..<LogScale.count where slots[base + bucket] > 0 {
      sum.remove(bucket, times: UInt32(slots[base + bucket]))
      slots[base + bucket] = 0
    }
  }

  /// Adds a value; in a slot that is full it is dropped, since 65,535 equal ones say enough.
  mutating func add(_ value: Double, at now: Int64) {
    advance(to: now)
    let bucket = LogScale.bucket(value)
    let index = Int(current % Int64(slotCount)) * LogScale.count + bucket
    guard slots[index] < .max else { return }
    slots[index] += 1
    sum.add(bucket)
  }
}

/// Random numbers that follow from a seed (SplitMix64).
package struct SeededGenerator {
  private var state: UInt64

  /// The numbers that follow from `seed`.
  package init(seed: UInt64) { state = seed }

  /// 64 random bits.
  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// A number above 0, at most 1.
  package mutating func unit() -> Double { (Double(next() >> 11) + 1) * 0x1p-53 }

  /// A whole number below `count`, which is above 0. The bias is below 2⁻⁵³.
  mutating func index(below count: Int) -> Int { min(count - 1, Int((1 - unit()) * Double(count))) }
}

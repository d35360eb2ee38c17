/// A JSON number by its value: `digits · 10^exponent`, with neither leading nor trailing zeros among the digits. Nothing
/// is rounded.
struct ExactNumber: Sendable, Comparable {
  private let isNegative: Bool
  private let digits: [UInt8]
  private let exponent: Int

  /// Exponents beyond this are taken for it: such a number is as good as infinite, or nothing.
  private static let exponentLimit = 1_000_000_000

  /// Reads a number that `JSONScanner` has accepted.
  init(_ text: String) {
    var digits: [UInt8] = []
    var exponent = 0
    var isNegative = false
    var isFraction = false
    var bytes = Substring(text).utf8
    if bytes.first == UInt8(ascii: "-") {
      isNegative = true
      bytes.removeFirst()
    }
    while let byte = bytes.popFirst() {
      if byte == UInt8(ascii: ".") {
        isFraction = true
      } else if byte | 32 == UInt8(ascii: "e") {
        exponent += ExactNumber.exponent(bytes)
        break
      } else {
        if isFraction { exponent -= 1 }
        if byte != 48 || !digits.isEmpty { digits.append(byte - 48) }
      }
    }
    while digits.last == 0 {
      digits.removeLast()
      exponent += 1
    }
    self.isNegative = isNegative && !digits.isEmpty
    self.digits = digits
    self.exponent = digits.isEmpty ? 0 : exponent
  }

  private static func exponent(_ text: Substring.UTF8View) -> Int {
    var value = 0
    for byte in text where byte != UInt8(ascii: "-") && byte != UInt8(ascii: "+") {
      value = min(value * 10 + Int(byte - 48), exponentLimit)
    }
    return text.first == UInt8(ascii: "-") ? -value : value
  }

  /// Whether it is zero.
  var isZero: Bool { digits.isEmpty }
  /// Whether it is more than zero.
  var isPositive: Bool { !isNegative && !isZero }
  /// Whether it has no fraction, however it is written.
  var isWhole: Bool { exponent >= 0 }

  /// The value as a count, when it is a whole number of 0 or more; those beyond the machine's range are its largest.
  var count: Int? {
    guard isWhole, !isNegative else { return nil }
    if digits.count + exponent > 18 { return .max }
    return (digits + Array(repeating: 0, count: exponent)).reduce(0) { $0 * 10 + Int($1) }
  }

  static func < (left: ExactNumber, right: ExactNumber) -> Bool {
    if left.isNegative != right.isNegative { return left.isNegative }
    return left.isNegative ? right.isSmaller(left) : left.isSmaller(right)
  }

  /// Compares without the signs.
  private func isSmaller(_ other: ExactNumber) -> Bool {
    if isZero || other.isZero { return isZero && !other.isZero }
    let size = digits.count + exponent
    let otherSize = other.digits.count + other.exponent
    return size != otherSize ? size < otherSize : digits.lexicographicallyPrecedes(other.digits)
  }

  /// Whether it is a whole multiple of a positive number; open when that one has more than 18 digits.
  func isMultiple(of divisor: ExactNumber) -> Verdict {
    if isZero { return .yes }
    // The digits do not end in 0, so that a divisor with more tens than this number cannot be in it.
    if exponent < divisor.exponent { return .no }
    guard divisor.digits.count <= 18, !divisor.isZero else { return .open }
    let modulus = divisor.digits.reduce(UInt64(0)) { $0 * 10 + UInt64($1) }
    func product(_ left: UInt64, _ right: UInt64) -> UInt64 {
      modulus.dividingFullWidth(left.multipliedFullWidth(by: right)).remainder
    }
    var rest = digits.reduce(UInt64(0)) { (product($0, 10) + UInt64($1)) % modulus }
    var power = exponent - divisor.exponent
    var base = 10 % modulus
    while power > 0 {
      if !power.isMultiple(of: 2) { rest = product(rest, base) }
      base = product(base, base)
      power /= 2
    }
    return Verdict(rest == 0)
  }
}

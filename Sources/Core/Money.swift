/// An amount of money as an exact integer. Unit: 10⁻¹² USD, so that a price of 1 USD per million tokens
/// is exactly 1,000,000 units per token. Range: ± 9.2 million USD; sums and products say when they leave it.
package struct Money: Comparable, Hashable, Sendable {
  /// The amount in units of 10⁻¹² USD.
  package var units: Int64

  /// An amount of `units` × 10⁻¹² USD.
  package init(units: Int64) { self.units = units }

  /// No money.
  package static let zero = Money(units: 0)

  /// Orders amounts.
  package static func < (a: Money, b: Money) -> Bool { a.units < b.units }

  /// The sum, or nil when it leaves the range.
  package func adding(_ other: Money) -> Money? {
    let (sum, overflow) = units.addingReportingOverflow(other.units)
    return overflow ? nil : Money(units: sum)
  }

  /// The product, or nil when it leaves the range.
  package func multiplied(by count: Int64) -> Money? {
    let (product, overflow) = units.multipliedReportingOverflow(by: count)
    return overflow ? nil : Money(units: product)
  }

  /// Reads a decimal number of USD such as `2.50`, `0`, `1e-7` and scales it by 10^`exponent`:
  /// the price of one token from a price per million has `exponent: -6`. Returns nil when the text is not
  /// a number, is negative, is finer than 10⁻¹² USD, or leaves the range. No floating point is involved.
  package init?(decimal text: some StringProtocol, exponent: Int = 0) {
    var digits: Int64 = 0
    var scale = 0
    var pendingZeros = 0
    var sawDigit = false
    var sawPoint = false
    var bytes = Array(text.utf8)[...]
    while let byte = bytes.first, byte != UInt8(ascii: "e"), byte != UInt8(ascii: "E") {
      bytes.removeFirst()
      if byte == UInt8(ascii: "."), !sawPoint {
        sawPoint = true
        continue
      }
      guard byte >= 48, byte <= 57 else { return nil }
      sawDigit = true
      // Zeros at the end of a fraction mean nothing and must not use up the range of the digits.
      if sawPoint, byte == 48 {
        pendingZeros += 1
        continue
      }
      for position in 0...(digits == 0 ? 0 : pendingZeros) {
        let digit = position == pendingZeros || digits == 0 ? Int64(byte - 48) : 0
        let (shifted, overflow) = digits.multipliedReportingOverflow(by: 10)
        let (next, over) = shifted.addingReportingOverflow(digit)
        if overflow || over { return nil }
        digits = next
      }
      if sawPoint { scale += pendingZeros + 1 }
      pendingZeros = 0
    }
    guard sawDigit else { return nil }
    var power = 12 + exponent - scale
    if !bytes.isEmpty {
      bytes.removeFirst()
      let exponentText = String(decoding: bytes, as: UTF8.self)
      guard let written = Int(exponentText), abs(written) < 100 else { return nil }
      power += written
    }
    while power > 0, digits != 0 {
      let (shifted, overflow) = digits.multipliedReportingOverflow(by: 10)
      if overflow { return nil }
      digits = shifted
      power -= 1
    }
    while power < 0, digits != 0 {
      guard digits % 10 == 0 else { return nil }
      digits /= 10
      power += 1
    }
    units = digits
  }

  /// The amount in USD as a plain decimal without exponent and without trailing zeros: `0.0000025`, `0`, `12.5`.
  package var dollars: String { Money.decimal(units.magnitude, negative: units < 0, fractionDigits: 12) }

  /// The amount multiplied by a million, in USD: a price per token as the price per million tokens.
  package var dollarsPerMillion: String { Money.decimal(units.magnitude, negative: units < 0, fractionDigits: 6) }

  /// Digits from the right into a buffer on the stack; a cost is written with every answer.
  private static func decimal(_ magnitude: UInt64, negative: Bool, fractionDigits: Int) -> String {
    // 20 digits, a point, a sign.
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 24) { buffer in
      var position = 24
      var rest = magnitude
      var written = 0
      var isTrailing = true
      while rest > 0 || written <= fractionDigits {
        let digit = UInt8(truncatingIfNeeded: rest % 10)
        rest /= 10
        if written == fractionDigits {
          if !isTrailing {
            position -= 1
            buffer[position] = UInt8(ascii: ".")
          }
          isTrailing = false
        }
        written += 1
        if isTrailing, digit == 0 { continue }
        isTrailing = false
        position -= 1
        buffer[position] = 48 + digit
      }
      if negative {
        position -= 1
        buffer[position] = UInt8(ascii: "-")
      }
      return String(decoding: buffer[position...], as: UTF8.self)
    }
  }
}

import Core
import JSON

/// Walks the inside of a JSON string (no quotes, validated by `JSONScanner`) by UTF-16 code units. Two writings of the
/// same text give the same units, and so does a surrogate pair whose halves stand in two chunks.
struct JSONTextUnits {
  private let text: UnsafeRawBufferPointer
  private var position = 0
  private var low: UInt16?

  init(_ text: UnsafeRawBufferPointer) { self.text = text }

  /// All units of the text.
  static func all(_ text: UnsafeRawBufferPointer) -> [UInt16] {
    var units: [UInt16] = []
    units.reserveCapacity(text.count)
    var walk = JSONTextUnits(text)
    while let unit = walk.next() { units.append(unit) }
    return units
  }

  /// Takes the next unit; nil at the end.
  mutating func next() -> UInt16? {
    if let low {
      self.low = nil
      return low
    }
    guard position < text.count else { return nil }
    let byte = text[position]
    if byte == UInt8(ascii: "\\") { return escape() }
    if byte < 0x80 {
      position += 1
      return UInt16(byte)
    }
    return multibyte(byte)
  }

  /// What has not been taken, as the inside of a JSON string. Half a character that stood whole is written as an escape.
  var rest: [UInt8] {
    var rest: [UInt8] = []
    if let low { rest += Array("\\u".utf8) + Array(String(low, radix: 16).utf8) }
    return rest + text[position...]
  }

  private mutating func escape() -> UInt16 {
    let kind = text[position + 1]
    position += 2
    switch kind {
    case UInt8(ascii: "n"): return 10
    case UInt8(ascii: "t"): return 9
    case UInt8(ascii: "r"): return 13
    case UInt8(ascii: "b"): return 8
    case UInt8(ascii: "f"): return 12
    case UInt8(ascii: "u"):
      var unit: UInt16 = 0
      for _ in 0..<4 {
        let digit = UInt16(text[position])
        unit = unit << 4 | (digit <= 57 ? digit - 48 : (digit | 32) - 87)
        position += 1
      }
      return unit
    default: return UInt16(kind)
    }
  }

  private mutating func multibyte(_ lead: UInt8) -> UInt16 {
    func tail(_ offset: Int) -> UInt32 { UInt32(text[position + offset] & 0x3F) }
    if lead < 0xE0 {
      let scalar = UInt32(lead & 0x1F) << 6 | tail(1)
      position += 2
      return UInt16(scalar)
    }
    if lead < 0xF0 {
      let scalar = UInt32(lead & 0x0F) << 12 | tail(1) << 6 | tail(2)
      position += 3
      return UInt16(scalar)
    }
    let scalar = (UInt32(lead & 0x07) << 18 | tail(1) << 12 | tail(2) << 6 | tail(3)) - 0x10000
    position += 4
    low = UInt16(0xDC00 + scalar & 0x3FF)
    return UInt16(0xD800 + scalar >> 10)
  }
}

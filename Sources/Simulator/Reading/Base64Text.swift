/// Base64 with padding (RFC 4648 section 4), as providers take bytes in JSON.
enum Base64Text {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  private static let padding = UInt8(ascii: "=")

  /// The text for some bytes.
  static func encode(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count * 4 / 3 + 4)
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      let bits = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << (8 * UInt32(3 - group.count))
      for place in 0..<4 {
        text.append(place <= group.count ? alphabet[Int(bits >> (18 - 6 * UInt32(place)) & 63)] : padding)
      }
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// How many bytes a text stands for; nil when it is no base64. Unit: bytes.
  static func size(_ text: String) -> Int? {
    var text = text
    return text.withUTF8 { bytes in
      let end = bytes.count - bytes.suffix(2).reversed().prefix { $0 == padding }.count
      guard bytes.count.isMultiple(of: 4), bytes[..<end].allSatisfy(isDigit) else { return nil }
      return bytes.count / 4 * 3 - (bytes.count - end)
    }
  }

  /// The bytes of a text; nil when it is no base64. Also takes the alphabet for addresses and text without padding, as
  /// Google's servers do, when `isLenient`.
  static func decode(_ text: String, isLenient: Bool = false) -> [UInt8]? {
    if !isLenient, size(text) == nil { return nil }
    var bytes: [UInt8] = []
    var bits: UInt32 = 0
    var count: UInt32 = 0
    for character in text.utf8 where character != padding {
      guard let digit = value(character, isLenient: isLenient) else { return nil }
      bits = bits << 6 | digit
      count += 6
      if count >= 8 {
        count -= 8
        bytes.append(UInt8(truncatingIfNeeded: bits >> count))
      }
    }
    return bytes
  }

  private static func isDigit(_ byte: UInt8) -> Bool { value(byte, isLenient: false) != nil }

  private static func value(_ byte: UInt8, isLenient: Bool) -> UInt32? {
    switch byte {
    case 65...90: UInt32(byte) - 65
    case 97...122: UInt32(byte) - 71
    case 48...57: UInt32(byte) + 4
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: "/"): 63
    case UInt8(ascii: "-") where isLenient: 62
    case UInt8(ascii: "_") where isLenient: 63
    default: nil
    }
  }
}

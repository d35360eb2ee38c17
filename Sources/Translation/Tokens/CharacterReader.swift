/// Takes the characters of UTF-8 one by one, with JSON's escapes undone where they are escapes.
struct CharacterReader {
  private let text: UnsafeRawBufferPointer
  private let isInsideJSON: Bool
  private var position = 0

  /// A reader from the beginning.
  init(_ text: UnsafeRawBufferPointer, isInsideJSON: Bool) {
    self.text = text
    self.isInsideJSON = isInsideJSON
  }

  /// The next character's code; nil at the end. A broken byte comes as U+0080, a control.
  @inline(__always)
  mutating func next() -> UInt32? {
    guard position < text.count else { return nil }
    let byte = text[position]
    position += 1
    if byte == UInt8(ascii: "\\"), isInsideJSON { return escape() }
    return byte < 0x80 ? UInt32(byte) : long(byte)
  }

  private mutating func long(_ first: UInt8) -> UInt32 {
    let more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : 1
    guard first >= 0xC2, first < 0xF5, position + more <= text.count else { return 0x80 }
    var code = UInt32(first) & (0x3F >> UInt32(more))
    for offset in 0..<more {
      let byte = text[position + offset]
      guard byte & 0xC0 == 0x80 else { return 0x80 }
      code = code << 6 | UInt32(byte & 0x3F)
    }
    position += more
    return code
  }

  private mutating func escape() -> UInt32 {
    guard position < text.count else { return UInt32(UInt8(ascii: "\\")) }
    let byte = text[position]
    position += 1
    switch byte {
    case UInt8(ascii: "n"): return 0x0A
    case UInt8(ascii: "t"): return 0x09
    case UInt8(ascii: "r"): return 0x0D
    case UInt8(ascii: "b"), UInt8(ascii: "f"): return 0x08
    case UInt8(ascii: "u"): return number()
    default: return byte < 0x80 ? UInt32(byte) : long(byte)
    }
  }

  /// The four hexadecimal digits of a `\u` escape, and those of the second half of a pair.
  private mutating func number() -> UInt32 {
    guard let high = fourDigits(at: position) else { return 0x80 }
    position += 4
    guard high >= 0xD800, high < 0xDC00, position + 6 <= text.count, text[position] == UInt8(ascii: "\\"),
      text[position + 1] == UInt8(ascii: "u"), let low = fourDigits(at: position + 2), low >= 0xDC00, low < 0xE000
    else { return high }
    position += 6
    return 0x10000 + (high - 0xD800) << 10 + (low - 0xDC00)
  }

  private func fourDigits(at start: Int) -> UInt32? {
    guard start + 4 <= text.count else { return nil }
    var value: UInt32 = 0
    for byte in text[start..<(start + 4)] {
      switch byte {
      case 48...57: value = value << 4 | UInt32(byte - 48)
      case 65...70: value = value << 4 | UInt32(byte - 55)
      case 97...102: value = value << 4 | UInt32(byte - 87)
      default: return nil
      }
    }
    return value
  }
}

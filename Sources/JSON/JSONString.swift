import Core

/// JSON strings: escapes undone and written.
package enum JSONString {
  /// The text of a string value. `span` covers the quotes and has been validated by `JSONScanner`. A lone surrogate
  /// escape becomes U+FFFD.
  package static func decode(_ span: JSONSpan, in text: UnsafeRawBufferPointer) -> String {
    decode(span, in: text, hasEscapes: true)
  }

  static func decode(_ span: JSONSpan, in text: UnsafeRawBufferPointer, hasEscapes: Bool) -> String {
    let content = UnsafeRawBufferPointer(rebasing: text[(span.start + 1)..<(span.end - 1)])
    if !hasEscapes || !content.contains(UInt8(ascii: "\\")) { return String(decoding: content, as: UTF8.self) }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(content.count)
    var index = 0
    while index < content.count {
      let byte = content[index]
      if byte != UInt8(ascii: "\\") {
        bytes.append(byte)
        index += 1
        continue
      }
      index += appendEscape(in: content, at: index, to: &bytes)
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Undoes the escape at `index` and returns its length.
  private static func appendEscape(in content: UnsafeRawBufferPointer, at index: Int, to bytes: inout [UInt8]) -> Int {
    switch content[index + 1] {
    case UInt8(ascii: "n"): bytes.append(10)
    case UInt8(ascii: "t"): bytes.append(9)
    case UInt8(ascii: "r"): bytes.append(13)
    case UInt8(ascii: "b"): bytes.append(8)
    case UInt8(ascii: "f"): bytes.append(12)
    case UInt8(ascii: "u"):
      let first = hex(content, index + 2)
      var scalar = first
      var length = 6
      if first >= 0xD800, first < 0xDC00, index + 11 < content.count, content[index + 6] == UInt8(ascii: "\\"),
        content[index + 7] == UInt8(ascii: "u")
      {
        let second = hex(content, index + 8)
        if second >= 0xDC00, second < 0xE000 {
          scalar = 0x10000 + (first - 0xD800) << 10 + (second - 0xDC00)
          length = 12
        }
      }
      let character = Unicode.Scalar(scalar) ?? "\u{FFFD}"
      bytes.append(contentsOf: String(Character(character)).utf8)
      return length
    case let other: bytes.append(other)
    }
    return 2
  }

  private static func hex(_ bytes: UnsafeRawBufferPointer, _ index: Int) -> UInt32 {
    var value: UInt32 = 0
    for offset in 0..<4 {
      let byte = UInt32(bytes[index + offset])
      value = value << 4 | (byte <= 57 ? byte - 48 : (byte | 32) - 87)
    }
    return value
  }
}

extension ByteBuffer {
  /// Appends `text` as a JSON string with quotes; control characters, quotes and backslashes are escaped.
  package func append(jsonString text: String) {
    var text = text
    append(UInt8(ascii: "\""))
    text.withUTF8 { bytes in
      var start = 0
      for index in 0..<bytes.count {
        let byte = bytes[index]
        if byte >= 32, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") { continue }
        append(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: bytes[start..<index])))
        appendEscaped(byte)
        start = index + 1
      }
      append(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: bytes[start...])))
    }
    append(UInt8(ascii: "\""))
  }

  private func appendEscaped(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\""): append("\\\"")
    case UInt8(ascii: "\\"): append("\\\\")
    case 10: append("\\n")
    case 13: append("\\r")
    case 9: append("\\t")
    default:
      let digits: StaticString = "0123456789abcdef"
      append("\\u00")
      append(digits.utf8Start[Int(byte >> 4)])
      append(digits.utf8Start[Int(byte & 15)])
    }
  }
}

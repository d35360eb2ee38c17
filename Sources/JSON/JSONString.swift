import CBytes
import Core
import Glibc

/// JSON strings: escapes undone and written.
package enum JSONString {
  /// The text of a string value. `span` covers the quotes and has been validated by `JSONScanner`. A lone surrogate
  /// escape becomes U+FFFD.
  package static func decode(_ span: JSONSpan, in text: UnsafeRawBufferPointer) -> String {
    decode(span, in: text, hasEscapes: true)
  }

  static func decode(_ span: JSONSpan, in text: UnsafeRawBufferPointer, hasEscapes: Bool) -> String {
    let content = UnsafeRawBufferPointer(rebasing: text[(span.start + 1)..<(span.end - 1)])
    guard let start = content.baseAddress, hasEscapes, memchr(start, 92, content.count) != nil else {
      return String(decoding: content, as: UTF8.self)
    }
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

  /// The top bits of a word's bytes that stand in no string unescaped: quotes, backslashes, control characters. Each
  /// difference carries into the top bit of the bytes that are to be found; above the first of them, from the lowest on, a
  /// carry may tell untruths.
  @inline(__always)
  static func escapedBytes(_ word: UInt64) -> UInt64 {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let quote = word ^ (ones &* 0x22)
    let backslash = word ^ (ones &* 0x5c)
    return (((word &- ones &* 0x20) & ~word) | ((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash))
      & (ones &* 0x80)
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
    if text.utf8.withContiguousStorageIfAvailable({ append(quoting: UnsafeRawBufferPointer($0)) }) != nil { return }
    var text = text
    text.withUTF8 { append(quoting: UnsafeRawBufferPointer($0)) }
  }

  private func append(quoting bytes: UnsafeRawBufferPointer) {
    let plain = ByteBuffer.plainEnd(of: bytes, from: 0)
    if plain == bytes.count {
      // Nearly always: one piece of room for the text and its quotes.
      append(upTo: plain + 2) { target in
        target[0] = UInt8(ascii: "\"")
        UnsafeMutableRawBufferPointer(rebasing: target[1...]).copyMemory(from: bytes)
        target[plain + 1] = UInt8(ascii: "\"")
        return plain + 2
      }
    } else {
      append(UInt8(ascii: "\""))
      append(escaping: bytes, plainUpTo: plain)
      append(UInt8(ascii: "\""))
    }
  }

  private func append(escaping bytes: UnsafeRawBufferPointer, plainUpTo first: Int) {
    var start = 0
    var end = first
    while end < bytes.count {
      append(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
      appendEscaped(bytes[end])
      start = end + 1
      end = ByteBuffer.plainEnd(of: bytes, from: start)
    }
    append(UnsafeRawBufferPointer(rebasing: bytes[start...]))
  }

  /// Where the first byte at or behind `start` stands that must be escaped, else the end. Behind the plain run of a long
  /// text, and in a short one, eight bytes at a time: each difference carries into the top bit of the bytes that are to be found, and carries that tell untruths stand only above
  /// the first of them.
  private static func plainEnd(of bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
    var at = start
    if bytes.count - start >= 32, let base = bytes.baseAddress {
      at += pb_plain_run((base + start).assumingMemoryBound(to: UInt8.self), bytes.count - start)
    }
    while at + 8 <= bytes.count {
      let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self))
      let found = JSONString.escapedBytes(word)
      if found != 0 { return at + found.trailingZeroBitCount / 8 }
      at += 8
    }
    while at < bytes.count {
      let byte = bytes[at]
      if byte < 32 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return at }
      at += 1
    }
    return at
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

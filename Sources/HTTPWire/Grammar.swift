import Glibc

/// The character classes of HTTP/1.1 (RFC 9110 section 5.6.2, RFC 9112) and the byte comparisons the parsers share.
enum Grammar {
  /// CR.
  static let carriageReturn: UInt8 = 13
  /// LF.
  static let lineFeed: UInt8 = 10
  /// A space.
  static let space: UInt8 = 32
  /// A horizontal tab.
  static let tab: UInt8 = 9
  /// What ends a name.
  static let colon: UInt8 = 58

  /// A character of a token: field names, methods, codings.
  @inline(__always)
  static func isToken(_ byte: UInt8) -> Bool {
    inSet(byte, low: 0x03ff_6cfa_0000_0000, high: 0x57ff_ffff_c7ff_fffe)
  }

  /// A character of a host name or IPv4 address: letters, digits and `-._~%`. The comma and the other delimiters that
  /// RFC 3986 allows are refused: no host name has them, and joined `Host` values do.
  @inline(__always)
  static func isHostName(_ byte: UInt8) -> Bool {
    inSet(byte, low: 0x03ff_6020_0000_0000, high: 0x47ff_fffe_87ff_fffe)
  }

  /// Space or horizontal tab.
  @inline(__always)
  static func isBlank(_ byte: UInt8) -> Bool { byte == space || byte == tab }

  /// A control character that no field value may hold: all of C0 except the tab, and DEL.
  @inline(__always)
  static func isForbiddenInValue(_ byte: UInt8) -> Bool { (byte < 32 && byte != tab) || byte == 127 }

  /// Whether a byte of the range is forbidden in values. Looks at eight bytes at a time; only words that hold a byte below
  /// 32 or a DEL are looked at closer.
  static func hasForbidden(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> Bool {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let tops: UInt64 = 0x8080_8080_8080_8080
    var index = range.lowerBound
    while index + 8 <= range.upperBound {
      let word = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
      let isLow = (word &- ones &* 32) & ~word
      let delete = word ^ (ones &* 127)
      let isDelete = (delete &- ones) & ~delete
      if (isLow | isDelete) & tops != 0, bytes[index..<index + 8].contains(where: isForbiddenInValue) { return true }
      index += 8
    }
    return bytes[index..<range.upperBound].contains(where: isForbiddenInValue)
  }

  /// The value of a hexadecimal digit, or nil.
  @inline(__always)
  static func hexadecimal(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 48...57: byte - 48
    case 65...70: byte - 55
    case 97...102: byte - 87
    default: nil
    }
  }

  /// Whether the bytes equal a lower-case ASCII literal, case ignored.
  @inline(__always)
  static func matches(_ bytes: UnsafeRawBufferPointer, _ literal: StaticString) -> Bool {
    bytes.count == literal.utf8CodeUnitCount
      && matches(bytes, UnsafeRawBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
  }

  /// Whether two runs of bytes are equal, ASCII case ignored. Eight bytes at a time.
  static func matches(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Bool {
    guard a.count == b.count else { return false }
    var index = 0
    while index + 8 <= a.count {
      let left = a.loadUnaligned(fromByteOffset: index, as: UInt64.self)
      let right = b.loadUnaligned(fromByteOffset: index, as: UInt64.self)
      if left != right, lowercased(left) != lowercased(right) { return false }
      index += 8
    }
    while index < a.count {
      if a[index] != b[index], lowercased(a[index]) != lowercased(b[index]) { return false }
      index += 1
    }
    return true
  }

  /// Whether the bytes equal a literal, case included.
  static func equals(_ bytes: UnsafeRawBufferPointer, _ literal: StaticString) -> Bool {
    guard bytes.count == literal.utf8CodeUnitCount, let base = bytes.baseAddress else { return false }
    return memcmp(base, literal.utf8Start, bytes.count) == 0
  }

  /// The bytes without blanks at both ends, as a range of `bytes`.
  static func trimmed(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> Range<Int> {
    var start = range.lowerBound
    var end = range.upperBound
    while start < end, isBlank(bytes[start]) { start += 1 }
    while end > start, isBlank(bytes[end - 1]) { end -= 1 }
    return start..<end
  }

  /// Position of the first `byte` at or after `start`, or nil.
  @inline(__always)
  static func position(of byte: UInt8, in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
    guard let base = bytes.baseAddress, start < bytes.count,
      let found = memchr(base + start, Int32(byte), bytes.count - start)
    else { return nil }
    return UnsafeRawPointer(found) - base
  }

  /// A part of the bytes as text; what is not UTF-8 becomes U+FFFD.
  static func text(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> String {
    String(decoding: UnsafeRawBufferPointer(rebasing: bytes[range]), as: UTF8.self)
  }

  @inline(__always)
  private static func lowercased(_ byte: UInt8) -> UInt8 { byte >= 65 && byte <= 90 ? byte | 32 : byte }

  /// Eight bytes in lower case: the letters A to Z, found by sums that carry into the top bit of their byte, get bit 5.
  @inline(__always)
  private static func lowercased(_ word: UInt64) -> UInt64 {
    let low = word & 0x7f7f_7f7f_7f7f_7f7f
    let fromA = low &+ 0x3f3f_3f3f_3f3f_3f3f
    let aboveZ = low &+ 0x2525_2525_2525_2525
    return word | (fromA & ~aboveZ & ~word & 0x8080_8080_8080_8080) >> 2
  }

  @inline(__always)
  private static func inSet(_ byte: UInt8, low: UInt64, high: UInt64) -> Bool {
    byte < 128 && ((byte < 64 ? low : high) >> UInt64(byte & 63)) & 1 == 1
  }
}

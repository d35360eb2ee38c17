import Glibc

/// The header fields that decide where a response ends and how its body is undone. Names are matched without regard to
/// case; values that are not exactly what the grammar allows are refused.
enum FramingField {
  /// Digits of a length; more cannot be counted.
  private static let lengthDigits = 18

  /// A character that a field name may hold here: visible ASCII except the colon.
  @inline(__always)
  static func isNameByte(_ byte: UInt8) -> Bool { byte > 32 && byte < 127 && byte != UInt8(ascii: ":") }

  /// Takes the field whose name has `nameLength` bytes. Returns whether it is one of these.
  static func take(
    _ line: UnsafeRawBufferPointer, nameLength: Int, into head: inout ResponseHead
  ) throws(ResponseFault) -> Bool {
    // The lengths of the names tell most other fields from these.
    switch nameLength {
    case 14 where isNamed("content-length", line): try takeLength(value(line, behind: nameLength), &head)
    case 17 where isNamed("transfer-encoding", line):
      guard !head.isChunked, equals(value(line, behind: nameLength), "chunked") else {
        throw .malformed("a transfer coding that is not chunked alone")
      }
      head.isChunked = true
    case 10 where isNamed("connection", line):
      if contains(value(line, behind: nameLength), token: "close") { head.closes = true }
    case 16 where isNamed("content-encoding", line): takeCoding(value(line, behind: nameLength), &head)
    default: return false
    }
    return true
  }

  private static func takeLength(_ value: UnsafeRawBufferPointer, _ head: inout ResponseHead) throws(ResponseFault) {
    guard !value.isEmpty, value.count <= lengthDigits else { throw .malformed("a Content-Length that is no number") }
    var length = 0
    for byte in value {
      let digit = byte &- 48
      guard digit <= 9 else { throw .malformed("a Content-Length that is no number") }
      length = length * 10 + Int(digit)
    }
    if head.length >= 0, head.length != length { throw .malformed("Content-Lengths that differ") }
    head.length = length
  }

  private static func takeCoding(_ value: UnsafeRawBufferPointer, _ head: inout ResponseHead) {
    if value.isEmpty || equals(value, "identity") || equals(value, "none") { return }
    guard head.coding == .identity else {
      head.coding = .unknown
      return
    }
    if equals(value, "gzip") || equals(value, "x-gzip") {
      head.coding = .gzip
    } else if equals(value, "deflate") {
      head.coding = .deflate
    } else if equals(value, "br") {
      head.coding = .brotli
    } else {
      head.coding = equals(value, "zstd") ? .zstd : .unknown
    }
  }

  /// The value without blanks around it.
  private static func value(_ line: UnsafeRawBufferPointer, behind nameLength: Int) -> UnsafeRawBufferPointer {
    trimmed(UnsafeRawBufferPointer(rebasing: line[(nameLength + 1)...]))
  }

  private static func trimmed(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    var start = 0
    var end = bytes.count
    while start < end, bytes[start] == 32 || bytes[start] == 9 { start += 1 }
    while end > start, bytes[end - 1] == 32 || bytes[end - 1] == 9 { end -= 1 }
    return UnsafeRawBufferPointer(rebasing: bytes[start..<end])
  }

  private static func contains(_ list: UnsafeRawBufferPointer, token: StaticString) -> Bool {
    var start = 0
    for index in 0...list.count where index == list.count || list[index] == UInt8(ascii: ",") {
      if equals(trimmed(UnsafeRawBufferPointer(rebasing: list[start..<index])), token) { return true }
      start = index + 1
    }
    return false
  }

  private static func isNamed(_ name: StaticString, _ line: UnsafeRawBufferPointer) -> Bool {
    equals(UnsafeRawBufferPointer(rebasing: line[..<name.utf8CodeUnitCount]), name)
  }

  /// Whether the bytes equal a literal in lower case, ASCII case ignored.
  private static func equals(_ bytes: UnsafeRawBufferPointer, _ literal: StaticString) -> Bool {
    guard bytes.count == literal.utf8CodeUnitCount else { return false }
    for index in 0..<bytes.count {
      let byte = bytes[index]
      if (byte >= 65 && byte <= 90 ? byte | 32 : byte) != literal.utf8Start[index] { return false }
    }
    return true
  }

  /// Whether the bytes equal a literal, case included.
  static func isExactly(_ bytes: UnsafeRawBufferPointer, _ literal: StaticString) -> Bool {
    guard bytes.count == literal.utf8CodeUnitCount, let base = bytes.baseAddress else { return false }
    return memcmp(base, literal.utf8Start, bytes.count) == 0
  }
}

import Core

/// Where records are put together as bytes: numbers as variable-length integers, texts with their length before them.
/// One owner, one thread; the memory is kept from record to record, so that writing one allocates nothing.
package final class RecordBuffer {
  private var base: UnsafeMutablePointer<UInt8>
  private var capacity: Int
  /// Bytes written.
  package private(set) var count = 0

  /// An empty buffer with room for `capacity` bytes.
  package init(capacity: Int = 4096) {
    self.capacity = capacity
    base = .allocate(capacity: capacity)
  }

  deinit { base.deallocate() }

  /// What has been written; valid until the next change.
  package var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

  /// Forgets what comes after the first `count` bytes.
  package func truncate(_ count: Int) {
    precondition(count >= 0 && count <= self.count)
    self.count = count
  }

  /// Appends a byte.
  package func byte(_ value: UInt8) {
    ensure(1)
    base[count] = value
    count += 1
  }

  /// Appends four bytes, the lowest first.
  package func word(_ value: UInt32) {
    ensure(4)
    setWord(value, at: count)
    count += 4
  }

  /// Replaces the four bytes at `offset`.
  package func overwrite(_ value: UInt32, at offset: Int) {
    precondition(offset >= 0 && offset + 4 <= count)
    setWord(value, at: offset)
  }

  private func setWord(_ value: UInt32, at offset: Int) {
    UnsafeMutableRawPointer(base + offset).storeBytes(of: value.littleEndian, as: UInt32.self)
  }

  /// Appends a number: the sign in the lowest bit, then seven bits a byte, the lowest first. 1 to 10 bytes.
  package func number(_ value: Int64) {
    ensure(10)
    // Most numbers fit into one byte.
    if value >= 0, value < 64 {
      base[count] = UInt8(truncatingIfNeeded: value << 1)
      count += 1
      return
    }
    var rest = UInt64(bitPattern: (value << 1) ^ (value >> 63))
    while rest >= 0x80 {
      base[count] = UInt8(truncatingIfNeeded: rest) | 0x80
      count += 1
      rest >>= 7
    }
    base[count] = UInt8(truncatingIfNeeded: rest)
    count += 1
  }

  /// Appends a number that may be missing.
  package func number(ifAny value: Int64?) {
    byte(value == nil ? 0 : 1)
    if let value { number(value) }
  }

  /// Appends a flag.
  package func flag(_ value: Bool) { byte(value ? 1 : 0) }

  /// Appends a text, cut at `limit` bytes before the character that passes it.
  package func text(_ value: String, limit: Int) {
    // Texts are nearly always in UTF-8 already; then nothing is copied.
    if value.utf8.withContiguousStorageIfAvailable({ text($0, limit: limit) }) == nil {
      var value = value
      value.withUTF8 { text($0, limit: limit) }
    }
  }

  private func text(_ utf8: UnsafeBufferPointer<UInt8>, limit: Int) {
    var length = min(utf8.count, limit)
    if length < utf8.count { while length > 0, utf8[length] & 0xC0 == 0x80 { length -= 1 } }
    blob(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: utf8[..<length])))
  }

  /// Appends a text that may be missing.
  package func text(ifAny value: String?, limit: Int) {
    byte(value == nil ? 0 : 1)
    if let value { text(value, limit: limit) }
  }

  /// Appends bytes with their length before them.
  package func blob(_ value: UnsafeRawBufferPointer) {
    number(Int64(value.count))
    raw(value)
  }

  /// Appends bytes as they are.
  package func raw(_ value: [UInt8]) { value.withUnsafeBytes { raw($0) } }

  /// Appends bytes as they are.
  package func raw(_ value: UnsafeRawBufferPointer) {
    ensure(value.count)
    if let start = value.baseAddress {
      UnsafeMutableRawPointer(base + count).copyMemory(from: start, byteCount: value.count)
    }
    count += value.count
  }

  private func ensure(_ more: Int) {
    if capacity - count < more { grow(more) }
  }

  private func grow(_ more: Int) {
    while capacity - count < more { capacity *= 2 }
    let fresh = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
    UnsafeMutableRawPointer(fresh).copyMemory(from: base, byteCount: count)
    base.deallocate()
    base = fresh
  }
}

/// A record that cannot be read: cut short, or made of values that no version writes.
package struct RecordDamage: Error, Sendable, Hashable {
  /// What was expected.
  package let reason: String

  /// A record without what was expected.
  package init(reason: String) { self.reason = reason }
}

/// Reads what `RecordBuffer` wrote; never beyond the end, whatever the bytes are.
package struct RecordReader {
  private let bytes: UnsafeRawBufferPointer
  private var position = 0

  /// A reader at the start of `bytes`, which must outlive it.
  package init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  /// Bytes that are left.
  package var remaining: Int { bytes.count - position }

  /// Takes a byte.
  package mutating func byte() throws(RecordDamage) -> UInt8 {
    guard position < bytes.count else { throw RecordDamage(reason: "a byte") }
    defer { position += 1 }
    return bytes[position]
  }

  /// Takes a number.
  package mutating func number() throws(RecordDamage) -> Int64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      let byte = try byte()
      guard shift < 63 || byte <= 1 else { throw RecordDamage(reason: "a number of 64 bits") }
      value |= UInt64(byte & 0x7F) << shift
      if byte & 0x80 == 0 { return Int64(bitPattern: (value >> 1) ^ (0 &- (value & 1))) }
      shift += 7
    }
  }

  /// Takes a number that may be missing.
  package mutating func numberIfAny() throws(RecordDamage) -> Int64? { try flag() ? try number() : nil }

  /// Takes a flag.
  package mutating func flag() throws(RecordDamage) -> Bool {
    switch try byte() {
    case 0: return false
    case 1: return true
    default: throw RecordDamage(reason: "a flag")
    }
  }

  /// Takes a text; bytes that are no UTF-8 become U+FFFD.
  package mutating func text() throws(RecordDamage) -> String { String(decoding: try blob(), as: UTF8.self) }

  /// Takes a text that may be missing.
  package mutating func textIfAny() throws(RecordDamage) -> String? { try flag() ? try text() : nil }

  /// Takes bytes that have their length before them.
  package mutating func blob() throws(RecordDamage) -> UnsafeRawBufferPointer {
    let count = try number()
    guard count >= 0, count <= Int64(bytes.count - position) else { throw RecordDamage(reason: "a length") }
    defer { position += Int(count) }
    return UnsafeRawBufferPointer(rebasing: bytes[position..<(position + Int(count))])
  }
}

/// Walks over what `RecordBuffer` wrote without making values of it: for folding, which looks at every record and needs
/// few of its members. Never reads beyond the end: from the first member that is not there on, `isSound` is false and
/// every further member is zero or empty.
struct FieldScanner {
  private let bytes: UnsafeRawBufferPointer
  /// Where the next member begins. Unit: bytes.
  private(set) var position = 0
  /// Whether everything so far was there.
  private(set) var isSound = true

  /// A scanner at the start of `bytes`, which must outlive it.
  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  /// Says that a member has a value that no version writes.
  mutating func refuse() {
    isSound = false
    position = bytes.count
  }

  /// Takes a byte.
  mutating func byte() -> UInt8 {
    guard position < bytes.count else {
      refuse()
      return 0
    }
    defer { position += 1 }
    return bytes[position]
  }

  /// Takes a flag.
  mutating func flag() -> Bool {
    let value = byte()
    if value > 1 { refuse() }
    return value == 1
  }

  /// Takes a number.
  @inline(__always)
  mutating func number() -> Int64 {
    if position < bytes.count, bytes[position] < 0x80 {
      defer { position += 1 }
      return FieldScanner.signed(UInt64(bytes[position]))
    }
    return longNumber()
  }

  /// Up to eight bytes of a number are taken at once: where its last one is, and then its groups of seven bits together.
  private mutating func longNumber() -> Int64 {
    guard bytes.count - position >= 8 else { return numberByBytes() }
    let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self))
    let ends = ~word & 0x8080_8080_8080_8080
    if ends == 0 { return numberByBytes() }
    position += (ends.trailingZeroBitCount + 1) / 8
    // The bits below the end of the last byte.
    let groups = word & (ends ^ (ends &- 1)) & 0x7F7F_7F7F_7F7F_7F7F
    let pairs = groups & 0x007F_007F_007F_007F | (groups & 0x7F00_7F00_7F00_7F00) >> 1
    let fours = pairs & 0x0000_3FFF_0000_3FFF | (pairs & 0x3FFF_0000_3FFF_0000) >> 2
    return FieldScanner.signed(fours & 0x0FFF_FFFF | (fours & 0x0FFF_FFFF_0000_0000) >> 4)
  }

  private mutating func numberByBytes() -> Int64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      let byte = byte()
      guard isSound, shift < 63 || byte <= 1 else {
        refuse()
        return 0
      }
      value |= UInt64(byte & 0x7F) << shift
      if byte & 0x80 == 0 { return FieldScanner.signed(value) }
      shift += 7
    }
  }

  private static func signed(_ value: UInt64) -> Int64 { Int64(bitPattern: (value >> 1) ^ (0 &- (value & 1))) }

  /// Steps over a number that may be missing.
  mutating func skipNumberIfAny() {
    if flag() { _ = number() }
  }

  /// Steps over a text, or bytes with their length before them; returns where it stands, its length with it.
  @discardableResult
  mutating func text() -> RecordSpan {
    let start = position
    let count = number()
    guard count >= 0, count <= Int64(bytes.count - position) else {
      refuse()
      return RecordSpan(start: 0, end: 0)
    }
    position += Int(count)
    return RecordSpan(start: start, end: position)
  }

  /// Steps over a text that may be missing.
  mutating func skipTextIfAny() {
    if flag() { text() }
  }
}

/// A part of a record's bytes.
struct RecordSpan: Sendable, Hashable {
  private let lower: Int32
  private let upper: Int32

  /// From `start` up to `end`, which no record passes: none is longer than a frame of a journal.
  init(start: Int, end: Int) {
    lower = Int32(truncatingIfNeeded: start)
    upper = Int32(truncatingIfNeeded: end)
  }

  /// The span's bytes in those of its record.
  func bytes(in record: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: record[Int(lower)..<Int(upper)])
  }
}

import Glibc

/// Walks over a block of headers. The names and values it gives point into the block.
struct EventStreamHeaderReader {
  /// One header as it lies in the block.
  struct Entry {
    /// Its name.
    let name: UnsafeRawBufferPointer
    /// The number of its type on the wire. Range: 0...9.
    let type: UInt8
    /// The bytes of its value, without their length.
    let value: UnsafeRawBufferPointer
  }

  private let block: UnsafeRawBufferPointer
  private var position = 0

  /// A walk over a block from its beginning.
  init(_ block: UnsafeRawBufferPointer) { self.block = block }

  /// The next header; nil behind the last. Throws what is wrong with the block.
  mutating func next() throws(EventStreamDefect) -> Entry? {
    guard position < block.count else { return nil }
    let length = Int(block[position])
    guard (1...EventStreamLimit.name).contains(length) else { throw .headerName }
    position += 1
    let name = try take(length)
    let type = try take(1)[0]
    return Entry(name: name, type: type, value: try take(try valueLength(type)))
  }

  private mutating func valueLength(_ type: UInt8) throws(EventStreamDefect) -> Int {
    switch type {
    case 0, 1: return 0
    case 2: return 1
    case 3: return 2
    case 4: return 4
    case 5, 8: return 8
    case 9: return 16
    case 6, 7:
      let length = Int(try take(2).bigEndian(at: 0, as: UInt16.self))
      guard length <= EventStreamLimit.value else { throw .headerValue }
      return length
    default: throw .headerType(type)
    }
  }

  private mutating func take(_ count: Int) throws(EventStreamDefect) -> UnsafeRawBufferPointer {
    guard block.count - position >= count else { throw .headerBlock }
    defer { position += count }
    return UnsafeRawBufferPointer(rebasing: block[position..<position + count])
  }

  /// Checks a whole block: its structure, that names and texts are UTF-8, that no name comes twice.
  static func check(_ block: UnsafeRawBufferPointer) throws(EventStreamDefect) {
    var reader = EventStreamHeaderReader(block)
    var names: [UnsafeRawBufferPointer] = []
    while let entry = try reader.next() {
      guard names.count < EventStreamLimit.headerCount else { throw .headerCount }
      guard isText(entry.name) else { throw .headerName }
      if entry.type == 7, !isText(entry.value) { throw .headerValue }
      if names.contains(where: { $0.isSame(as: entry.name) }) { throw .headerTwice }
      names.append(entry.name)
    }
  }

  private static func isText(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.allSatisfy { $0 < 128 } || String(validating: bytes, as: UTF8.self) != nil
  }
}

extension EventStreamHeaderReader.Entry {
  /// The header's value, copied.
  var copiedValue: EventStreamValue {
    switch type {
    case 0: .bool(true)
    case 1: .bool(false)
    case 2: .int8(value.bigEndian(at: 0, as: Int8.self))
    case 3: .int16(value.bigEndian(at: 0, as: Int16.self))
    case 4: .int32(value.bigEndian(at: 0, as: Int32.self))
    case 5: .int64(value.bigEndian(at: 0, as: Int64.self))
    case 6: .bytes(Array(value))
    case 7: .string(String(decoding: value, as: UTF8.self))
    case 8: .timestamp(value.bigEndian(at: 0, as: Int64.self))
    default: .uuid(high: value.bigEndian(at: 0, as: UInt64.self), low: value.bigEndian(at: 8, as: UInt64.self))
    }
  }
}

extension UnsafeRawBufferPointer {
  /// The number at an offset, first byte highest. The bytes must be there.
  func bigEndian<Number: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as type: Number.Type) -> Number {
    Number(bigEndian: loadUnaligned(fromByteOffset: offset, as: type))
  }

  /// Whether both hold the same bytes.
  func isSame(as other: UnsafeRawBufferPointer) -> Bool {
    guard count == other.count else { return false }
    guard let base = baseAddress, let otherBase = other.baseAddress else { return true }
    return memcmp(base, otherBase, count) == 0
  }
}

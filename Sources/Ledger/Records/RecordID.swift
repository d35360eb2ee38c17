/// Numbers that stand for generation ids. Different ids may have the same: whoever finds one compares the ids.
package enum RecordID {
  /// The characters behind the prefix of which `order` is made: six of time and two random ones.
  private static let orderedCharacters = 8

  /// A number that grows with the time in an id (see `Identifier.generation`): the eight characters behind the prefix,
  /// five bits each. What a store keeps ranges of, so that a search meets few of them.
  package static func order(_ id: UnsafeRawBufferPointer) -> Int64 {
    var order: Int64 = 0
    for index in 4..<(4 + orderedCharacters) {
      let byte = index < id.count ? id[index] : 0
      order = order << 5 | Int64((byte >= 97 ? byte &- 97 : byte &- 24) & 31)
    }
    return order
  }

  /// `order` of an id as text.
  package static func order(_ id: String) -> Int64 {
    var id = id
    return id.withUTF8 { order(UnsafeRawBufferPointer($0)) }
  }

  /// The last four characters of an id, lowest byte first, which are random: what a store keeps of every record, so that a
  /// search looks into few segments of the same seconds.
  package static func tail(_ id: UnsafeRawBufferPointer) -> UInt32 {
    var tail: UInt32 = 0
    for byte in id.suffix(4) { tail = tail >> 8 | UInt32(byte) << 24 }
    return tail
  }

  /// `tail` of an id as text.
  package static func tail(_ id: String) -> UInt32 {
    var id = id
    return id.withUTF8 { tail(UnsafeRawBufferPointer($0)) }
  }

  /// A number of 64 bits for tables in memory: every byte changes all of it. Not made to withstand an enemy: the bytes are
  /// our own.
  package static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    var hash = UInt64(bytes.count) &* factor
    var position = 0
    while position + 8 <= bytes.count {
      mix(&hash, bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self))
      position += 8
    }
    if position < bytes.count {
      if bytes.count >= 8 {
        mix(&hash, bytes.loadUnaligned(fromByteOffset: bytes.count - 8, as: UInt64.self))
      } else {
        var rest: UInt64 = 0
        for byte in bytes[position...] { rest = rest << 8 | UInt64(byte) }
        mix(&hash, rest)
      }
    }
    return hash
  }

  /// The fractional part of the golden ratio: an odd number whose bits have no pattern.
  private static let factor: UInt64 = 0x9E37_79B9_7F4A_7C15

  private static func mix(_ hash: inout UInt64, _ word: UInt64) {
    hash = (hash ^ word) &* factor
    hash ^= hash >> 32
  }
}

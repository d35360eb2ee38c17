import Core

/// What a journal holds: frames one after the other. A frame is four bytes of payload length, one of type, one of the
/// payload's version, two that are zero, four of CRC-32 over what stands before and behind them, then the payload; numbers
/// lowest byte first. A length of zero is where the writing stopped. The CRC goes on from the one of the file's header, so
/// that what a file held before it was used again is never taken for its own.
package enum JournalFrame {
  /// What a frame holds.
  package enum Kind: UInt8, Sendable {
    /// The first of a file: which run, loop and number it is.
    case header = 1
    /// An `Opening`.
    case opening = 2
    /// The id of a generation and its `Ending`.
    case ending = 3
  }

  /// Bytes before a payload.
  package static let headerSize = 12
  /// No payload is longer. Unit: bytes.
  package static let payloadLimit = 64 * 1024

  /// Begins a frame; its payload is written next, then `end` closes it. Returns where it begins.
  static func begin(_ kind: Kind, version: UInt8, in buffer: RecordBuffer) -> Int {
    let start = buffer.count
    buffer.word(0)
    buffer.byte(kind.rawValue)
    buffer.byte(version)
    buffer.byte(0)
    buffer.byte(0)
    buffer.word(0)
    return start
  }

  /// Closes the frame that begins at `start`, in a file of that salt; none for the header itself.
  static func end(_ start: Int, in buffer: RecordBuffer, salt: UInt32) {
    buffer.overwrite(UInt32(buffer.count - start - headerSize), at: start)
    let frame = UnsafeRawBufferPointer(rebasing: buffer.bytes[start...])
    buffer.overwrite(checksum(frame, salt: salt), at: start + 8)
  }

  /// The CRC-32 of a frame without its own four bytes.
  static func checksum(_ frame: UnsafeRawBufferPointer, salt: UInt32) -> UInt32 {
    let head = UnsafeRawBufferPointer(rebasing: frame[..<8])
    return Checksum.crc32(
      UnsafeRawBufferPointer(rebasing: frame[headerSize...]), after: Checksum.crc32(head, after: salt))
  }
}

/// Which file of which journal it is.
package struct JournalHeader: Sendable, Hashable {
  /// The version that `write` writes.
  static let version: UInt8 = 2
  /// The version of files whose frames have no salt.
  static let unsaltedVersion: UInt8 = 1

  /// The run of the program: a random word.
  package var run: String
  /// The loop. Range: 0....
  package var loop: Int64
  /// The number of the file in its loop. Range: 1....
  package var number: Int64

  /// A header.
  package init(run: String, loop: Int64, number: Int64) {
    self.run = run
    self.loop = loop
    self.number = number
  }

  /// Where the checksums of a file's frames begin, by the payload of its header.
  static func salt(_ payload: UnsafeRawBufferPointer) -> UInt32 { Checksum.crc32(payload) }

  func write(to buffer: RecordBuffer) {
    buffer.text(run, limit: RecordLimits.name)
    buffer.number(loop)
    buffer.number(number)
  }

  /// Reads what a journal's file begins with. Throws when the bytes are something else.
  package init(_ reader: inout RecordReader) throws(RecordDamage) {
    run = try reader.text()
    loop = try reader.number()
    number = try reader.number()
  }
}

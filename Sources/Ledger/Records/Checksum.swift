import CBytes
import CZlib

/// CRC-32, as zlib has it.
package enum Checksum {
  /// The checksum of `bytes` behind what has the checksum `before`. The processor's instructions, where it has them, take a
  /// tenth of zlib's time for the size of a record.
  package static func crc32(_ bytes: UnsafeRawBufferPointer, after before: UInt32 = 0) -> UInt32 {
    guard let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return before }
    var sum = before
    if pb_crc32(&sum, start, bytes.count) != 0 { return sum }
    var position = 0
    while position < bytes.count {
      let count = min(bytes.count - position, 1 << 30)
      sum = UInt32(truncatingIfNeeded: CZlib.crc32(UInt(sum), start + position, UInt32(count)))
      position += count
    }
    return sum
  }
}

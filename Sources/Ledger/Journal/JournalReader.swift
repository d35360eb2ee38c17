import CPosix
import Core
import Glibc

/// What a journal holds, read back in order. One owner, one thread; blocks.
package final class JournalReader {
  /// A record of a journal.
  package enum Entry: Sendable {
    /// The first frame of a file.
    case header(JournalHeader)
    /// A request was admitted. `bytes` is the opening as it was written.
    case opening(Opening, bytes: [UInt8])
    /// A request has ended. `bytes` is the ending as it was written.
    case ending(id: String, Ending, bytes: [UInt8])
  }

  /// Why `next` returned nil.
  package enum Stop: Sendable, Hashable {
    /// Nothing more was written.
    case end
    /// What follows is no whole frame: a write was cut off, or the disk lost something.
    case damaged(reason: String)
  }

  private let path: String
  private let descriptor: Int32
  private let limit: Int64
  /// The file's bytes from `windowStart` on, in use up to `windowCount`.
  private let window = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 * 1024, alignment: 8)
  private var windowStart: Int64
  private var windowCount = 0
  /// Where the next frame begins. Unit: bytes.
  package private(set) var offset: Int64
  /// Why the reading stopped; nil while it goes on.
  package private(set) var stop: Stop?

  /// A reader that begins at `offset`, where a frame begins, and goes no further than `limit`. Throws when the file cannot
  /// be opened.
  package init(path: String, from offset: Int64 = 0, to limit: Int64 = .max) throws(SystemFailure) {
    self.path = path
    self.offset = offset
    self.limit = limit
    windowStart = offset
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw SystemFailure("open \(path)") }
  }

  deinit {
    window.deallocate()
    close(descriptor)
  }

  /// The next record; nil at the end or where the bytes are damaged, as `stop` then says. Throws when reading fails.
  package func next() throws(SystemFailure) -> Entry? {
    guard stop == nil else { return nil }
    guard let head = try bytes(JournalFrame.headerSize) else { return end(torn: "a frame's head is cut short") }
    let length = Int(head.loadUnaligned(fromByteOffset: 0, as: UInt32.self).littleEndian)
    if length == 0 { return end(torn: nil) }
    guard length <= JournalFrame.payloadLimit else { return damaged("a frame of \(length) bytes") }
    guard let frame = try bytes(JournalFrame.headerSize + length) else { return end(torn: "a frame is cut short") }
    guard frame.loadUnaligned(fromByteOffset: 8, as: UInt32.self).littleEndian == JournalFrame.checksum(frame) else {
      return damaged("a checksum that does not fit")
    }
    do throws(RecordDamage) {
      let entry = try JournalReader.entry(frame)
      offset += Int64(frame.count)
      return entry
    } catch {
      return damaged("a record without \(error.reason)")
    }
  }

  private static func entry(_ frame: UnsafeRawBufferPointer) throws(RecordDamage) -> Entry {
    let payload = UnsafeRawBufferPointer(rebasing: frame[JournalFrame.headerSize...])
    var reader = RecordReader(payload)
    guard let kind = JournalFrame.Kind(rawValue: frame[4]) else { throw RecordDamage(reason: "a known type") }
    guard frame[5] == 1 else { throw RecordDamage(reason: "a known version; a newer program wrote it") }
    switch kind {
    case .header: return .header(try JournalHeader(&reader))
    case .opening: return .opening(try Opening(&reader), bytes: Array(payload))
    case .ending:
      let id = try reader.text()
      let bytes = Array(payload.suffix(reader.remaining))
      return .ending(id: id, try Ending(&reader), bytes: bytes)
    }
  }

  /// Fewer bytes than a frame needs: the end, unless a part of one is there.
  private func end(torn reason: String?) -> Entry? {
    let rest = windowStart + Int64(windowCount) - offset
    if let reason, rest > 0, window[Int(offset - windowStart)..<windowCount].contains(where: { $0 != 0 }) {
      return damaged(reason)
    }
    stop = .end
    return nil
  }

  private func damaged(_ reason: String) -> Entry? {
    stop = .damaged(reason: "\(reason) at \(offset) in \(path)")
    return nil
  }

  /// The `count` bytes at `offset`, or nil when fewer are left. Valid until the next call.
  private func bytes(_ count: Int) throws(SystemFailure) -> UnsafeRawBufferPointer? {
    let end = offset + Int64(count)
    if end > windowStart + Int64(windowCount) {
      windowStart = offset
      windowCount = 0
      while windowCount < window.count, windowStart + Int64(windowCount) < limit {
        let most = min(window.count - windowCount, Int(clamping: limit - windowStart - Int64(windowCount)))
        let target = window.baseAddress.map { $0 + windowCount }
        let read = pread(descriptor, target, most, off_t(windowStart + Int64(windowCount)))
        if read < 0, pb_errno() == EINTR { continue }
        guard read >= 0 else { throw SystemFailure("read \(path)") }
        if read == 0 { break }
        windowCount += read
      }
      guard end <= windowStart + Int64(windowCount) else { return nil }
    }
    let start = Int(offset - windowStart)
    return UnsafeRawBufferPointer(rebasing: window[start..<(start + count)])
  }
}

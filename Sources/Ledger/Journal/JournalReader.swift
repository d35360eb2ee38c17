import CPosix
import Core
import Glibc

/// Where a `JournalReader` puts what it has read: for one reader after the other, so that none allocates. One owner.
package final class JournalWindow {
  /// Half of a processor's second cache. Holds the longest frame. Unit: bytes.
  private static let size = 128 * 1024

  fileprivate let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: JournalWindow.size, alignment: 8)

  /// A window for a reader.
  package init() {}

  deinit { memory.deallocate() }
}

/// The frames of a journal's file, in order. One owner, one thread; blocks.
package final class JournalReader {
  /// A frame whose checksum is right.
  package struct Frame {
    /// What it holds.
    package let kind: JournalFrame.Kind
    /// Where it begins. Unit: bytes.
    package let offset: Int64
    /// The record as it was written; for an ending, the id before it. Valid until the next frame is read.
    package let payload: UnsafeRawBufferPointer
  }

  /// Why `next` returned nil.
  package enum Stop: Sendable, Hashable {
    /// Nothing more was written.
    case end
    /// What follows is no whole frame: a write was cut off, or the disk lost something or does not give it.
    case damaged(reason: String)
  }

  private let path: String
  private let descriptor: Int32
  private let limit: Int64
  /// Where the checksums of the file's frames begin.
  private var salt: UInt32 = 0
  /// The file's bytes from `windowStart` on, in use up to `windowCount`.
  private let window: JournalWindow
  private var windowStart: Int64
  private var windowCount = 0
  /// Where the next frame begins. Unit: bytes.
  package private(set) var offset: Int64
  /// Why the reading stopped; nil while it goes on.
  package private(set) var stop: Stop?

  /// A reader that begins at `offset`, where a frame begins, and goes no further than `limit`. Throws when the file cannot
  /// be opened.
  package init(
    path: String, from offset: Int64 = 0, to limit: Int64 = .max, window: JournalWindow = JournalWindow()
  ) throws(SystemFailure) {
    self.path = path
    self.offset = offset
    self.limit = limit
    self.window = window
    windowStart = offset
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw SystemFailure("open \(path)") }
    readHeader()
  }

  deinit { close(descriptor) }

  /// The next frame; nil at the end or where nothing can be read, as `stop` then says.
  package func next() -> Frame? {
    guard stop == nil else { return nil }
    do throws(SystemFailure) {
      return try read()
    } catch {
      return damaged("\(error)")
    }
  }

  /// Takes the salt of the file from its header. Without a whole header there is none, and nothing behind it fits.
  private func readHeader() {
    let head = [UInt8](unsafeUninitializedCapacity: JournalReader.longestHeader) { buffer, count in
      count = max(0, pread(descriptor, buffer.baseAddress, buffer.count, 0))
    }
    head.withUnsafeBytes { bytes in
      guard bytes.count >= JournalFrame.headerSize, bytes[4] == JournalFrame.Kind.header.rawValue else { return }
      let length = Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt32.self)))
      guard length <= bytes.count - JournalFrame.headerSize else { return }
      let payload = UnsafeRawBufferPointer(
        rebasing: bytes[JournalFrame.headerSize..<(JournalFrame.headerSize + length)])
      if bytes[5] != JournalHeader.unsaltedVersion { salt = JournalHeader.salt(payload) }
      var reader = RecordReader(payload)
      guard let header = try? JournalHeader(&reader), let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")),
        let file = JournalRun.File(name: path[path.utf8.index(after: slash)...], folder: path[..<slash])
      else { return }
      if file.number != header.number || file.loop != header.loop {
        salt = ~salt
        _ = damaged("what was written into the file before it became this one")
      }
    }
  }

  /// No header is longer: a text and two numbers. Unit: bytes.
  private static let longestHeader = JournalFrame.headerSize + 2 + RecordLimits.name + 20

  private func read() throws(SystemFailure) -> Frame? {
    guard let head = try bytes(JournalFrame.headerSize) else { return end(torn: "a frame's head is cut short") }
    let length = Int(UInt32(littleEndian: head.loadUnaligned(fromByteOffset: 0, as: UInt32.self)))
    if length == 0 { return end(torn: nil) }
    guard length <= JournalFrame.payloadLimit else { return damaged("a frame of \(length) bytes") }
    guard let frame = try bytes(JournalFrame.headerSize + length) else { return end(torn: "a frame is cut short") }
    let checksum = UInt32(littleEndian: frame.loadUnaligned(fromByteOffset: 8, as: UInt32.self))
    guard checksum == JournalFrame.checksum(frame, salt: offset == 0 ? 0 : salt) else {
      return damaged("a checksum that does not fit")
    }
    guard let kind = JournalFrame.Kind(rawValue: frame[4]) else { return damaged("a record of an unknown type") }
    guard kind.isKnown(frame[5]) else {
      return damaged("a record of an unknown version, which a newer program wrote,")
    }
    defer { offset += Int64(frame.count) }
    return Frame(
      kind: kind, offset: offset, payload: UnsafeRawBufferPointer(rebasing: frame[JournalFrame.headerSize...]))
  }

  /// The frame that `next` has just returned is no record of its kind: the reading stops before it.
  package func refuse(_ frame: Frame) {
    offset = frame.offset
    _ = damaged("a record without the members of its version")
  }

  /// Goes on at `offset`, where a frame begins.
  package func seek(to offset: Int64) {
    self.offset = offset
    stop = nil
  }

  /// Fewer bytes than a frame needs: the end, unless a part of one is there.
  private func end(torn reason: String?) -> Frame? {
    let start = Int(offset - windowStart)
    if let reason, start < windowCount, window.memory[start..<windowCount].contains(where: { $0 != 0 }) {
      return damaged(reason)
    }
    stop = .end
    return nil
  }

  private func damaged(_ reason: String) -> Frame? {
    stop = .damaged(reason: "\(reason) at \(offset) in \(path)")
    return nil
  }

  /// The `count` bytes at `offset`, or nil when fewer are left. Valid until the next call.
  private func bytes(_ count: Int) throws(SystemFailure) -> UnsafeRawBufferPointer? {
    let end = offset + Int64(count)
    if offset < windowStart || end > windowStart + Int64(windowCount) {
      try fill()
      guard end <= windowStart + Int64(windowCount) else { return nil }
    }
    let start = Int(offset - windowStart)
    return UnsafeRawBufferPointer(rebasing: window.memory[start..<(start + count)])
  }

  /// Reads as much as the window holds, from `offset` on.
  private func fill() throws(SystemFailure) {
    windowStart = offset
    windowCount = 0
    while windowCount < window.memory.count, windowStart + Int64(windowCount) < limit {
      let most = min(window.memory.count - windowCount, Int(clamping: limit - windowStart - Int64(windowCount)))
      let target = window.memory.baseAddress.map { $0 + windowCount }
      let read = pread(descriptor, target, most, off_t(windowStart + Int64(windowCount)))
      if read < 0, pb_errno() == EINTR { continue }
      guard read >= 0 else { throw SystemFailure("read \(path)") }
      if read == 0 { break }
      windowCount += read
    }
  }
}

extension JournalFrame.Kind {
  /// Whether this program reads a version of its payload.
  fileprivate func isKnown(_ version: UInt8) -> Bool {
    switch self {
    case .header: version == JournalHeader.version || version == JournalHeader.unsaltedVersion
    case .opening: version == Opening.version
    case .ending: version == Ending.version
    }
  }
}

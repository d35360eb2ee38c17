import CPosix
import Core
import Glibc

/// A file that a journal writes: bytes at a position of ours, in space that was set aside before. Written through a mapping
/// where the file system allows it, which costs a tenth of a system call; what is in the mapping survives the end of the
/// process like what was handed to `write(2)`. A file that is used again has its pages in memory already: fresh ones are the
/// dearest part of such a write.
final class JournalFile {
  /// Space is set aside in pieces of this size: about a thousand requests. Unit: bytes.
  static let chunk = 1 << 20
  /// Size of the part that is mapped at a time. Unit: bytes.
  private static let windowSize = 256 << 10

  private(set) var path: String
  let descriptor: Int32
  /// Where the next byte goes.
  private(set) var offset = 0
  /// Up to here the disk has room for us.
  private(set) var allocated = 0
  private let isMappable: Bool
  /// Whether something that was written before may stand behind `offset`.
  private let isUsed: Bool
  private var window = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  /// Where in the file the window begins.
  private var windowStart = 0

  /// Makes a file that must not exist, readable by its owner only.
  init(making path: String) throws(SystemFailure) {
    self.path = path
    descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw SystemFailure("create \(path)") }
    isMappable = pb_maps_reserved_space(descriptor) == 1
    isUsed = false
  }

  /// Takes a file that was written before and is not needed any more, to be written from its start on. Throws `EOPNOTSUPP`
  /// where files are not written through a mapping.
  init(using path: String) throws(SystemFailure) {
    self.path = path
    descriptor = open(path, O_RDWR | O_CLOEXEC)
    isUsed = true
    guard descriptor >= 0 else {
      isMappable = false
      throw SystemFailure("open \(path)")
    }
    isMappable = pb_maps_reserved_space(descriptor) == 1
    var status = stat()
    guard isMappable, fstat(descriptor, &status) == 0 else { throw SystemFailure("use \(path)", code: EOPNOTSUPP) }
    allocated = Int(status.st_size)
  }

  /// Gives it another name.
  func move(to path: String) throws(SystemFailure) {
    guard rename(self.path, path) == 0 else { throw SystemFailure("rename \(self.path)") }
    self.path = path
  }

  deinit {
    unmap()
    if descriptor >= 0 { close(descriptor) }
  }

  /// Makes sure that the disk has room up to `end`. Throws `ENOSPC`, `EDQUOT` or `EFBIG` when it has not.
  func reserve(upTo end: Int) throws(SystemFailure) {
    guard end > allocated else { return }
    let wanted = (end + JournalFile.chunk - 1) / JournalFile.chunk * JournalFile.chunk
    // Near a full disk the rest of a piece may be missing while what is needed is there.
    if allocate(upTo: wanted) == 0 {
      allocated = wanted
      return
    }
    let code = allocate(upTo: end)
    guard code == 0 else {
      // A failed call may have set aside a part.
      _ = ftruncate(descriptor, off_t(allocated))
      throw SystemFailure("set aside space for \(path)", code: code)
    }
    allocated = end
  }

  /// 0, or the system's code.
  private func allocate(upTo end: Int) -> Int32 {
    while true {
      let code = posix_fallocate(descriptor, off_t(allocated), off_t(end - allocated))
      if code != EINTR { return code }
    }
  }

  /// Writes all of `bytes` or nothing. A process that ends in the middle leaves the first four bytes as they were, zero,
  /// which is where a reader stops.
  func write(_ bytes: UnsafeRawBufferPointer) throws(SystemFailure) {
    if let target = mapped(bytes.count), bytes.count >= 4 {
      let rest = UnsafeRawBufferPointer(rebasing: bytes[4...])
      UnsafeMutableRawBufferPointer(rebasing: target[4...]).copyMemory(from: rest)
      // The processor may end between two stores, but shows them to other processes in order only if told to.
      pb_store_word(target.baseAddress, bytes.loadUnaligned(as: UInt32.self))
      offset += bytes.count
      return
    }
    try writeByCall(bytes)
  }

  /// The next `count` bytes of the file as memory, with zeros behind them where a reader may look, which is at the head of a
  /// frame; nil where they cannot be mapped or no space was set aside.
  private func mapped(_ count: Int) -> UnsafeMutableRawBufferPointer? {
    guard isMappable, offset + count <= allocated else { return nil }
    let end = min(offset + count + (isUsed ? JournalFrame.headerSize : 0), allocated)
    if offset < windowStart || end > windowStart + window.count {
      unmap()
      let page = Int(sysconf(Int32(_SC_PAGESIZE)))
      let start = offset / page * page
      let length = min(max(JournalFile.windowSize, end - start), allocated - start)
      guard let base = pb_map_file(descriptor, Int64(start), length) else { return nil }
      window = UnsafeMutableRawBufferPointer(start: base, count: length)
      windowStart = start
      if isUsed { memset(base + offset - start, 0, length - (offset - start)) }
    }
    let from = offset - windowStart
    return UnsafeMutableRawBufferPointer(rebasing: window[from..<(from + count)])
  }

  private func unmap() {
    if let base = window.baseAddress { munmap(base, window.count) }
    window = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    windowStart = 0
  }

  /// What a failed call left behind is cut off again.
  private func writeByCall(_ bytes: UnsafeRawBufferPointer) throws(SystemFailure) {
    var written = 0
    if isUsed { try clearBehind(bytes.count) }
    while written < bytes.count {
      let rest = UnsafeRawBufferPointer(rebasing: bytes[written...])
      let count = pwrite(descriptor, rest.baseAddress, rest.count, off_t(offset + written))
      if count < 0, pb_errno() == EINTR { continue }
      guard count > 0 else {
        let failure = SystemFailure("write \(path)", code: count < 0 ? pb_errno() : ENOSPC)
        unmap()
        _ = ftruncate(descriptor, off_t(offset))
        allocated = offset
        throw failure
      }
      written += count
    }
    offset += written
    allocated = max(allocated, offset)
  }

  /// Puts zeros behind the next `count` bytes, for a reader to stop at, where older bytes stand.
  private func clearBehind(_ count: Int) throws(SystemFailure) {
    let zeros = [UInt8](repeating: 0, count: min(JournalFrame.headerSize, max(0, allocated - offset - count)))
    guard pwrite(descriptor, zeros, zeros.count, off_t(offset + count)) == zeros.count else {
      throw SystemFailure("write \(path)")
    }
  }

  /// Cuts off space that was set aside and not used.
  func trim() {
    unmap()
    if allocated > offset, ftruncate(descriptor, off_t(offset)) == 0 { allocated = offset }
  }
}

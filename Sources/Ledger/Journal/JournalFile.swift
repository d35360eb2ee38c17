import CPosix
import Core
import Glibc

/// A file that a journal writes: bytes at a position of ours, in space that was set aside before.
final class JournalFile {
  /// Space is set aside in pieces of this size: about a thousand requests. Unit: bytes.
  static let chunk = 1 << 20

  let path: String
  let descriptor: Int32
  /// Where the next byte goes.
  private(set) var offset = 0
  /// Up to here the disk has room for us.
  private(set) var allocated = 0

  /// Makes a file that must not exist, readable by its owner only.
  init(making path: String) throws(SystemFailure) {
    self.path = path
    descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw SystemFailure("create \(path)") }
  }

  deinit { close(descriptor) }

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

  /// Writes all of `bytes` or nothing: what a failed call left behind is cut off again.
  func write(_ bytes: UnsafeRawBufferPointer) throws(SystemFailure) {
    var written = 0
    while written < bytes.count {
      let rest = UnsafeRawBufferPointer(rebasing: bytes[written...])
      let count = pwrite(descriptor, rest.baseAddress, rest.count, off_t(offset + written))
      if count < 0, pb_errno() == EINTR { continue }
      guard count > 0 else {
        let failure = SystemFailure("write \(path)", code: count < 0 ? pb_errno() : ENOSPC)
        _ = ftruncate(descriptor, off_t(offset))
        allocated = offset
        throw failure
      }
      written += count
    }
    offset += written
    allocated = max(allocated, offset)
  }

  /// Cuts off space that was set aside and not used.
  func trim() {
    if allocated > offset, ftruncate(descriptor, off_t(offset)) == 0 { allocated = offset }
  }
}

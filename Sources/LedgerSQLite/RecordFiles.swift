import CPosix
import Core
import Glibc
import Ledger

/// The files beside a store that hold its records, one behind the other: `patchbay.db.records/1`, `2` and so on. The store's
/// tables say what is where; bytes that they do not speak of are what a transaction left that never came to its end, and
/// are written over. Belongs to its connection.
///
/// Not in the store's file itself, because that would cost ten times as much: SQLite writes every page twice, page by page.
final class RecordFiles {
  /// A file is followed by the next one when it is longer. Unit: bytes.
  static let fileLimit: Int64 = 256 << 20

  /// Where they are.
  let folder: String
  private var number: Int64 = 0
  private var descriptor: Int32 = -1
  /// The same file, written past the system's memory; -1 where that is not possible.
  private var direct: Int32 = -1
  private var isFlushed = true
  /// What is before it in the current file is on its way to the disk,
  private var sent: Int64 = 0
  /// and what is before this was given out of memory.
  private var released: Int64 = 0
  /// Whether bytes are on the disk before `write` returns.
  var isFlushedAtOnce = false

  /// The files in `folder`, which is made when the first record comes.
  init(folder: String) { self.folder = folder }

  deinit { closeFile() }

  private func closeFile() {
    if descriptor >= 0 { close(descriptor) }
    if direct >= 0 { close(direct) }
    descriptor = -1
    direct = -1
    number = 0
  }

  private func path(_ file: Int64) -> String { "\(folder)/\(file)" }

  /// Writes `bytes` into a file. Only within a transaction that makes a row of them. Throws `full` and `failed`.
  func write(_ bytes: UnsafeRawBufferPointer, file: Int64, at start: Int64) throws(StoreError) {
    try open(file, at: start)
    isFlushed = false
    if bytes.count < RecordFiles.largeBatch || !writeDirectly(bytes, at: start) {
      try writeThroughMemory(bytes, at: start)
    }
    if isFlushedAtOnce {
      guard fdatasync(descriptor) == 0 else { throw failure("flush", file, code: pb_errno()) }
      isFlushed = true
    }
  }

  private func writeThroughMemory(_ bytes: UnsafeRawBufferPointer, at start: Int64) throws(StoreError) {
    var written = 0
    while written < bytes.count {
      let rest = UnsafeRawBufferPointer(rebasing: bytes[written...])
      let count = pwrite(descriptor, rest.baseAddress, rest.count, off_t(start + Int64(written)))
      if count < 0, pb_errno() == EINTR { continue }
      guard count > 0 else { throw failure("write", number, code: count < 0 ? pb_errno() : ENOSPC) }
      written += count
    }
    release(before: start + Int64(bytes.count))
  }

  /// From this size on a batch goes to the disk past the system's memory, which takes a fifth of the processor time and
  /// waits for the disk. Unit: bytes.
  private static let largeBatch = 128 << 10
  /// What such a write begins at and is a multiple of. Unit: bytes.
  private static let block = 4096

  /// Writes whole blocks: the bytes before `start` in the first one again as they are, zeros behind the last byte, which the
  /// next batch writes over. False when something is in the way; then the other way is tried, and reports it.
  private func writeDirectly(_ bytes: UnsafeRawBufferPointer, at start: Int64) -> Bool {
    guard direct >= 0 else { return false }
    let before = Int(start) % RecordFiles.block
    let first = off_t(start) - off_t(before)
    let count = (before + bytes.count + RecordFiles.block - 1) / RecordFiles.block * RecordFiles.block
    let blocks = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: RecordFiles.block)
    defer { blocks.deallocate() }
    if before > 0 {
      let read = pread(direct, blocks.baseAddress, RecordFiles.block, first)
      guard read >= before else { return false }
    }
    UnsafeMutableRawBufferPointer(rebasing: blocks[before...]).copyMemory(from: bytes)
    UnsafeMutableRawBufferPointer(rebasing: blocks[(before + bytes.count)...]).initializeMemory(
      as: UInt8.self, repeating: 0)
    return pwrite(direct, blocks.baseAddress, count, first) == count
  }

  /// Of small batches, bytes that stay in the system's memory: the newest, which callers ask for. Once to twice this.
  private static let cached: Int64 = 8 << 20

  /// Sends what was written to the disk and gives what was sent before out of memory. Records are hardly ever read again:
  /// kept, they would push other things out, and fresh memory for them costs more than everything else about a record.
  private func release(before end: Int64) {
    guard end - sent >= RecordFiles.cached else { return }
    pb_send_to_disk(descriptor, sent, end - sent)
    if sent > released { _ = posix_fadvise(descriptor, off_t(released), off_t(sent - released), POSIX_FADV_DONTNEED) }
    released = sent
    sent = end
  }

  /// Waits until everything that was written is on the disk.
  func flush() {
    if !isFlushed, fdatasync(descriptor) == 0 { isFlushed = true }
  }

  /// The bytes at a place. Throws `damaged` when they are not there.
  func read(file: Int64, at start: Int64, count: Int) throws(StoreError) -> [UInt8] {
    let path = path(file)
    let source = Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard source >= 0 else { throw .damaged(path: path, reason: SystemFailure.text(pb_errno())) }
    defer { close(source) }
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while filled < count {
        let read = pread(source, buffer.baseAddress.map { $0 + filled }, count - filled, off_t(start + Int64(filled)))
        if read < 0, pb_errno() == EINTR { continue }
        if read <= 0 { break }
        filled += read
      }
    }
    guard bytes.count == count else {
      throw .damaged(path: path, reason: "\(count) bytes from \(start) on are not there")
    }
    return bytes
  }

  private func open(_ file: Int64, at start: Int64) throws(StoreError) {
    if number == file { return }
    flush()
    closeFile()
    if mkdir(folder, 0o700) != 0, pb_errno() != EEXIST { throw failure("make", file, code: pb_errno()) }
    descriptor = Glibc.open(path(file), O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw failure("open", file, code: pb_errno()) }
    direct = pb_open_direct(path(file))
    number = file
    sent = start
    released = start
    if isFlushedAtOnce { flushFolders() }
  }

  /// The names of a file and of its folder must survive with it.
  private func flushFolders() {
    for path in [folder, folder + "/.."] {
      let handle = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      if handle >= 0 {
        fsync(handle)
        close(handle)
      }
    }
  }

  private func failure(_ step: String, _ file: Int64, code: Int32) -> StoreError {
    switch code {
    case ENOSPC, EDQUOT, EFBIG: .full
    case EACCES, EROFS, EPERM: .readOnly(path: path(file))
    default: .failed(step: "\(step) \(path(file))", reason: SystemFailure.text(code))
    }
  }
}

import CPosix
import Glibc

/// Whole small files, for start-up and commands; blocks.
package enum FileContents {
  /// Whether something that is no folder stands at `path`.
  package static func exists(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFDIR
  }

  /// The bytes of the file at `path`, at most `limit`. Throws the system's reason; a larger file is `EFBIG`.
  package static func read(_ path: String, limit: Int) throws(SystemFailure) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw SystemFailure("open \(path)") }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count < 0, pb_errno() == EINTR { continue }
      guard count >= 0 else { throw SystemFailure("read \(path)") }
      if count == 0 { return bytes }
      bytes += chunk[..<count]
      if bytes.count > limit { throw SystemFailure("read \(path)", code: EFBIG) }
    }
  }

  /// Writes `bytes` to `path` so that a reader sees the old file or the whole new one: into a file beside it,
  /// flushed, then renamed. A new file gets `mode`. Throws the system's reason and leaves the old file as it was.
  package static func replace(_ path: String, with bytes: [UInt8], mode: mode_t = 0o644) throws(SystemFailure) {
    let temporary = path + ".new-" + Identifier.random(8)
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
    guard descriptor >= 0 else { throw SystemFailure("create \(temporary)") }
    do throws(SystemFailure) {
      try write(bytes, to: descriptor, path: temporary)
      guard rename(temporary, path) == 0 else { throw SystemFailure("rename \(temporary)") }
    } catch {
      unlink(temporary)
      throw error
    }
  }

  private static func write(_ bytes: [UInt8], to descriptor: Int32, path: String) throws(SystemFailure) {
    defer { close(descriptor) }
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, pb_errno() == EINTR { continue }
      guard count > 0 else { throw SystemFailure("write \(path)") }
      rest = rest.dropFirst(count)
    }
    guard fsync(descriptor) == 0 else { throw SystemFailure("flush \(path)") }
  }
}

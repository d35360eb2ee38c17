import CPosix
import Core
import Glibc

/// A connected, non-blocking stream socket: every read and write of a connection goes through here, with `errno`
/// turned into a value at once. The owner closes it exactly once.
package struct Socket: Sendable {
  /// The kernel's number of it.
  package let descriptor: Int32

  /// Bytes the kernel may hold unsent before it stops taking more. Bounds what sits between our high-water mark and the
  /// caller, or megabytes would go into the socket before backpressure starts. Source: architecture, section 3.
  private static let unsentLimit: Int32 = 131_072

  /// Wraps an accepted descriptor and sets what every caller connection wants: no Nagle delay, bounded kernel buffer.
  package init(accepted descriptor: Int32) {
    self.descriptor = descriptor
    var on: Int32 = 1
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    var unsent = Socket.unsentLimit
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NOTSENT_LOWAT, &unsent, socklen_t(MemoryLayout<Int32>.size))
  }

  /// Wraps a connected descriptor whose options someone else has set.
  package init(connected descriptor: Int32) { self.descriptor = descriptor }

  /// What a read or write came to.
  package enum Outcome: Sendable {
    /// So many bytes moved, at least 1.
    case moved(Int)
    /// The kernel would block.
    case wouldBlock
    /// The other side has finished sending (reads only).
    case finished
    /// The connection is gone: reset, timed out.
    case failed(Int32)
  }

  /// Reads what is there into `target`.
  package func read(into target: UnsafeMutableRawBufferPointer) -> Outcome {
    while true {
      let count = recv(descriptor, target.baseAddress, target.count, 0)
      if count > 0 { return .moved(count) }
      if count == 0 { return .finished }
      let code = pb_errno()
      if code == EINTR { continue }
      return code == EAGAIN ? .wouldBlock : .failed(code)
    }
  }

  /// Writes as much of `bytes` as the kernel takes. Never raises SIGPIPE.
  package func write(_ bytes: UnsafeRawBufferPointer) -> Outcome {
    while true {
      let count = send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
      if count >= 0 { return .moved(count) }
      let code = pb_errno()
      if code == EINTR { continue }
      return code == EAGAIN ? .wouldBlock : .failed(code)
    }
  }

  /// Writes as much of `first` and, behind it, `second` as the kernel takes, in one call.
  package func write(_ first: UnsafeRawBufferPointer, then second: UnsafeRawBufferPointer) -> Outcome {
    withUnsafeTemporaryAllocation(of: iovec.self, capacity: 2) { vectors in
      vectors[0] = iovec(iov_base: UnsafeMutableRawPointer(mutating: first.baseAddress), iov_len: first.count)
      vectors[1] = iovec(iov_base: UnsafeMutableRawPointer(mutating: second.baseAddress), iov_len: second.count)
      var message = msghdr()
      message.msg_iov = vectors.baseAddress
      message.msg_iovlen = 2
      while true {
        let count = sendmsg(descriptor, &message, Int32(MSG_NOSIGNAL))
        if count >= 0 { return .moved(count) }
        let code = pb_errno()
        if code == EINTR { continue }
        return code == EAGAIN ? .wouldBlock : .failed(code)
      }
    }
  }

  /// Says that nothing more will be sent; the other side can still be read.
  package func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

  /// Closes in order.
  package func close() { Glibc.close(descriptor) }

  /// Closes with a reset, which discards what the kernel still holds.
  package func reset() { pb_close_reset(descriptor) }
}

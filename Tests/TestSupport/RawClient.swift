import CPosix
import Glibc

/// Why a client gave up.
package enum ClientFailure: Error, Equatable {
  /// Nothing came in time, the other side closed or reset, a call failed, what came is no HTTP.
  case timedOut, closed, reset, system(Int32), malformed(String)
}

/// A blocking client that sends exactly the bytes it is given and waits for at most its deadline. For tests.
package final class RawClient {
  private let descriptor: Int32
  private let seconds: Int
  private var received: [UInt8] = []
  private var isOpen = true

  /// Connects to 127.0.0.1. Every later wait is limited to `seconds`.
  package init(port: Int, seconds: Int = 30, receiveBuffer: Int32? = nil) throws {
    self.seconds = seconds
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { throw ClientFailure.system(pb_errno()) }
    var on: Int32 = 1
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, 4)
    if var size = receiveBuffer { setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, 4) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard result == 0 else { throw ClientFailure.system(pb_errno()) }
  }

  deinit { close() }

  /// Sends all bytes. Throws when the other side has closed.
  package func send(_ bytes: [UInt8]) throws {
    var offset = 0
    while offset < bytes.count {
      try wait(Int16(POLLOUT))
      let count = bytes.withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress?.advanced(by: offset), bytes.count - offset, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { throw failure(pb_errno()) }
      offset += count
    }
  }

  /// Sends text.
  package func send(_ text: String) throws { try send(Array(text.utf8)) }

  /// Sends every byte by itself and stops without an error when the other side has closed meanwhile.
  package func sendByteByByte(_ bytes: [UInt8]) {
    for byte in bytes {
      guard (try? send([byte])) != nil else { return }
    }
  }

  /// Reads one response. `isHead`: it answers HEAD and has no body.
  package func readResponse(isHead: Bool = false) throws -> RawResponse {
    while true {
      if let (response, length) = try RawResponse.parse(received, isHead: isHead, isAtEnd: false) {
        received.removeFirst(length)
        return response
      }
      guard try readMore() else {
        if let (response, length) = try RawResponse.parse(received, isHead: isHead, isAtEnd: true) {
          received.removeFirst(length)
          return response
        }
        throw ClientFailure.closed
      }
      // The bytes are looked at anew each time, so what is there already is taken first.
      while isReadable, try readMore() {}
    }
  }

  /// Reads until the other side closes; a reset counts as the end.
  package func readToEnd() throws -> [UInt8] {
    while try readMore() {}
    defer { received = [] }
    return received
  }

  /// Reads until the bytes received so far contain `text`, and returns them without taking them.
  package func readUntil(_ text: String) throws -> [UInt8] {
    let wanted = Array(text.utf8)
    while !received.contains(wanted) {
      guard try readMore() else { throw ClientFailure.closed }
    }
    return received
  }

  /// Reads at least one byte more; false at the end.
  @discardableResult
  package func readMore(atMost limit: Int = 65536) throws -> Bool {
    try wait(Int16(POLLIN))
    var chunk = [UInt8](repeating: 0, count: limit)
    let count = chunk.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, limit, 0) }
    if count < 0 {
      let failure = failure(pb_errno())
      if failure == .reset { return false }
      throw failure
    }
    received.append(contentsOf: chunk[..<count])
    return count > 0
  }

  /// Whether the other side has closed and nothing more is to come.
  package func isAtEnd() throws -> Bool {
    guard received.isEmpty else { return false }
    return try !readMore()
  }

  /// Closes the sending half.
  package func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

  /// Closes.
  package func close() {
    guard isOpen else { return }
    isOpen = false
    Glibc.close(descriptor)
  }

  /// Closes with a reset.
  package func reset() {
    guard isOpen else { return }
    isOpen = false
    pb_close_reset(descriptor)
  }

  private var isReadable: Bool {
    var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&entry, 1, 0) > 0
  }

  private func wait(_ events: Int16) throws {
    var entry = pollfd(fd: descriptor, events: events, revents: 0)
    let result = poll(&entry, 1, Int32(seconds * 1000))
    if result == 0 { throw ClientFailure.timedOut }
  }

  private func failure(_ code: Int32) -> ClientFailure {
    code == ECONNRESET || code == EPIPE ? .reset : .system(code)
  }
}

extension [UInt8] {
  /// Whether the bytes hold `other` somewhere.
  package func contains(_ other: [UInt8]) -> Bool {
    firstRange(of: other) != nil
  }

  /// The bytes as text.
  package var text: String { String(decoding: self, as: UTF8.self) }
}

import EventLoop

/// What carries a connection's bytes.
enum WireChannel {
  /// A socket of our own.
  case plain(Socket)
  /// A TLS connection that lives in libcurl's handle.
  case secure(WireConnector)

  /// Whether bytes may wait inside, unknown to epoll.
  var isSecure: Bool {
    if case .secure = self { return true }
    return false
  }

  /// Reads what is there.
  func read(into target: UnsafeMutableRawBufferPointer) -> Socket.Outcome {
    switch self {
    case .plain(let socket): socket.read(into: target)
    case .secure(let connector): connector.read(into: target)
    }
  }

  /// Writes some of `first`, and of `second` behind it.
  func write(_ first: UnsafeRawBufferPointer, then second: UnsafeRawBufferPointer) -> Socket.Outcome {
    switch self {
    case .plain(let socket):
      if second.isEmpty { return socket.write(first) }
      return first.isEmpty ? socket.write(second) : socket.write(first, then: second)
    case .secure(let connector): return connector.write(first.isEmpty ? second : first)
    }
  }

  /// Closes; the descriptor is no longer watched.
  func close() {
    switch self {
    case .plain(let socket): socket.close()
    case .secure(let connector): connector.close()
    }
  }
}

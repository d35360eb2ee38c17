import Core
import Dispatch
import EventLoop
import Glibc
import Synchronization

/// A provider that does to each connection exactly what its script says, on threads of its own: raw bytes, ends, resets.
final class ScriptedProvider: Sendable {
  /// One thing to do.
  enum Step: Sendable {
    /// Waits for a request head and the body that its Content-Length announces.
    case readRequest
    case send(String)
    case sendBytes([UInt8])
    /// Sends so many bytes, as fast as they are taken.
    case flood(Int)
    /// Holds the connection open until the other side closes it.
    case waitForClose
    /// Does nothing for so many milliseconds.
    case pause(Int32)
    case close
    case reset
  }

  let port: Int
  private let listener: Int32
  private let state = Mutex((connections: 0, requests: [String](), closes: 0, sent: 0))

  /// Serves connection number n with `scripts[n]`, the last one for all further ones.
  init(_ scripts: [[Step]]) throws {
    let (descriptors, bound) = try Listener.bind(SocketAddress.resolve("127.0.0.1:0")[0], count: 1)
    listener = descriptors[0]
    port = bound.port
    let flags = fcntl(listener, F_GETFL, 0)
    _ = fcntl(listener, F_SETFL, flags & ~O_NONBLOCK)
    Thread.start { [self] in
      var index = 0
      while true {
        let client = accept(listener, nil, nil)
        if client < 0 { return }
        let script = scripts[min(index, scripts.count - 1)]
        index += 1
        state.withLock { $0.connections += 1 }
        Thread.start { self.play(script, client) }
      }
    }
  }

  deinit { shutdown(listener, Int32(SHUT_RDWR)) }

  var connections: Int { state.withLock { $0.connections } }
  var requests: [String] { state.withLock { $0.requests } }
  /// Times the other side closed while a script waited for it.
  var closes: Int { state.withLock { $0.closes } }
  /// Bytes taken by the other side's kernel during floods.
  var sent: Int { state.withLock { $0.sent } }

  private func play(_ script: [Step], _ client: Int32) {
    for step in script {
      switch step {
      case .readRequest:
        guard let request = ScriptedProvider.readRequest(client) else {
          Glibc.close(client)
          return
        }
        state.withLock { $0.requests.append(request) }
      case .send(let text): ScriptedProvider.sendAll(Array(text.utf8), client)
      case .sendBytes(let bytes): ScriptedProvider.sendAll(bytes, client)
      case .flood(let count):
        let block = [UInt8](repeating: UInt8(ascii: "x"), count: 65_536)
        var left = count
        while left > 0 {
          let moved = Glibc.send(client, block, min(left, block.count), Int32(MSG_NOSIGNAL))
          if moved <= 0 { break }
          left -= moved
          state.withLock { $0.sent += moved }
        }
      case .waitForClose:
        var byte: UInt8 = 0
        while recv(client, &byte, 1, 0) > 0 {}
        state.withLock { $0.closes += 1 }
      case .pause(let milliseconds): poll(nil, 0, milliseconds)
      case .close:
        Glibc.close(client)
        return
      case .reset:
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(client, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
        Glibc.close(client)
        return
      }
    }
    Glibc.close(client)
  }

  private static func sendAll(_ bytes: [UInt8], _ client: Int32) {
    var sent = 0
    while sent < bytes.count {
      let moved = bytes[sent...].withUnsafeBytes { Glibc.send(client, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      if moved <= 0 { return }
      sent += moved
    }
  }

  private static func readRequest(_ client: Int32) -> String? {
    var bytes: [UInt8] = []
    var byte: UInt8 = 0
    while !bytes.suffix(4).elementsEqual([13, 10, 13, 10]) {
      guard recv(client, &byte, 1, 0) == 1 else { return nil }
      bytes.append(byte)
    }
    let head = String(decoding: bytes, as: UTF8.self)
    let length =
      head.lowercased().split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
      .flatMap { Int($0.dropFirst(15).drop { $0 == " " }) } ?? 0
    for _ in 0..<length {
      guard recv(client, &byte, 1, 0) == 1 else { return nil }
      bytes.append(byte)
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// A detached thread.
enum Thread {
  static func start(_ body: @escaping @Sendable () -> Void) {
    DispatchQueue(label: "scripted-provider").async(execute: body)
  }
}

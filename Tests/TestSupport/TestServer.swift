import Core
import EventLoop
import HTTPServer

/// A server on a loop of its own and a port chosen by the kernel. Call `stop()` at the end of the test.
package final class TestServer: @unchecked Sendable {
  /// Its loop.
  package let loop: EventLoop
  /// Its port on 127.0.0.1.
  package let port: Int
  private let server: Box<HTTPServer?>

  /// Starts a server whose handler is made on the loop.
  package init(limits: ServerLimits = ServerLimits(), handler: any ExchangeHandler) throws {
    let loop = try EventLoop(index: 0)
    self.loop = loop
    let (descriptors, bound) = try Listener.bind(SocketAddress.resolve("127.0.0.1:0")[0], count: 1)
    port = bound.port
    loop.start()
    let server = Box<HTTPServer?>(nil)
    self.server = server
    try loop.call {
      server.value = try HTTPServer(loop, descriptor: descriptors[0], limits: limits, handler: handler, log: nil)
    }
  }

  /// Connections that are open now.
  package var openConnections: Int {
    let server = server
    return (try? loop.call { server.value?.openConnections ?? 0 }) ?? -1
  }

  /// Begins to drain; `onIdle` is called on the loop.
  package func drain(onIdle: @escaping () -> Void) throws {
    let server = server
    try loop.call { server.value?.drain(onIdle: onIdle) }
  }

  /// Ends all connections; the loop goes on.
  package func closeAll() throws {
    let server = server
    try loop.call { server.value?.closeAll() }
  }

  /// Ends all connections and the loop.
  package func stop() {
    let server = server
    try? loop.call {
      server.value?.closeAll()
      server.value = nil
    }
    loop.stop()
  }

  /// A new client of this server.
  package func client(seconds: Int = 30, receiveBuffer: Int32? = nil) throws -> RawClient {
    try RawClient(port: port, seconds: seconds, receiveBuffer: receiveBuffer)
  }
}

import Core
import EventLoop
import Glibc
import HTTPWire

/// An HTTP/1.1 server on one loop: accepts connections, reads requests, hands them to the handler and writes what it
/// answers. Everything happens on the loop, this type's calls included. It keeps itself alive until it has been told to
/// drain or to close and its last connection has ended.
package final class HTTPServer {
  /// The loop all of this happens on.
  let loop: EventLoop
  /// What it takes from callers.
  let limits: ServerLimits
  /// The part of the limits that the parser needs.
  let headLimits: HeadLimits
  /// Who answers.
  let handler: any ExchangeHandler
  /// The date of responses.
  var date = DateField()
  /// Whether responses announce the end of their connection.
  private(set) var isDraining = false

  private let log: Log?
  private var listener: Listener?
  private var connections: [ObjectIdentifier: Connection] = [:]
  private var onIdle: (() -> Void)?

  /// Serves on a socket made by `Listener.bind`, which the server owns from now on. `limits.connections` is this loop's
  /// share. Throws `SystemFailure`.
  package init(
    _ loop: EventLoop, descriptor: Int32, limits: ServerLimits, handler: any ExchangeHandler, log: Log?
  ) throws {
    self.loop = loop
    self.limits = limits
    self.handler = handler
    self.log = log
    headLimits = HeadLimits(headBytes: limits.headerBytes, fields: limits.headerFields)
    listener = try Listener(loop, descriptor: descriptor) { [self] in accept($0, $1) }
    listener?.onExhaustion = { [log] failure in
      log?.write(.warning, "no connection can be accepted at the moment: \(failure)")
    }
  }

  /// Connections that are open, idle ones included.
  package var openConnections: Int { connections.count }

  /// Stops accepting: callers already in the kernel's queue are still served, idle connections end, busy ones end
  /// with their response. Calls `onIdle` when the last one has ended, possibly before this returns.
  package func drain(onIdle: @escaping () -> Void) {
    self.onIdle = onIdle
    isDraining = true
    closeListener()
    for connection in Array(connections.values) { connection.drain() }
    tellIdle()
  }

  /// Ends everything now. What was written is offered to the kernel once more; exchanges in flight are closed and their
  /// observers told that the caller left.
  package func closeAll() {
    isDraining = true
    closeListener()
    for connection in Array(connections.values) {
      connection.flush()
      connection.lose()
    }
    tellIdle()
  }

  /// A connection has ended.
  func forget(_ connection: Connection) {
    connections[ObjectIdentifier(connection)] = nil
    if connections.count < limits.connections { listener?.setFull(false) }
    tellIdle()
  }

  private func accept(_ descriptor: Int32, _ address: SocketAddress) {
    do {
      let connection = try Connection(descriptor, address: address, server: self)
      connections[ObjectIdentifier(connection)] = connection
    } catch {
      Glibc.close(descriptor)
      log?.write(.warning, "a connection could not be watched: \(error)")
      return
    }
    if connections.count >= limits.connections { listener?.setFull(true) }
  }

  private func closeListener() {
    listener?.close()
    listener = nil
  }

  private func tellIdle() {
    guard isDraining, connections.isEmpty, let done = onIdle else { return }
    onIdle = nil
    done()
  }
}

import Core
import EventLoop
import HTTPWire

/// One request and its response. Lives on its connection's loop and is used there only. The connection and the exchange
/// hold each other until the response is finished or the connection ends; afterwards every call does nothing.
package final class Exchange {
  /// Unsent bytes above which a producer should pause. Unit: bytes.
  package static let highWater = 131_072
  /// Unsent bytes at which a paused producer is told to go on. Unit: bytes.
  package static let lowWater = 32_768

  /// The request's head.
  package let head: RequestHead
  /// The request's body, complete and decompressed once `exchangeReady` is called.
  package let body = ByteBuffer()
  /// The loop all of this happens on.
  package let loop: EventLoop
  /// Sent as `x-request-id`.
  package let requestID = Identifier.request()
  /// The other end of the connection.
  package let remoteAddress: SocketAddress
  /// When the head was complete.
  package let receivedAt: MonotonicTime
  /// What the handler wants to remember between the head and the body.
  package var attachment: AnyObject?
  /// Told when the caller leaves or has caught up. Held until the exchange is closed: a weak reference would slow down
  /// every count of the observer.
  package var observer: (any ExchangeObserver)?

  /// Whether `begin` has been called.
  package private(set) var hasBegun = false
  /// Nil once the exchange is closed.
  private var connection: Connection?

  /// The exchange of a complete head.
  init(head: RequestHead, connection: Connection) {
    self.head = head
    self.connection = connection
    loop = connection.loop
    remoteAddress = connection.remoteAddress
    receivedAt = connection.loop.now
  }

  /// Whether the response can still be written: neither finished nor aborted, and the caller is there.
  package var isOpen: Bool { connection != nil }

  /// Bytes written but not yet taken by the kernel. Unit: bytes.
  package var pendingBytes: Int { connection?.pendingBytes ?? 0 }

  /// Whether a producer should pause until `callerDrained`.
  package var isAboveHighWater: Bool { pendingBytes > Exchange.highWater }

  /// Sends a whole response and finishes. Without `begin` before.
  package func respond(status: Int, fields: ResponseFields, contentType: String, body: UnsafeRawBufferPointer) {
    guard let connection, !hasBegun else { return }
    connection.respond(self, status: status, fields: fields, contentType: contentType, body: body)
  }

  /// Sends a whole response and finishes. Without `begin` before.
  package func respond(status: Int, fields: ResponseFields, contentType: String, body: [UInt8]) {
    body.withUnsafeBytes { respond(status: status, fields: fields, contentType: contentType, body: $0) }
  }

  /// Answers an error with the handler's rendering, its status and, if it carries one, `Retry-After`. When the response
  /// has begun, it is cut instead.
  package func fail(_ error: GatewayError) { fail(error, fields: ResponseFields()) }

  /// Answers an error with further fields, such as `allow`.
  package func fail(_ error: GatewayError, fields: ResponseFields) {
    guard !hasBegun else { return abort() }
    connection?.respond(self, error: error, fields: fields)
  }

  /// Begins a streamed response: chunked, or ended by the connection's end in HTTP/1.0. The head leaves at the end of
  /// the turn, together with the first bytes.
  package func begin(status: Int, fields: ResponseFields, contentType: String) {
    guard let connection, !hasBegun else { return }
    hasBegun = true
    connection.begin(self, status: status, fields: fields, contentType: contentType)
  }

  /// Appends to a streamed response. What is written in one turn leaves as one chunk in one send.
  package func write(_ bytes: UnsafeRawBufferPointer) {
    guard hasBegun else { return }
    connection?.write(bytes)
  }

  /// Ends a streamed response in order.
  package func finish() {
    guard hasBegun else { return }
    connection?.finish()
  }

  /// Ends the response before its end, visibly for the caller: what was written is sent, then the connection closes
  /// without the last chunk (with a reset in HTTP/1.0, where a plain close would pass for the end).
  package func abort() { connection?.abort() }

  /// What of the response has not left yet, for whoever must keep it back for a while.
  package var unsent: UnsentResponse? { connection.map { UnsentResponse($0) } }

  /// Hands the connection over: from now on bytes go out as they are and nothing is framed.
  package func takeOver() -> RawConnection {
    connection?.takeOver()
    return RawConnection(connection)
  }

  /// Closes the exchange, which ends the cycles with its connection and its observer.
  func detach() {
    connection = nil
    observer = nil
  }
}

/// Bytes of a response that have been written and have not left. Taken before the response is finished; afterwards it still
/// reaches the connection. Used on its loop only.
package struct UnsentResponse {
  private let connection: Connection

  init(_ connection: Connection) { self.connection = connection }

  /// Keeps everything back until `letGo`, which is called as often.
  package func keepBack() { connection.keptBack += 1 }

  /// Sends what was kept back.
  package func letGo() {
    connection.keptBack -= 1
    connection.queue()
  }

  /// Sends nothing of it: the connection ends with a reset, which no caller takes for the end of an answer.
  package func retract() { connection.retract() }
}

/// Full control of what goes over a connection, for stand-ins that must misbehave. Used on its loop only.
package final class RawConnection {
  private var connection: Connection?

  /// Control of a connection; nil when it has ended already.
  init(_ connection: Connection?) { self.connection = connection }

  /// Whether the caller is still there.
  package var isOpen: Bool { connection?.isTakenOver ?? false }

  /// Bytes written but not yet taken by the kernel. Unit: bytes.
  package var pendingBytes: Int { connection?.pendingBytes ?? 0 }

  /// Sends bytes at the end of the turn.
  package func write(_ bytes: UnsafeRawBufferPointer) {
    guard isOpen else { return }
    connection?.writeRaw(bytes)
  }

  /// Closes in order after what was written.
  package func close() { end(.linger) }

  /// Sends what was written, then resets the connection.
  package func reset() { end(.reset) }

  private func end(_ ending: Connection.Ending) {
    guard isOpen else { return }
    connection?.end(ending)
    connection = nil
  }
}

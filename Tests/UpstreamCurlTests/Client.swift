import Core
import EventLoop
import Glibc
import TestSupport
import Testing
import Upstream

@testable import UpstreamCurl

/// Which transport makes the calls.
enum TransportKind: CaseIterable {
  case curl, wire
}

/// Hears a call on the loop; read by the test once `isOver`.
final class Recorder: UpstreamObserver, @unchecked Sendable {
  var heads: [UpstreamHead] = []
  var body: [UInt8] = []
  var ends: [GatewayError?] = []
  /// Whether the call has ended, and in order.
  var isComplete: Bool { ends.count == 1 && ends[0] == nil }
  var onBytes: ((any UpstreamTransfer) -> Void)?
  var onHead: ((any UpstreamTransfer) -> Void)?

  func upstream(_ transfer: any UpstreamTransfer, head: UpstreamHead) {
    heads.append(head)
    onHead?(transfer)
  }
  func upstream(_ transfer: any UpstreamTransfer, bytes: UnsafeRawBufferPointer) {
    body += bytes
    onBytes?(transfer)
  }
  func upstream(_ transfer: any UpstreamTransfer, ended failure: GatewayError?) { ends.append(failure) }
}

/// A loop with a transport.
final class Client: @unchecked Sendable {
  let loop: EventLoop
  var transport: (any UpstreamTransport)?

  init(_ kind: TransportKind = .wire, authorities: String? = nil) throws {
    loop = try EventLoop(index: 0)
    loop.start()
    let loop = loop
    transport = try loop.call {
      let options = CurlTransport.Options(certificateAuthorities: authorities, userAgent: "test")
      return kind == .curl ? try CurlTransport(loop, options: options) : try WireTransport(loop, options: options)
    }
  }

  func start(
    _ route: UpstreamRoute, _ body: String?, fields: [UpstreamRoute.Header] = [], _ recorder: Recorder
  ) throws -> any UpstreamTransfer {
    try loop.call {
      guard let transport = self.transport else { throw ClientFailure.timedOut }
      return transport.start(route, body: body.map(Client.body), fields: fields, observer: recorder)
    }
  }

  static func body(_ text: String) -> ByteBuffer {
    let buffer = ByteBuffer()
    buffer.append(text)
    return buffer
  }

  /// Runs one call to its end.
  func call(
    _ route: UpstreamRoute, _ body: String? = "{}", fields: [UpstreamRoute.Header] = []
  ) throws -> Recorder {
    let recorder = Recorder()
    _ = try start(route, body, fields: fields, recorder)
    #expect(eventually { (try? self.loop.call { !recorder.ends.isEmpty }) ?? false })
    return recorder
  }

  func stop() throws {
    try loop.call { self.transport = nil }
    loop.stop()
  }
}

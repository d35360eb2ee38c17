import Core
import EventLoop
import TestSupport
import Upstream

@testable import UpstreamCurl

/// Feeds the bytes of a response to a call without any connection, in any pieces.
final class ResponseFeed {
  /// What came of a response.
  struct Result: Equatable {
    var status: Int?
    var contentType: String?
    var body: [UInt8] = []
    var failure: String?
    var keepsConnection = false
    var isOver = false
  }

  private let client: Client
  private let route = UpstreamRoute(provider: "p", url: "http://127.0.0.1:9/x", headers: [])

  /// A feed on a loop of its own.
  init() throws { client = try Client(.wire) }

  /// Ends the loop.
  func stop() throws { try client.stop() }

  /// Feeds `pieces`, then the end of the connection if `closes`. Pausing after every delivery shows that what is held
  /// comes out in order.
  func run(_ pieces: [[UInt8]], closes: Bool = false, pauses: Bool = false) throws -> Result {
    try client.loop.call { [client, route] in
      guard let transport = client.transport as? WireTransport, let target = WireTarget(route) else { return Result() }
      let endpoint = WireEndpoint(
        route, target: target, origin: WireOrigin(isSecure: false), load: WireLoad(), userAgent: "test")
      let recorder = Recorder()
      if pauses { recorder.onBytes = { $0.pause() } }
      let transfer = WireTransfer(transport, endpoint, body: nil, fields: [], observer: recorder)
      for piece in pieces where transfer.outcome == nil { piece.withUnsafeBytes { transfer.receive($0) } }
      if closes { transfer.connectionEnded(.init(0)) }
      while transfer.isPaused || transfer.holds {
        transfer.resume()
        transfer.deliverHeld()
      }
      if transfer.isSettled { transfer.conclude() }
      defer { transfer.abandon() }
      return Result(
        status: recorder.heads.first?.status, contentType: recorder.heads.first?.contentType, body: recorder.body,
        failure: (recorder.ends.first ?? nil)?.message, keepsConnection: transfer.keepsConnection,
        isOver: !recorder.ends.isEmpty)
    }
  }
}

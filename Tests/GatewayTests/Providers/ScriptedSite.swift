import Core
import HTTPServer
import HTTPWire
import Synchronization
import TestSupport

/// A server that answers what its script says and remembers what it was asked.
final class ScriptedSite: ExchangeHandler, Sendable {
  /// What was asked.
  struct Request: Sendable {
    let method: String
    let target: String
    let fields: [String: String]
    let body: String
  }

  /// What is answered.
  struct Reply: Sendable {
    var status = 200
    var type = "application/json"
    var location: String?
    var body: [UInt8] = []
    /// Whether the body is sent in pieces, without an announced length.
    var isChunked = false
  }

  private static let names = ["authorization", "content-type", "metadata-flavor", "cookie", "accept-encoding", "host"]

  private let seen = Mutex([Request]())
  /// Nil: the request is never answered.
  private let script: @Sendable (Request) -> Reply?

  init(_ script: @escaping @Sendable (Request) -> Reply?) { self.script = script }

  /// In the order of their arrival.
  var requests: [Request] { seen.withLock { $0 } }

  func headReceived(_ exchange: Exchange) -> HeadVerdict { .readBody }

  func exchangeReady(_ exchange: Exchange) {
    var fields: [String: String] = [:]
    for name in ScriptedSite.names { fields[name] = exchange.head.first(name) }
    let request = Request(
      method: exchange.head.method, target: exchange.head.target, fields: fields,
      body: String(decoding: exchange.body.bytes, as: UTF8.self))
    seen.withLock { $0.append(request) }
    guard let reply = script(request) else { return }
    var answer = ResponseFields()
    if let location = reply.location { answer.add("location", location) }
    if reply.isChunked {
      exchange.begin(status: reply.status, fields: answer, contentType: reply.type)
      reply.body.withUnsafeBytes { exchange.write($0) }
      exchange.finish()
    } else {
      exchange.respond(status: reply.status, fields: answer, contentType: reply.type, body: reply.body)
    }
  }

  func commonFields(for head: RequestHead?) -> ResponseFields { ResponseFields() }

  func renderError(
    _ error: GatewayError, requestID: String, head: RequestHead?
  ) -> (contentType: String, body: [UInt8]) { ("text/plain", []) }
}

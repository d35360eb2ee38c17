import Core
import EventLoop
import HTTPServer
import HTTPWire
import Synchronization

/// A handler whose behaviour the request's path chooses, and which counts what it is told.
final class ScriptedHandler: ExchangeHandler, ExchangeObserver, Sendable {
  struct Counts {
    var ready = 0
    var left = 0
    var drained = 0
    var written = 0
  }

  /// What `/pump` writes in all.
  static let pumped = 32 << 20

  let counts = Mutex(Counts())

  func headReceived(_ exchange: Exchange) -> HeadVerdict {
    exchange.observer = self
    return exchange.head.path == "/refuse" ? .refuse(.caller(.unauthenticated, "Send a key.")) : .readBody
  }

  func commonFields(for head: RequestHead?) -> ResponseFields {
    var fields = ResponseFields()
    fields.add("x-common", head == nil ? "no head" : "yes")
    return fields
  }

  func renderError(
    _ error: GatewayError, requestID: String, head: RequestHead?
  ) -> (contentType: String, body: [UInt8]) {
    ("application/json", Array("{\"status\":\(error.kind.status)}".utf8))
  }

  func callerLeft(_ exchange: Exchange) { counts.withLock { $0.left += 1 } }

  func callerDrained(_ exchange: Exchange) {
    counts.withLock { $0.drained += 1 }
    pump(exchange)
  }

  func exchangeReady(_ exchange: Exchange) {
    counts.withLock { $0.ready += 1 }
    switch exchange.head.path {
    case "/hold": break
    case "/later": answerLater(exchange)
    case "/size": respond(exchange, [UInt8](repeating: 120, count: number(exchange, "bytes")))
    case "/stream": stream(exchange, count: number(exchange, "writes"))
    case "/pump":
      exchange.begin(status: 200, fields: ResponseFields(), contentType: "text/plain")
      pump(exchange)
    case "/finish-later": finishLater(exchange)
    case "/cut":
      exchange.begin(status: 200, fields: ResponseFields(), contentType: "text/plain")
      write(exchange, "half")
      exchange.abort()
    case "/abort": exchange.abort()
    case "/fail":
      var fields = ResponseFields()
      fields.add("allow", "GET")
      var error = GatewayError.caller(.methodNotAllowed, "Use GET.")
      error.retryAfterSeconds = 7
      exchange.fail(error, fields: fields)
    case "/empty": exchange.respond(status: 204, fields: ResponseFields(), contentType: "", body: [])
    case "/raw":
      let raw = exchange.takeOver()
      Array("not HTTP at all".utf8).withUnsafeBytes { raw.write($0) }
      exchange.head.query == "reset" ? raw.reset() : raw.close()
    default: respond(exchange, Array("\(exchange.head.method) \(exchange.head.path) ".utf8) + exchange.body.copyBytes())
    }
  }

  private func number(_ exchange: Exchange, _ name: String) -> Int { Int(exchange.head.queryValue(name) ?? "") ?? 1 }

  private func respond(_ exchange: Exchange, _ body: [UInt8]) {
    exchange.respond(status: 200, fields: ResponseFields(), contentType: "text/plain", body: body)
  }

  private func write(_ exchange: Exchange, _ text: String) {
    Array(text.utf8).withUnsafeBytes { exchange.write($0) }
  }

  private func answerLater(_ exchange: Exchange) {
    let box = UncheckedBox(exchange)
    exchange.loop.execute { self.respond(box.value, Array("later".utf8)) }
  }

  private func finishLater(_ exchange: Exchange) {
    exchange.begin(status: 200, fields: ResponseFields(), contentType: "text/plain")
    write(exchange, "late end")
    let box = UncheckedBox(exchange)
    exchange.loop.execute { box.value.loop.execute { box.value.finish() } }
  }

  private func stream(_ exchange: Exchange, count: Int) {
    exchange.begin(status: 200, fields: ResponseFields(), contentType: "text/plain")
    for index in 0..<count { write(exchange, "piece \(index);") }
    exchange.finish()
  }

  /// Writes until the high-water mark, again whenever the caller has caught up.
  private func pump(_ exchange: Exchange) {
    let block = [UInt8](repeating: 97, count: 16_384)
    while exchange.isOpen, !exchange.isAboveHighWater {
      let total = counts.withLock { counts in
        counts.written += block.count
        return counts.written
      }
      block.withUnsafeBytes { exchange.write($0) }
      if total >= ScriptedHandler.pumped { return exchange.finish() }
    }
  }
}

/// Carries an exchange to its own loop.
private struct UncheckedBox: @unchecked Sendable {
  let value: Exchange
  init(_ value: Exchange) { self.value = value }
}

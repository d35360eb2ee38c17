import Administration
import Core
import Dispatch
import EventLoop
import HTTPServer

/// Carries requests for the administration from a loop to its desk, and the answers back. What memory can answer is
/// answered at once; the rest waits for its turn on a queue of its own, since the store blocks.
///
/// `@unchecked Sendable`: it crosses threads only as a reference inside `EventLoop.execute`; everything in it is touched on
/// its loop alone.
final class AdministrationCounter: @unchecked Sendable {
  /// Requests of one loop that may wait. The administration is for people and their tools, not for traffic.
  private static let capacity = 256
  /// One at a time: changes come into force in the order of their making.
  private static let queue = DispatchQueue(label: "patchbay.administration", qos: .userInitiated)

  private let loop: EventLoop
  private let desk: AdministrationDesk
  private let log: Log
  private var waiting: [UInt64: Exchange] = [:]
  private var last: UInt64 = 0

  /// A counter for requests of one loop.
  init(_ loop: EventLoop, _ desk: AdministrationDesk, log: Log) {
    self.loop = loop
    self.desk = desk
    self.log = log
  }

  /// Answers a request whose body is complete, now or later. On the loop.
  func take(_ exchange: Exchange, _ route: AdministrationRoute, _ caller: Caller) {
    guard let method = AdministrationMethod(request: exchange.head.method) else { return exchange.abort() }
    let request = AdministrationRequest(
      route, method, query: exchange.head.queryItems, body: exchange.body.copyBytes(),
      caller: caller.administrationCaller, remote: exchange.remoteAddress.host, now: WallClock.seconds())
    do throws(GatewayError) {
      if let answer = try desk.answerFromMemory(request) { return respond(exchange, .success(answer)) }
    } catch {
      return respond(exchange, .failure(error))
    }
    guard waiting.count < AdministrationCounter.capacity else {
      let message = "Too many requests to the administration are waiting; try again."
      return exchange.fail(GatewayError(.unavailable, message, origin: .gateway, retryAfterSeconds: 1))
    }
    last &+= 1
    waiting[last] = exchange
    ask(request, number: last)
  }

  private func ask(_ request: AdministrationRequest, number: UInt64) {
    AdministrationCounter.queue.async { [self] in
      let result: Result<AdministrationAnswer, GatewayError>
      do throws(GatewayError) { result = .success(try desk.answer(request)) } catch { result = .failure(error) }
      loop.execute { [self] in
        guard let exchange = waiting.removeValue(forKey: number) else { return }
        respond(exchange, result)
      }
    }
  }

  private func respond(_ exchange: Exchange, _ result: Result<AdministrationAnswer, GatewayError>) {
    switch result {
    case .success(let answer):
      exchange.respond(
        status: answer.status, fields: GatewaySnapshot.privateFields, contentType: "application/json",
        body: answer.document.serialized())
    case .failure(let error):
      if let context = error.context { log.write(.error, "the administration failed", [("reason", context)]) }
      exchange.fail(error)
    }
  }
}

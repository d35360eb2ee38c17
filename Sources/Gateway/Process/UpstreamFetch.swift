import Core
import EventLoop
import Upstream

/// One request whose whole answer is wanted, under a deadline: for discovery, import, the doctor and access tokens.
package final class UpstreamFetch: UpstreamObserver {
  /// What came back.
  package struct Answer: Sendable {
    /// The response's head.
    package let head: UpstreamHead
    /// The response's body.
    package let body: [UInt8]
  }

  /// Largest body unless told otherwise. Unit: bytes. OpenRouter's list of all models with endpoints is about 2 MB.
  package static let usualLimit = 67_108_864

  private let limit: Int
  private let completion: (Result<Answer, GatewayError>) -> Void
  private var transfer: (any UpstreamTransfer)?
  private var timer: LoopTimer?
  private var head = UpstreamHead()
  private let body = ByteBuffer()
  /// Keeps the fetch alive until it has ended.
  private var me: UpstreamFetch?

  private init(limit: Int, _ completion: @escaping (Result<Answer, GatewayError>) -> Void) {
    self.limit = limit
    self.completion = completion
  }

  /// Asks for the route's URL: by GET, or by POST with `body`. `completion` is called once, on the loop, at the latest after
  /// `milliseconds`. An answer whose body has more than `limit` bytes is an error.
  package static func start(
    _ route: UpstreamRoute, body: ByteBuffer? = nil, fields: [UpstreamRoute.Header] = [], on loop: EventLoop,
    transport: any UpstreamTransport, milliseconds: Int64, limit: Int = usualLimit,
    completion: @escaping (Result<Answer, GatewayError>) -> Void
  ) {
    loop.assertOnLoop()
    let fetch = UpstreamFetch(limit: limit, completion)
    fetch.me = fetch
    fetch.timer = LoopTimer(loop) { [weak fetch] in
      fetch?.end(.failure(GatewayError(.timedOut, "No answer in \(milliseconds) ms", origin: .upstream)))
    }
    fetch.timer?.arm(milliseconds: milliseconds)
    fetch.transfer = transport.start(route, body: body, fields: fields, observer: fetch)
  }

  /// Takes the head.
  package func upstream(_ transfer: any UpstreamTransfer, head: UpstreamHead) { self.head = head }

  /// Gathers the body.
  package func upstream(_ transfer: any UpstreamTransfer, bytes: UnsafeRawBufferPointer) {
    body.append(bytes)
    if body.count > limit {
      end(.failure(GatewayError(.providerFailed, "The answer is larger than \(limit) bytes", origin: .upstream)))
    }
  }

  /// Hands over the result.
  package func upstream(_ transfer: any UpstreamTransfer, ended failure: GatewayError?) {
    end(failure.map { .failure($0) } ?? .success(Answer(head: head, body: body.copyBytes())))
  }

  private func end(_ result: Result<Answer, GatewayError>) {
    guard me != nil else { return }
    me = nil
    timer?.invalidate()
    transfer?.cancel()
    completion(result)
  }
}

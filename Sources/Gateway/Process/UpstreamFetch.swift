import Core
import EventLoop
import Upstream

/// One GET to a provider whose whole answer is wanted, under a deadline: for discovery, import and the doctor.
package final class UpstreamFetch: UpstreamObserver {
  /// What came back.
  package struct Answer: Sendable {
    /// The response's head.
    package let head: UpstreamHead
    /// The response's body.
    package let body: [UInt8]
  }

  /// Largest body. Unit: bytes. OpenRouter's list of all models with endpoints is about 2 MB.
  private static let limit = 67_108_864

  private let completion: (Result<Answer, GatewayError>) -> Void
  private var transfer: (any UpstreamTransfer)?
  private var timer: LoopTimer?
  private var head = UpstreamHead()
  private let body = ByteBuffer()
  /// Keeps the fetch alive until it has ended.
  private var me: UpstreamFetch?

  private init(_ completion: @escaping (Result<Answer, GatewayError>) -> Void) { self.completion = completion }

  /// Fetches the route's URL. `completion` is called once, on the loop, at the latest after `milliseconds`.
  package static func start(
    _ route: UpstreamRoute, on loop: EventLoop, transport: any UpstreamTransport, milliseconds: Int64,
    completion: @escaping (Result<Answer, GatewayError>) -> Void
  ) {
    loop.assertOnLoop()
    let fetch = UpstreamFetch(completion)
    fetch.me = fetch
    fetch.timer = LoopTimer(loop) { [weak fetch] in
      fetch?.end(.failure(GatewayError(.timedOut, "No answer in \(milliseconds) ms", origin: .upstream)))
    }
    fetch.timer?.arm(milliseconds: milliseconds)
    fetch.transfer = transport.start(route, body: nil, observer: fetch)
  }

  /// Takes the head.
  package func upstream(_ transfer: any UpstreamTransfer, head: UpstreamHead) { self.head = head }

  /// Gathers the body.
  package func upstream(_ transfer: any UpstreamTransfer, bytes: UnsafeRawBufferPointer) {
    body.append(bytes)
    if body.count > UpstreamFetch.limit {
      end(
        .failure(
          GatewayError(.providerFailed, "The answer is larger than \(UpstreamFetch.limit) bytes", origin: .upstream)))
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

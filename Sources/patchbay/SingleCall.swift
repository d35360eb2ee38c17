import Core
import Dispatch
import EventLoop
import Synchronization
import Upstream
import UpstreamCurl

/// One call whose answer another thread waits for. Unchecked because the transport and the transfer are touched on the
/// loop only; what both threads need stands behind the lock.
final class SingleCall: UpstreamObserver, @unchecked Sendable {
  /// What came back.
  struct Answer: Sendable {
    var head = UpstreamHead()
    var body: [UInt8] = []
  }

  private let route: UpstreamRoute
  /// Nil for a GET.
  private let body: [UInt8]?
  private let byteLimit: Int
  private var transport: CurlTransport?
  private var transfer: (any UpstreamTransfer)?
  private var answer = Answer()
  private let outcome = Mutex<Result<Answer, NetworkProblem>?>(nil)
  private let done = DispatchSemaphore(value: 0)

  /// A call that has not begun: a POST of `body`, or a GET.
  init(_ route: UpstreamRoute, body: [UInt8]? = nil, byteLimit: Int) {
    self.route = route
    self.body = body
    self.byteLimit = byteLimit
  }

  /// Begins; on the loop.
  func start(on loop: EventLoop, options: CurlTransport.Options) {
    do {
      let transport = try CurlTransport(loop, options: options)
      self.transport = transport
      transfer = transport.start(route, body: body.map(SingleCall.buffer), observer: self)
    } catch {
      finish(.failure(NetworkProblem((error as? GatewayError)?.message ?? "\(error)")))
    }
  }

  private static func buffer(_ bytes: [UInt8]) -> ByteBuffer {
    let buffer = ByteBuffer(capacity: bytes.count)
    buffer.append(bytes)
    return buffer
  }

  /// What has come so far; on the loop.
  var received: Answer { answer }

  /// Waits for the end; on another thread than the loop's.
  func wait(milliseconds: Int) -> Result<Answer, NetworkProblem> {
    guard done.wait(timeout: .now() + .milliseconds(milliseconds)) == .success else {
      return .failure(NetworkProblem("it took longer than \(milliseconds / 1000) s"))
    }
    return outcome.withLock { $0 } ?? .failure(NetworkProblem("it ended without an answer"))
  }

  /// Gives everything back; on the loop, when nothing is waited for any more.
  func end() {
    transfer?.cancel()
    transfer = nil
  }

  func upstream(_ transfer: any UpstreamTransfer, head: UpstreamHead) { answer.head = head }

  func upstream(_ transfer: any UpstreamTransfer, bytes: UnsafeRawBufferPointer) {
    guard answer.body.count + bytes.count <= byteLimit else {
      transfer.cancel()
      return finish(.failure(NetworkProblem("it answered with more than \(byteLimit) bytes")))
    }
    answer.body += bytes
  }

  func upstream(_ transfer: any UpstreamTransfer, ended failure: GatewayError?) {
    if let failure {
      finish(.failure(NetworkProblem(failure.context.map { "\(failure.message) (\($0))" } ?? failure.message)))
    } else {
      finish(.success(answer))
    }
  }

  private func finish(_ result: Result<Answer, NetworkProblem>) {
    outcome.withLock { $0 = result }
    done.signal()
  }
}

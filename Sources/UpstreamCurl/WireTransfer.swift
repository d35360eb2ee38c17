import CCurl
import Core
import Upstream

/// One call: what is heard of it, and the response as far as it has come. Bytes go in here as the connection reads them
/// and come out to the observer, or are held while it has paused.
///
/// Owned by whoever works for it: the connector, then the connection; the caller may hold it longer, without effect.
final class WireTransfer: UpstreamTransfer {
  /// Where a call stands.
  enum Stage {
    case waiting
    case connecting(WireConnector)
    case exchanging(WireConnection)
    case over
  }

  /// How the response ended, on the wire.
  enum Outcome {
    case clean
    case failed(GatewayError)
  }

  /// Plain bytes that one step makes out of coded ones before the other connections have their turn. Unit: bytes.
  private static let decodedPerStep = 262_144

  /// The call's endpoint.
  let endpoint: WireEndpoint
  /// The request body; nil for GET.
  let body: ByteBuffer?
  /// Header fields besides the route's own.
  let fields: [UpstreamRoute.Header]
  /// Set by the transport and the connection.
  var stage = Stage.waiting
  /// Set once the end of the response, or why there is none, is known. What is held still goes to the observer.
  private(set) var outcome: Outcome?
  /// Whether any byte of a response has come.
  private(set) var hasResponse = false
  /// Whether another call may follow on the connection, as far as the response says.
  private(set) var keepsConnection = false
  /// Whether the observer wants nothing for now.
  private(set) var isPaused = false
  private unowned let transport: WireTransport
  /// Held until the call is over; a weak reference would slow down every count of it.
  private var observer: (any UpstreamObserver)?
  private var parser: ResponseHeadParser
  private var framing = ResponseBody(.none)
  private var hasHead = false
  private var hasBytes = false
  private var content: ContentStage?
  private var held: ByteBuffer?
  private var decoded = 0

  /// A call that nobody works for yet.
  init(
    _ transport: WireTransport, _ endpoint: WireEndpoint, body: ByteBuffer?, fields: [UpstreamRoute.Header],
    observer: any UpstreamObserver
  ) {
    self.fields = fields
    self.transport = transport
    self.endpoint = endpoint
    self.body = body
    self.observer = observer
    parser = ResponseHeadParser(limit: transport.options.headBytes)
  }

  // MARK: UpstreamTransfer

  func pause() {
    if !isOver { isPaused = true }
  }

  func resume() {
    guard isPaused, !isOver else { return }
    isPaused = false
    if case .exchanging(let connection) = stage { connection.resumed() }
  }

  func cancel() {
    guard !isOver else { return }
    let last = stage
    abandon()
    switch last {
    case .connecting(let connector): transport.abandon(connector)
    case .exchanging(let connection): connection.close()
    case .waiting, .over: break
    }
  }

  // MARK: State

  /// Whether the observer hears nothing any more.
  var isOver: Bool {
    if case .over = stage { return true }
    return false
  }

  /// Whether bytes wait here for the observer.
  var holds: Bool {
    if let held, !held.isEmpty { return true }
    return content?.hasMore ?? false
  }

  /// Whether the next bytes of the response are wanted now.
  var mayReceive: Bool { outcome == nil && !isPaused && !holds }

  /// Whether nothing is left but to tell the observer of the end.
  var isSettled: Bool { outcome != nil && !isPaused && !holds }

  // MARK: The response

  /// Takes the next bytes of the response.
  func receive(_ bytes: UnsafeRawBufferPointer) {
    hasResponse = true
    decoded = 0
    do throws(ResponseFault) {
      var rest = bytes
      if !hasHead {
        guard let used = try parser.take(rest) else { return }
        rest = UnsafeRawBufferPointer(rebasing: rest[used...])
        try begin()
        if isOver || outcome != nil { return }
      }
      let used = try framing.take(rest) { deliver($0) }
      if isOver || outcome != nil { return }
      if framing.isComplete {
        outcome = .clean
        if used < rest.count { keepsConnection = false }
      }
    } catch { fail(error) }
  }

  /// The connection has ended, in order (`CURLE_OK`) or not.
  func connectionEnded(_ code: CURLcode) {
    guard outcome == nil else { return }
    if code == CURLE_OK, hasHead, framing.mayEndByClose {
      outcome = .clean
    } else if code == CURLE_OK {
      outcome = .failed(error(hasHead ? CURLE_PARTIAL_FILE : CURLE_GOT_NOTHING))
    } else {
      outcome = .failed(error(code))
    }
  }

  /// The call has failed outside of its response.
  func fail(_ failure: GatewayError) { outcome = .failed(failure) }

  /// Forgets how the connection ended, before the call goes to another one.
  func prepareRetry() { outcome = nil }

  /// Goes on with what was held.
  func deliverHeld() {
    guard !isPaused, !isOver, holds else { return }
    decoded = 0
    let buffer = held
    let used = emit(buffer?.bytes ?? UnsafeRawBufferPointer(start: nil, count: 0))
    guard !isOver, let buffer, held != nil else { return }
    buffer.consume(used)
    if buffer.isEmpty { held = nil }
  }

  /// Tells the observer of the end. The call is over.
  func conclude() {
    var failure: GatewayError?
    if case .failed(let reason) = outcome { failure = reason }
    if failure == nil, let content, !content.mayEnd {
      failure = error(CURLE_BAD_CONTENT_ENCODING, "the coded data end early")
    }
    let listener = observer
    abandon()
    listener?.upstream(self, ended: failure)
  }

  /// The call is over, and the observer hears nothing.
  func abandon() {
    guard !isOver else { return }
    stage = .over
    observer = nil
    held = nil
    content = nil
    endpoint.load.running -= 1
  }

  /// One of libcurl's codes as the call's failure.
  func error(_ code: CURLcode, _ detail: String? = nil) -> GatewayError {
    CurlFailure.error(
      code, provider: endpoint.route.name, hasHead: hasHead, hasBytes: hasResponse, detail: detail)
  }

  private func begin() throws(ResponseFault) {
    framing = ResponseBody(try parser.head.framing())
    keepsConnection = parser.head.keepsConnection
    hasHead = true
    let coding = parser.head.coding
    if coding != .identity { content = ContentStage(coding) }
    observer?.upstream(self, head: parser.head.value)
    if isOver { return }
    if coding != .identity, content == nil, !framing.isComplete {
      throw .coding("a content coding that is unknown, or several of them")
    }
  }

  private func deliver(_ bytes: UnsafeRawBufferPointer) {
    if isOver || outcome != nil { return }
    if isPaused || holds { return hold(bytes) }
    let used = emit(bytes)
    if used < bytes.count, !isOver, outcome == nil { hold(UnsafeRawBufferPointer(rebasing: bytes[used...])) }
  }

  private func hold(_ bytes: UnsafeRawBufferPointer) {
    let buffer = held ?? ByteBuffer(capacity: bytes.count)
    buffer.append(bytes)
    held = buffer
  }

  /// Hands bytes to the observer, decoded if need be. Returns how many of them were used.
  private func emit(_ bytes: UnsafeRawBufferPointer) -> Int {
    guard let content else {
      hasBytes = true
      observer?.upstream(self, bytes: bytes)
      return bytes.count
    }
    do throws(ResponseFault) {
      return try content.run(bytes) { plain in
        hasBytes = true
        decoded += plain.count
        observer?.upstream(self, bytes: plain)
        return !isPaused && !isOver && decoded < WireTransfer.decodedPerStep
      }
    } catch {
      held = nil
      self.content = nil
      fail(error)
      return bytes.count
    }
  }

  private func fail(_ fault: ResponseFault) {
    switch fault {
    case .malformed(let reason): outcome = .failed(error(CURLE_WEIRD_SERVER_REPLY, "\(reason)"))
    case .coding(let reason): outcome = .failed(error(CURLE_BAD_CONTENT_ENCODING, "\(reason)"))
    case .headTooLarge:
      outcome = .failed(
        GatewayError(
          .providerFailed, "The provider's response head is larger than \(transport.options.headBytes) bytes",
          origin: .upstream))
    }
  }
}

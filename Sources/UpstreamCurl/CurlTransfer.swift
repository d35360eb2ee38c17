import CCurl
import Core
import Upstream

/// One call: a pooled easy handle and what has been heard of it. The handle is set up once per route and never reset, so
/// only the body changes from call to call.
///
/// Ownership: the transport holds a strong reference while the call is under way, which keeps the pointer in libcurl's
/// callbacks valid; a recycled handle moves to a new object.
final class CurlTransfer: CurlTask, UpstreamTransfer {
  /// Where a call stands.
  enum State {
    case idle, queued, running, failedEarly, cancelled, finished
  }

  let route: UpstreamRoute
  private unowned let transport: CurlTransport
  private let headers: UnsafeMutablePointer<curl_slist>?
  private let url: OpaquePointer?
  weak var observer: (any UpstreamObserver)?
  var state = State.idle
  /// Set when we end the call ourselves, with the reason.
  var failure: GatewayError?
  private var head = CurlHead()
  private var body: ByteBuffer?
  /// The route's headers with the call's own; nil when it has none.
  private var ownHeaders: UnsafeMutablePointer<curl_slist>?
  private var isPaused = false
  private var ownsHandle = true
  private var hasBytes = false

  /// A new handle for a route.
  init(_ transport: CurlTransport, route: UpstreamRoute) {
    guard let handle = curl_easy_init() else { fatalError("libcurl is out of memory") }
    self.transport = transport
    self.route = route
    headers = CurlSetup.headerList(route)
    url = CurlSetup.parsedURL(route)
    super.init(handle: handle)
    CurlSetup.applyConnection(route, transport.options, to: handle, url: url, share: transport.driver.share)
    CurlSetup.applyRequest(route, transport.options, to: handle, headers: headers)
    // A connection that lies ready may have been opened under another rule for addresses.
    if route.addresses != .any { _ = pb_curl_set_long(handle, CURLOPT_FRESH_CONNECT, 1) }
    if route.addresses != .any || !route.isKept { _ = pb_curl_set_long(handle, CURLOPT_FORBID_REUSE, 1) }
    bindCallbacks()
  }

  /// A fresh object around the handle of an ended call.
  init(reusing old: CurlTransfer) {
    transport = old.transport
    route = old.route
    headers = old.headers
    url = old.url
    super.init(handle: old.handle)
    old.ownsHandle = false
    bindCallbacks()
  }

  /// Frees the handle. The object must not be used any more.
  func dispose() {
    guard ownsHandle else { return }
    ownsHandle = false
    curl_easy_cleanup(handle)
    curl_slist_free_all(headers)
    curl_slist_free_all(ownHeaders)
    if let url { curl_url_cleanup(url) }
  }

  private func bindCallbacks() {
    let context = Unmanaged.passUnretained(self).toOpaque()
    bind(to: transport.driver)
    restrict(to: route.addresses)
    _ = pb_curl_set_pointer(handle, CURLOPT_WRITEDATA, context)
    _ = pb_curl_set_pointer(handle, CURLOPT_HEADERDATA, context)
    _ = pb_curl_set_write(handle, CurlTransfer.writeCallback)
    _ = pb_curl_set_header(handle, CurlTransfer.headerCallback)
  }

  /// Sets what differs from call to call. Returns why it cannot be sent, if so.
  func prepare(body: ByteBuffer?, fields: [UpstreamRoute.Header]) -> GatewayError? {
    guard url != nil else {
      return GatewayError(
        .internalFailure, "The base_url of provider \(route.name) is not a valid URL", origin: .gateway,
        resend: .safe)
    }
    self.body = body
    if !fields.isEmpty {
      ownHeaders = CurlSetup.headerList(route, fields)
      _ = pb_curl_set_list(handle, CURLOPT_HTTPHEADER, ownHeaders)
    }
    if let body {
      let bytes = body.bytes
      _ = pb_curl_set_long(handle, CURLOPT_POST, 1)
      _ = pb_curl_set_large(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(bytes.count))
      // Not copied by libcurl: `body` is kept until the call has ended.
      _ = pb_curl_set_pointer(handle, CURLOPT_POSTFIELDS, bytes.baseAddress ?? UnsafeRawPointer(handle))
    } else {
      _ = pb_curl_set_long(handle, CURLOPT_HTTPGET, 1)
    }
    return nil
  }

  /// Forgets the call.
  func finish() {
    observer = nil
    body = nil
    if ownHeaders != nil {
      _ = pb_curl_set_list(handle, CURLOPT_HTTPHEADER, headers)
      curl_slist_free_all(ownHeaders)
      ownHeaders = nil
    }
    if state != .finished { state = .idle }
  }

  override func finished(_ result: CURLcode) { transport.finished(self, result) }

  override func settle() { transport.settle(self) }

  // MARK: UpstreamTransfer

  func pause() {
    guard !isPaused, state == .running else { return }
    isPaused = true
    transport.driver.setPaused(true, self)
  }

  func resume() {
    guard isPaused, state == .running else { return }
    isPaused = false
    transport.driver.setPaused(false, self)
  }

  func cancel() { transport.cancel(self) }

  // MARK: libcurl's callbacks

  private static let writeCallback: pb_curl_data = { bytes, size, count, context in
    guard let bytes, let context else { return 0 }
    let transfer = Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue()
    return transfer.receive(UnsafeRawBufferPointer(start: bytes, count: size * count)) ? size * count : 0
  }

  private static let headerCallback: pb_curl_data = { bytes, size, count, context in
    guard let bytes, let context else { return 0 }
    let transfer = Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue()
    return transfer.receiveHeader(UnsafeRawBufferPointer(start: bytes, count: size * count)) ? size * count : 0
  }

  private func receive(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard state == .running else { return false }
    hasBytes = true
    observer?.upstream(self, bytes: bytes)
    return state == .running
  }

  private func receiveHeader(_ line: UnsafeRawBufferPointer) -> Bool {
    guard state == .running else { return false }
    switch head.take(line, limit: transport.options.headBytes) {
    case .more: return true
    case .complete(let value):
      observer?.upstream(self, head: value)
      return state == .running
    case .tooLarge:
      failure = GatewayError(
        .providerFailed, "The provider's response head is larger than \(transport.options.headBytes) bytes",
        origin: .upstream)
      return false
    }
  }

  // MARK: Failures

  /// Nil for a response that had a head; libcurl calls a body without any head a success in no case we know of.
  func headFailure() -> GatewayError? {
    head.isComplete ? nil : GatewayError(.providerFailed, "The provider sent no response", origin: .upstream)
  }

  /// libcurl's result as our error. `resend` follows from how far the call got.
  func failure(of code: CURLcode) -> GatewayError {
    if hasRefusedAddress, !head.isComplete { return CurlFailure.refusedAddress(of: route.name) }
    return CurlFailure.error(
      code, provider: route.name, hasHead: head.isComplete, hasBytes: hasBytes)
  }
}

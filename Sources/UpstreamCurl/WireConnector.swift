import CCurl
import Core
import EventLoop
import Upstream

/// Makes one connection with libcurl: names, addresses, TLS. A plain connection's socket is then taken from libcurl and
/// the handle freed; a TLS one stays in the handle, and its bytes go through here.
///
/// Owner: the transport while it connects, then the connection.
final class WireConnector: CurlTask {
  /// Where to.
  let endpoint: WireEndpoint
  /// The call that waits for the connection.
  var transfer: WireTransfer?
  private unowned let transport: WireTransport
  private let driver: CurlDriver
  private var isOpen = true

  /// Does nothing before `start`.
  init(_ transport: WireTransport, _ endpoint: WireEndpoint) {
    guard let handle = curl_easy_init() else { fatalError("libcurl is out of memory") }
    self.transport = transport
    self.endpoint = endpoint
    driver = transport.driver
    super.init(handle: handle)
    CurlSetup.applyConnection(
      endpoint.route, transport.options, to: handle, url: endpoint.url,
      share: endpoint.origin.isSecure ? driver.share : nil)
    _ = pb_curl_set_long(handle, CURLOPT_CONNECT_ONLY, 1)
    // Nothing is received through libcurl's own buffer.
    _ = pb_curl_set_long(handle, CURLOPT_BUFFERSIZE, 1024)
    bind(to: driver)
    restrict(to: endpoint.route.addresses)
  }

  /// Begins to connect.
  func start() -> CURLMcode { driver.add(self) }

  override func finished(_ result: CURLcode) { transport.connected(self, result) }

  /// The connected socket, or nil.
  var descriptor: Int32? {
    var descriptor: curl_socket_t = -1
    guard pb_curl_get_socket(handle, CURLINFO_ACTIVESOCKET, &descriptor) == CURLE_OK, descriptor >= 0 else {
      return nil
    }
    return descriptor
  }

  /// Ends the connection, or lets go of its socket without closing it.
  func close(keeping descriptor: Int32 = -1) {
    guard isOpen else { return }
    isOpen = false
    transfer = nil
    // Our own watching of the socket has ended; libcurl's own ends here.
    if let descriptor = self.descriptor { driver.handOver(descriptor, to: nil) }
    driver.remove(self, keeping: descriptor)
    curl_easy_cleanup(handle)
  }

  /// Reads decrypted bytes.
  func read(into target: UnsafeMutableRawBufferPointer) -> Socket.Outcome {
    var count = 0
    let code = curl_easy_recv(handle, target.baseAddress, target.count, &count)
    switch code {
    case CURLE_OK where count > 0: return .moved(count)
    // Whoever cuts the TCP connection must not pass for the provider's own end.
    case CURLE_OK: return pb_tls_ended_in_order(handle) != 0 ? .finished : .failed(Int32(CURLE_RECV_ERROR.rawValue))
    case CURLE_AGAIN: return .wouldBlock
    default: return .failed(Int32(code.rawValue))
    }
  }

  /// Encrypts and sends. After `.wouldBlock` the next call must give the same bytes again.
  func write(_ bytes: UnsafeRawBufferPointer) -> Socket.Outcome {
    var count = 0
    let code = curl_easy_send(handle, bytes.baseAddress, bytes.count, &count)
    switch code {
    case CURLE_OK: return .moved(count)
    case CURLE_AGAIN: return .wouldBlock
    default: return .failed(Int32(code.rawValue))
    }
  }
}

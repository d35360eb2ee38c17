import Upstream

/// A provider's final response head: what the gateway takes from it, and what decides where the response ends.
struct ResponseHead {
  /// How the body is undone.
  enum Coding {
    case identity, gzip, deflate, brotli, zstd
    /// One we do not know, or several.
    case unknown
  }

  /// The fields of the allow-list.
  var value = UpstreamHead()
  /// Minor version of HTTP/1.
  var minorVersion: UInt8 = 1
  /// `Content-Length`, or -1.
  var length = -1
  /// Whether `Transfer-Encoding: chunked` was sent.
  var isChunked = false
  /// Whether the provider closes the connection behind the response.
  var closes = false
  /// `Content-Encoding`.
  var coding = Coding.identity

  /// An empty head.
  init() {}

  /// How the body ends. Throws for heads that leave it open.
  func framing() throws(ResponseFault) -> ResponseFraming {
    if isChunked, length >= 0 { throw .malformed("both Content-Length and Transfer-Encoding") }
    if value.status == 204 || value.status == 304 { return .none }
    if isChunked { return .chunked }
    return length >= 0 ? .length(length) : .untilClose
  }

  /// Whether another request may follow on the connection, as far as the head says.
  var keepsConnection: Bool {
    !closes && minorVersion >= 1 && !(isChunked && (value.status == 204 || value.status == 304))
  }
}

/// What ends a response body (RFC 9112 section 6.3).
enum ResponseFraming {
  case none
  case length(Int)
  case chunked
  case untilClose
}

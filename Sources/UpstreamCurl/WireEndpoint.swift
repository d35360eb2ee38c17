import CCurl
import Core
import Upstream

/// What is worked out once per route: the request head up to the length, where to connect, whose pool to use.
final class WireEndpoint {
  /// The route; held so that its identity is not given to another.
  let route: UpstreamRoute
  /// The connections it shares with other routes of its provider.
  let origin: WireOrigin
  /// The provider's calls on this loop.
  let load: WireLoad
  /// The URL as libcurl wants it; lives as long as this object.
  let url: OpaquePointer
  /// Why no call can be made; nil in general.
  let problem: GatewayError?
  private let post = ByteBuffer()
  private let get = ByteBuffer()

  /// An endpoint; owns `target.url` from now on.
  init(_ route: UpstreamRoute, target: WireTarget, origin: WireOrigin, load: WireLoad, userAgent: String) {
    self.route = route
    self.origin = origin
    self.load = load
    url = target.url
    problem = WireEndpoint.problem(route.headers, of: route)
    for (buffer, method) in [(post, "POST "), (get, "GET ")] {
      buffer.append(method + target.path + " HTTP/1.1\r\n")
      WireEndpoint.appendFields(route, target, userAgent, to: buffer)
    }
    post.append("Content-Length: ")
  }

  deinit { curl_url_cleanup(url) }

  /// Appends the head of a call with a body of `length` bytes, or of one without (nil), with further `fields`.
  func appendHead(bodyLength length: Int?, fields: [UpstreamRoute.Header], to output: ByteBuffer) {
    if let length {
      output.append(post.bytes)
      output.append(decimal: length)
      output.append("\r\n")
    } else {
      output.append(get.bytes)
    }
    for field in fields { WireEndpoint.append(field, to: output) }
    output.append("\r\n")
  }

  private static func append(_ header: UpstreamRoute.Header, to output: ByteBuffer) {
    output.append(header.name + ": " + header.value.reveal() + "\r\n")
  }

  private static func appendFields(
    _ route: UpstreamRoute, _ target: WireTarget, _ userAgent: String, to buffer: ByteBuffer
  ) {
    let standard = [("Host", target.authority), ("User-Agent", userAgent), ("Accept-Encoding", "identity")]
    for (name, value) in standard where !route.headers.contains(where: { $0.name.lowercased() == name.lowercased() }) {
      buffer.append(name + ": " + value + "\r\n")
    }
    for header in route.headers where !header.value.isEmpty { append(header, to: buffer) }
  }

  /// Why header fields cannot be sent to a route; nil when they can.
  static func problem(_ headers: [UpstreamRoute.Header], of route: UpstreamRoute) -> GatewayError? {
    for header in headers {
      let name = header.name.lowercased()
      if name.isEmpty || !name.utf8.allSatisfy(FramingField.isNameByte) {
        return unusable(route, "A header of provider \(route.name) has a name that is not allowed")
      }
      if name == "content-length" || name == "transfer-encoding" {
        return unusable(
          route, "Provider \(route.name) sets the header \(header.name), which the gateway sets itself")
      }
      if header.value.reveal().utf8.contains(where: { ($0 < 32 && $0 != 9) || $0 == 127 }) {
        return unusable(
          route, "The value of header \(header.name) of provider \(route.name) holds a control character")
      }
    }
    return nil
  }

  private static func unusable(_ route: UpstreamRoute, _ message: String) -> GatewayError {
    GatewayError(.internalFailure, message, origin: .gateway, resend: .safe)
  }
}

/// How many calls to one provider are under way on one loop.
final class WireLoad {
  /// Their number.
  var running = 0
}

import CCurl
import Upstream

/// A route's URL taken apart by libcurl, once per route.
struct WireTarget {
  /// The parsed URL; freed by whoever keeps the target.
  let url: OpaquePointer
  /// Whether it is https.
  let isSecure: Bool
  /// Host and, unless it is the scheme's own, port: the value of `Host`.
  let authority: String
  /// Path and query.
  let path: String

  /// The target of a route whose calls are framed here. Nil for all that is left to libcurl as a whole: URLs it has to
  /// judge, users in the URL, host names outside of ASCII.
  init?(_ route: UpstreamRoute) {
    guard let url = CurlSetup.parsedURL(route) else { return nil }
    guard let scheme = WireTarget.part(url, CURLUPART_SCHEME), scheme == "http" || scheme == "https",
      WireTarget.part(url, CURLUPART_USER) == nil, WireTarget.part(url, CURLUPART_PASSWORD) == nil,
      let host = WireTarget.part(url, CURLUPART_HOST), host.utf8.allSatisfy({ $0 > 32 && $0 < 127 }),
      let path = WireTarget.part(url, CURLUPART_PATH), path.utf8.allSatisfy({ $0 > 32 && $0 < 127 }),
      WireTarget.part(url, CURLUPART_ZONEID) == nil
    else {
      curl_url_cleanup(url)
      return nil
    }
    let query = WireTarget.part(url, CURLUPART_QUERY).map { "?" + $0 } ?? ""
    guard query.utf8.allSatisfy({ $0 > 32 && $0 < 127 }) else {
      curl_url_cleanup(url)
      return nil
    }
    let port = WireTarget.part(url, CURLUPART_PORT)
    self.url = url
    isSecure = scheme == "https"
    let isOwnPort = port == nil || port == (isSecure ? "443" : "80")
    authority = isOwnPort ? host : host + ":" + (port ?? "")
    self.path = path + query
  }

  private static func part(_ url: OpaquePointer, _ part: CURLUPart) -> String? {
    var text: UnsafeMutablePointer<CChar>?
    guard curl_url_get(url, part, &text, 0) == CURLUE_OK, let text else { return nil }
    defer { curl_free(text) }
    return String(cString: text)
  }
}

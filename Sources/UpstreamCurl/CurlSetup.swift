import CCurl
import Core
import Glibc
import Upstream

/// Everything that is set once per handle.
enum CurlSetup {
  /// How long a resolved address is used without asking again. Unit: seconds.
  private static let addressSeconds = 60

  /// The route's headers, and a call's own behind them, as libcurl wants them. `Expect:` is switched off, or every body above
  /// 1 MiB would wait for a `100 Continue`; `Accept: */*` says nothing, and libcurl formats a request byte by byte.
  static func headerList(
    _ route: UpstreamRoute, _ fields: [UpstreamRoute.Header] = []
  ) -> UnsafeMutablePointer<curl_slist>? {
    var list = curl_slist_append(curl_slist_append(nil, "Expect:"), "Accept:")
    for header in route.headers + fields {
      list = curl_slist_append(list, header.name + ": " + header.value.reveal()) ?? list
    }
    return list
  }

  /// The route's URL, parsed once; nil when it is none or has another scheme than http and https.
  static func parsedURL(_ route: UpstreamRoute) -> OpaquePointer? {
    guard let url = curl_url() else { return nil }
    if curl_url_set(url, CURLUPART_URL, route.url, 0) == CURLUE_OK { return url }
    curl_url_cleanup(url)
    return nil
  }

  /// Sets how a new handle connects.
  static func applyConnection(
    _ route: UpstreamRoute, _ options: CurlTransport.Options, to handle: UnsafeMutableRawPointer,
    url: OpaquePointer?, share: OpaquePointer?
  ) {
    if let url { _ = pb_curl_set_url(handle, url) }
    _ = pb_curl_set_string(handle, CURLOPT_PROTOCOLS_STR, "http,https")
    _ = pb_curl_set_long(handle, CURLOPT_NOSIGNAL, 1)
    // Without it, removing a handle during name resolution joins the resolver's thread and blocks the loop.
    _ = pb_curl_set_long(handle, CURLOPT_QUICK_EXIT, 1)
    _ = pb_curl_set_long(handle, CURLOPT_CONNECTTIMEOUT_MS, route.connectMilliseconds)
    _ = pb_curl_set_long(handle, CURLOPT_DNS_CACHE_TIMEOUT, addressSeconds)
    _ = pb_curl_set_long(handle, CURLOPT_TCP_KEEPALIVE, 1)
    _ = pb_curl_set_long(handle, CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
    _ = pb_curl_set_long(
      handle, CURLOPT_HTTP_VERSION, Int(route.http2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1))
    applyProxy(route.proxy, to: handle)
    applyAuthorities(options.certificateAuthorities, to: handle)
    if let share { _ = pb_curl_set_pointer(handle, CURLOPT_SHARE, UnsafeRawPointer(share)) }
  }

  /// With a folder of authorities beside the bundle, which is Debian's default, libcurl reads the whole bundle again for
  /// every new connection: 31 ms on the loop, measured. With the bundle alone it keeps what it has read, for a day.
  private static func applyAuthorities(_ bundle: String?, to handle: UnsafeMutableRawPointer) {
    if let bundle {
      _ = pb_curl_set_string(handle, CURLOPT_CAINFO, bundle)
    } else {
      var path: UnsafeMutableRawPointer?
      guard pb_curl_get_pointer(handle, CURLINFO_CAINFO, &path) == CURLE_OK, let path,
        access(path.assumingMemoryBound(to: CChar.self), R_OK) == 0
      else { return }
    }
    _ = pb_curl_set_pointer(handle, CURLOPT_CAPATH, nil)
  }

  /// Sets what is the same for every request of a handle.
  static func applyRequest(
    _ route: UpstreamRoute, _ options: CurlTransport.Options, to handle: UnsafeMutableRawPointer,
    headers: UnsafeMutablePointer<curl_slist>?
  ) {
    _ = pb_curl_set_list(handle, CURLOPT_HTTPHEADER, headers)
    _ = pb_curl_set_string(handle, CURLOPT_USERAGENT, options.userAgent)
    _ = pb_curl_set_long(handle, CURLOPT_FOLLOWLOCATION, 0)
    // Asks for identity, and undoes gzip, br and zstd of a provider that sends them all the same.
    _ = pb_curl_set_string(handle, CURLOPT_ACCEPT_ENCODING, "identity")
  }

  /// The environment's proxies are never used: a provider's key goes where the configuration says.
  private static func applyProxy(_ proxy: Secret?, to handle: UnsafeMutableRawPointer) {
    if let proxy {
      _ = pb_curl_set_string(handle, CURLOPT_PROXY, proxy.reveal())
      _ = pb_curl_set_string(handle, CURLOPT_NOPROXY, "")
      // The proxy's own answer to CONNECT is no answer of the provider.
      _ = pb_curl_set_long(handle, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
    } else {
      _ = pb_curl_set_string(handle, CURLOPT_PROXY, "")
      _ = pb_curl_set_string(handle, CURLOPT_NOPROXY, "*")
    }
  }
}

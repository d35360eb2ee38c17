import CCurl

/// The process-wide part of libcurl.
package enum CurlLibrary {
  /// Whether libcurl is initialised; the first use does it, once, safe from any thread.
  package static let isReady = curl_global_init(Int(CURL_GLOBAL_ALL)) == CURLE_OK

  /// Version and TLS library, such as `libcurl/7.88.1 OpenSSL/3.0.19`.
  package static let version = String(cString: curl_version()).split(separator: " ").prefix(2).joined(separator: " ")

  /// Where TLS sessions of one loop's handles live, so that a new connection resumes instead of starting afresh. Used by
  /// one thread, hence without locks.
  static func makeShare() -> OpaquePointer? {
    guard let share = curl_share_init() else { return nil }
    pb_share_tls_sessions(share)
    return OpaquePointer(share)
  }
}

import CCurl
import TestSupport
import Upstream

extension FuzzTarget {
  /// URLs of callers: what is accepted has an allowed host, stays what it is when it is read again, and libcurl, which asks
  /// for it, sees the same scheme, host and port. The text behind the first line is a `Location`.
  static let fetch = FuzzTarget(
    name: "fetch", seeds: { FetchSeeds.all },
    check: { input in
      let lines = String(decoding: input, as: UTF8.self).split(separator: "\n", maxSplits: 1)
      guard let rule = FetchProperty.rule, let first = lines.first, let target = try? rule.target(String(first)) else {
        return nil
      }
      if let objection = FetchProperty.objection(target, rule) { return objection }
      guard lines.count == 2, let next = try? rule.redirect(from: target, location: String(lines[1]), hop: 1) else {
        return nil
      }
      if target.scheme == .https, next.scheme == .http { return "a secure connection is left" }
      return FetchProperty.objection(next, rule)
    })
}

/// What must hold for a target.
private enum FetchProperty {
  static let rule: FetchRule? = {
    let hosts = ["a.example", "*.b.example", "c.example:8443", "8.8.8.8", "127.0.0.1", "[2606:4700::1]"]
    return try? FetchRule(hosts: hosts.map { try HostPattern($0) })
  }()

  static func objection(_ target: FetchTarget, _ rule: FetchRule) -> String? {
    let url = target.url
    if !url.utf8.allSatisfy({ $0 > 32 && $0 < 127 && $0 != UInt8(ascii: "#") }) { return "odd bytes in \(url)" }
    guard rule.hosts.contains(where: { $0.matches(target) }) else { return "\(url) is not allowed" }
    // The only address that is not public and listed all the same.
    if let reach = target.literal?.reach, reach != .global, target.host != "127.0.0.1" { return "\(url) is \(reach)" }
    if target.literal == nil, target.addresses != .global { return "\(url) may lead to private addresses" }
    if (try? FetchTarget(url)) != target { return "\(url) is read differently again" }
    guard let handle = curl_url() else { return "libcurl has no memory" }
    defer { curl_url_cleanup(handle) }
    guard curl_url_set(handle, CURLUPART_URL, url, 0) == CURLUE_OK else { return nil }
    let host = target.host.contains(":") ? "[\(target.host)]" : target.host
    let seen = [CURLUPART_SCHEME, CURLUPART_HOST, CURLUPART_PORT].map { part(handle, $0) }
    if seen != [target.scheme.rawValue, host, "\(target.port)"] { return "libcurl sees \(seen) in \(url)" }
    return part(handle, CURLUPART_USER) == nil ? nil : "libcurl sees a user in \(url)"
  }

  private static func part(_ handle: OpaquePointer, _ part: CURLUPart) -> String? {
    var text: UnsafeMutablePointer<CChar>?
    guard curl_url_get(handle, part, &text, UInt32(CURLU_DEFAULT_PORT)) == CURLUE_OK, let text else { return nil }
    defer { curl_free(text) }
    return String(cString: text)
  }
}

/// URLs to begin with.
private enum FetchSeeds {
  static let all: [[UInt8]] = [
    "https://a.example/x.png", "http://x.b.example:80/?q#f", "https://c.example:8443/", "https://8.8.8.8",
    "http://127.0.0.1/",
    "https://[2606:4700::1]/a b", "https://a.example@b.example/", "https://a.example\\.b.example/%2f",
    "HTTPS://A.EXAMPLE/\u{e9}",
    "https://a.example/a/b?c\n../d", "http://a.example/\n//x.b.example/y",
    "https://a.example/\nhttps://c.example:8443/?z",
    "https://a.example/\n?x", "https://a.example?u@b.example/", "https://a.example#@evil.example/", "https://0x7f.1/",
  ].map { Array($0.utf8) }
}

import Configuration
import Core

/// Without keys anyone who reaches the port may spend the user's money, and a web page reaches it by pointing a name of
/// its own at 127.0.0.1 (DNS rebinding). Such a request still carries the page's name as `Host`, so only loopback
/// names and the listen address are taken.
enum HostRule {
  /// Throws a 421 unless `host` (with or without a port) is a loopback name or the listen address.
  static func check(_ host: String?, listen: String) throws(GatewayError) {
    guard let host else { return }  // HTTP/1.0 without Host: no browser sends that
    let name = self.name(host)
    if isLoopback(name) || name == self.name(listen) { return }
    throw .caller(
      .misdirectedRequest,
      "Without keys this gateway answers only requests addressed to localhost; '\(name.prefix(80))' is not. "
        + "Use http://localhost, or configure keys to serve other names.")
  }

  private static func name(_ host: String) -> String {
    var name = host[...]
    if name.first == "[", let end = name.firstIndex(of: "]") {
      name = name[name.index(after: name.startIndex)..<end]
    } else if let colon = name.lastIndex(of: ":"), name.firstIndex(of: ":") == colon {
      name = name[..<colon]
    }
    if name.last == "." { name = name.dropLast() }
    return name.lowercased()
  }

  private static func isLoopback(_ name: String) -> Bool {
    if name == "localhost" || name == "::1" || name == "0:0:0:0:0:0:0:1" { return true }
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
  }
}

/// The last `Host` that passed the rule: clients send the same one with every request.
struct KnownHosts {
  private var host: String?
  private var listen = ""

  /// Throws like `HostRule.check`.
  mutating func check(_ host: String?, listen: String) throws(GatewayError) {
    if let host, host == self.host, listen == self.listen { return }
    try HostRule.check(host, listen: listen)
    (self.host, self.listen) = (host, listen)
  }
}

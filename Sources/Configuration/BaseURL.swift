/// The address that a provider's routes are appended to.
package struct BaseURL: Sendable, Hashable {
  /// `http` or `https`.
  package let scheme: String
  /// The host, in lower case; brackets kept.
  package let host: String
  /// The port as written; nil: the scheme's.
  package let port: Int?
  /// The path, without a slash at the end; empty for none.
  package let path: String

  /// Why a text is not a usable address. Quotes nothing of it: it may hold a password.
  package struct Problem: Error, Sendable {
    /// What is wrong; continues a sentence that begins with the setting's name.
    package let message: String
    /// What to write instead.
    package let remedy: String
  }

  /// Reads an absolute http or https URL without credentials, query and fragment.
  package init(_ text: String) throws(Problem) {
    let example = "write it as https://api.example.com/v1"
    guard text.utf8.allSatisfy({ $0 > 32 && $0 < 127 && $0 != UInt8(ascii: "\\") }) else {
      throw Problem(message: "contains a space or another character that URLs do not have", remedy: example)
    }
    let lowered = text.lowercased()
    guard let scheme = ["https", "http"].first(where: { lowered.hasPrefix($0 + "://") }) else {
      throw Problem(message: "does not begin with http:// or https://", remedy: example)
    }
    if text.contains("?") || text.contains("#") {
      throw Problem(
        message: "has a query or a fragment",
        remedy: "remove everything from '?' or '#' on; keys belong into api_key or headers")
    }
    let rest = text.dropFirst(scheme.count + 3)
    let authority = rest.prefix { $0 != "/" }
    if authority.contains("@") {
      throw Problem(
        message: "contains credentials", remedy: "put the key into api_key and remove what stands before '@'")
    }
    let (host, port) = try BaseURL.split(authority, example: example)
    self.scheme = scheme
    self.host = host.lowercased()
    self.port = port
    var path = rest.dropFirst(authority.count)
    while path.hasSuffix("/") { path.removeLast() }
    self.path = String(path)
  }

  private init(scheme: String, host: String, port: Int?, path: String) {
    self.scheme = scheme
    self.host = host
    self.port = port
    self.path = path
  }

  private static func split(_ authority: Substring, example: String) throws(Problem) -> (String, Int?) {
    var host = authority
    var port: Int?
    if let colon = authority.lastIndex(of: ":"), !authority.hasSuffix("]") {
      host = authority[..<colon]
      port = Int(authority[authority.index(after: colon)...])
      guard let port, port > 0, port <= 65_535 else {
        throw Problem(message: "has no valid port", remedy: "a port is a number from 1 to 65535")
      }
    }
    let isBracketed = host.hasPrefix("[") && host.hasSuffix("]") && host.count > 2
    guard !host.isEmpty, isBracketed || !host.contains(where: { ":[]".contains($0) }) else {
      throw Problem(message: "has no valid host", remedy: example)
    }
    return (String(host), port)
  }

  /// The address as it is used.
  package var text: String { scheme + "://" + host + (port.map { ":\($0)" } ?? "") + path }

  /// The port a connection goes to.
  package var effectivePort: Int { port ?? (scheme == "https" ? 443 : 80) }

  /// The same address with another path.
  package func with(path: String) -> BaseURL { BaseURL(scheme: scheme, host: host, port: port, path: path) }
}

/// Hosts that may be fetched from: one, or all below a domain, at one port.
package struct HostPattern: Sendable, Hashable {
  /// The host, or the domain behind `*.`; in lower case.
  package let host: String
  /// Whether every name below the domain fits, at any depth; the domain itself does not.
  package let isWildcard: Bool
  /// The port; nil: the scheme's own.
  package let port: Int?

  /// The address that it names itself; nil for names.
  package var literal: IPAddress? { IPAddress(host) }

  /// Why a text is no pattern.
  package struct Problem: Error, Sendable, Equatable {
    /// What is wrong; continues a sentence that begins with the setting's name.
    package let message: String
    /// What to write instead.
    package let remedy: String
  }

  private static let example = "write it as images.example.com or *.example.com, with :PORT for an unusual port"

  /// Reads `images.example.com`, `*.example.com`, `images.example.com:8443` or an address (`192.0.2.1`, `[2001:db8::1]`).
  package init(_ text: String) throws(Problem) {
    if text == "*" {
      throw Problem(message: "allows every host", remedy: "name the hosts that images come from")
    }
    if text.contains("/") {
      throw Problem(message: "is a URL or has a path", remedy: HostPattern.example)
    }
    let isWildcard = text.hasPrefix("*.")
    guard let (host, port) = HostAndPort.split(isWildcard ? text.dropFirst(2) : text[...]) else {
      throw Problem(message: "is no host name", remedy: HostPattern.example)
    }
    if isWildcard, !host.contains(".") || IPAddress(host) != nil {
      throw Problem(message: "has a wildcard above a whole top-level domain or an address", remedy: HostPattern.example)
    }
    self.host = host
    self.isWildcard = isWildcard
    self.port = port
  }

  /// Whether a URL's host and port fit.
  package func matches(_ target: FetchTarget) -> Bool {
    guard (port ?? target.scheme.port) == target.port else { return false }
    return isWildcard ? target.host.hasSuffix("." + host) : target.host == host
  }
}

/// The host and the port of a URL or a pattern, read strictly: what one reader takes for a name must not be an address to
/// another.
enum HostAndPort {
  /// Longest host name (RFC 1035). Unit: bytes.
  private static let longest = 253

  /// The host in lower case, without brackets, and the port if there is one; nil for what is not a plain host name, four
  /// decimal parts or a bracketed IPv6 address.
  static func split(_ text: Substring) -> (host: String, port: Int?)? {
    guard text.utf8.allSatisfy({ $0 > 32 && $0 < 127 }) else { return nil }
    var name = text
    var port: Int?
    let colon = text.hasSuffix("]") ? nil : text.lastIndex(of: ":")
    if let colon {
      guard let number = number(text[text.index(after: colon)...]) else { return nil }
      port = number
      name = text[..<colon]
    }
    if name.hasPrefix("["), name.hasSuffix("]") {
      let inside = name.dropFirst().dropLast()
      guard inside.contains(":"), let address = IPAddress(inside) else { return nil }
      return (address.description, port)
    }
    let host = name.lowercased()
    return isName(host) || IPAddress(host).map { $0.description == host && !host.contains(":") } == true
      ? (host, port) : nil
  }

  private static func number(_ digits: Substring) -> Int? {
    guard (1...5).contains(digits.utf8.count), digits.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }),
      let number = Int(digits), (1...65_535).contains(number)
    else { return nil }
    return number
  }

  /// Labels of letters, digits, `-` and `_`. One whose last label begins with a digit would be an IPv4 address to
  /// resolvers that read `127.1`, `2130706433` and `0x7f.0.0.1`.
  private static func isName(_ host: String) -> Bool {
    guard host.utf8.count <= longest else { return false }
    let labels = host.split(separator: ".", omittingEmptySubsequences: false)
    guard let last = labels.last?.utf8.first, !(48...57).contains(last) else { return false }
    return labels.allSatisfy { label in
      (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
        && label.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 || $0 == 95 }
    }
  }
}

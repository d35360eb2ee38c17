/// A URL taken apart, to be fetched from exactly as it is written in `url`.
package struct FetchTarget: Sendable, Hashable {
  /// How to ask.
  package enum Scheme: String, Sendable {
    case http, https

    /// The port without one in the URL.
    package var port: Int { self == .https ? 443 : 80 }
  }

  /// How to ask.
  package let scheme: Scheme
  /// The host in lower case: a name, or an address without brackets.
  package let host: String
  /// The port. Range: 1...65,535.
  package let port: Int
  /// Path and query, percent-encoded where the text was not; begins with a slash.
  package let path: String

  /// Longest URL read. Unit: bytes.
  package static let limit = 8192

  /// Reads an absolute http or https URL. Users, backslashes and control characters are refused: readers differ about them.
  /// The fragment is left out.
  package init(_ text: String) throws(FetchRefusal) {
    let text = try FetchTarget.encoded(text)
    guard let colon = text.firstIndex(of: ":"), let scheme = Scheme(rawValue: text[..<colon].lowercased()) else {
      throw .scheme
    }
    let rest = text[text.index(after: colon)...]
    guard rest.hasPrefix("//") else { throw .malformed }
    let address = rest.dropFirst(2).prefix { $0 != "#" }
    let authority = address.prefix { $0 != "/" && $0 != "?" }
    guard !authority.contains("@") else { throw .userInformation }
    guard let (host, port) = HostAndPort.split(authority) else { throw .malformedHost }
    self.scheme = scheme
    self.host = host
    self.port = port ?? scheme.port
    let path = address.dropFirst(authority.count)
    self.path = path.hasPrefix("/") ? String(path) : "/" + path
  }

  /// The host where it is an address and no name has to be resolved.
  package var literal: IPAddress? { IPAddress(host) }

  /// Where a connection for it may go: to the address in it, or to a public one.
  package var addresses: AddressRule { literal.map { .only($0) } ?? .global }

  /// The URL to ask for: made of the parts that were checked.
  package var url: String {
    let name = host.contains(":") ? "[\(host)]" : host
    return "\(scheme.rawValue)://\(name)\(port == scheme.port ? "" : ":\(port)")\(path)"
  }

  /// What a `Location` field points to from here (RFC 3986 section 5.2; dot segments are left for the transport).
  package func resolving(_ location: String) throws(FetchRefusal) -> FetchTarget {
    let location = try FetchTarget.encoded(location)
    let head = location.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    if head.contains(":") { return try FetchTarget(location) }
    if location.hasPrefix("//") { return try FetchTarget(scheme.rawValue + ":" + location) }
    let origin = url.dropLast(path.count)
    let directory = path.prefix { $0 != "?" }
    if location.hasPrefix("/") { return try FetchTarget(origin + location) }
    if location.hasPrefix("?") { return try FetchTarget(origin + directory + location) }
    if location.isEmpty || location.hasPrefix("#") { return self }
    let folder = directory.lastIndex(of: "/").map { directory[...$0] } ?? "/"
    return try FetchTarget(origin + folder + location)
  }

  /// Spaces, backslashes, quotes and what is not ASCII become percent-encoded, as browsers send them in a path; in a host
  /// they are refused later. What remains is ASCII, one byte to a character.
  private static func encoded(_ text: String) throws(FetchRefusal) -> String {
    guard text.utf8.count <= limit else { throw .tooLong }
    let digits = Array("0123456789ABCDEF".utf8)
    var bytes: [UInt8] = []
    for byte in text.utf8 {
      guard byte >= 32, byte != 127 else { throw .malformed }
      if byte > 32, byte < 127, byte != UInt8(ascii: "\\"), byte != UInt8(ascii: "\"") {
        bytes.append(byte)
      } else {
        bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

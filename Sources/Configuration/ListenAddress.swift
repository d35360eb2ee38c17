import Core
import Glibc

/// Where the gateway listens, checked as far as that is possible without asking the system's resolver.
package struct ListenAddress: Sendable, Hashable {
  /// A name or address without brackets; empty for every IPv4 address.
  package let host: String
  /// The port. Range: 0...65,535; 0 takes any free one.
  package let port: Int

  /// Why a text is not an address, and how it is written.
  package struct Problem: Error, Sendable {
    /// What is wrong; continues a sentence that begins with the setting's name.
    package let message: String
    /// What to write instead.
    package let remedy: String
  }

  /// Reads `HOST:PORT`, `[IPV6]:PORT` or `:PORT`.
  package init(_ text: String) throws(Problem) {
    let example = "write HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080"
    guard let colon = text.utf8.lastIndex(of: UInt8(ascii: ":")) else {
      throw Problem(message: "has no port", remedy: example)
    }
    let portText = text[text.index(after: colon)...]
    guard !portText.isEmpty, portText.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }), let port = Int(portText),
      port <= 65_535
    else { throw Problem(message: "has no valid port", remedy: "a port is a number from 0 to 65535") }
    var host = text[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") {
      host = host.dropFirst().dropLast()
      guard ListenAddress.bytes(of: host, family: AF_INET6, count: 16) != nil else {
        throw Problem(message: "has no IPv6 address in its brackets", remedy: example)
      }
    } else if host.utf8.contains(UInt8(ascii: ":")) {
      throw Problem(message: "looks like an IPv6 address without brackets", remedy: example)
    }
    guard host.utf8.allSatisfy({ $0 > 32 && $0 < 127 && $0 != UInt8(ascii: "/") }) else {
      throw Problem(message: "has no valid host", remedy: example)
    }
    self.host = String(host)
    self.port = port
  }

  /// Whether only this machine can reach it: 127.0.0.0/8, ::1, its IPv4 form, or the name `localhost`.
  package var isLoopback: Bool {
    if host.lowercased() == "localhost" { return true }
    if let four = ListenAddress.bytes(of: host[...], family: AF_INET, count: 4) { return four[0] == 127 }
    guard let six = ListenAddress.bytes(of: host[...], family: AF_INET6, count: 16) else { return false }
    if six[0..<10].allSatisfy({ $0 == 0 }), six[10] == 255, six[11] == 255 { return six[12] == 127 }
    return six[0..<15].allSatisfy { $0 == 0 } && six[15] == 1
  }

  private static func bytes(of text: Substring, family: Int32, count: Int) -> [UInt8]? {
    let bytes = [UInt8](unsafeUninitializedCapacity: 16) { buffer, initialized in
      initialized = inet_pton(family, String(text), buffer.baseAddress) == 1 ? count : 0
    }
    return bytes.isEmpty ? nil : bytes
  }
}

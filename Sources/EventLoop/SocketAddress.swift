import CPosix
import Core
import Glibc

/// An IPv4 or IPv6 address with a port.
package struct SocketAddress: Sendable, CustomStringConvertible {
  var storage: sockaddr_storage
  var length: socklen_t

  /// `127.0.0.1:8080` or `[::1]:8080`.
  package var description: String {
    var copy = storage
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { buffer in
      guard let base = buffer.baseAddress else { return "" }
      pb_format_address(&copy, base, 64)
      return String(cString: base)
    }
  }

  /// Whether only this machine can reach it.
  package var isLoopback: Bool {
    var copy = storage
    return pb_is_loopback(&copy) != 0
  }

  /// The port. Range: 0...65,535.
  package var port: Int {
    var copy = storage
    return Int(pb_port(&copy))
  }

  /// The address without the port: `127.0.0.1`, `::1`.
  package var host: String {
    let text = description
    guard let colon = text.lastIndex(of: ":") else { return text }
    return text[..<colon].filter { $0 != "[" && $0 != "]" }
  }

  init(storage: sockaddr_storage, length: socklen_t) {
    self.storage = storage
    self.length = length
  }

  /// Reads `HOST:PORT`, `[IPV6]:PORT` or `:PORT` (every IPv4 address) and resolves a host name with the system's
  /// resolver, which may block: for start-up and commands only. Throws `AddressProblem`.
  package static func resolve(_ text: String) throws -> [SocketAddress] {
    let (host, port) = try split(text)
    var hints = addrinfo()
    hints.ai_family = AF_UNSPEC
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = AI_PASSIVE
    var list: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(host.isEmpty ? "0.0.0.0" : host, String(port), &hints, &list)
    guard code == 0 else {
      throw AddressProblem(
        "'\(host)' is not an address of this machine or a name it can resolve: \(String(cString: gai_strerror(code)))")
    }
    defer { freeaddrinfo(list) }
    var found: [SocketAddress] = []
    var next = list
    while let entry = next {
      var storage = sockaddr_storage()
      withUnsafeMutableBytes(of: &storage) { target in
        target.copyMemory(
          from: UnsafeRawBufferPointer(start: entry.pointee.ai_addr, count: Int(entry.pointee.ai_addrlen)))
      }
      found.append(SocketAddress(storage: storage, length: entry.pointee.ai_addrlen))
      next = entry.pointee.ai_next
    }
    return found
  }

  /// Splits `HOST:PORT` and checks the port. Throws `AddressProblem`.
  package static func split(_ text: String) throws -> (host: String, port: Int) {
    guard let colon = text.lastIndex(of: ":") else {
      throw AddressProblem("'\(text)' has no port; write it as HOST:PORT, for example 127.0.0.1:8080")
    }
    var host = String(text[..<colon])
    guard let port = Int(text[text.index(after: colon)...]), port >= 0, port <= 65535 else {
      throw AddressProblem("'\(text)' has no valid port; a port is a number from 0 to 65535")
    }
    if host.hasPrefix("["), host.hasSuffix("]") {
      host = String(host.dropFirst().dropLast())
    } else if host.contains(":") {
      throw AddressProblem("'\(text)' looks like an IPv6 address; write it as [ADDRESS]:PORT")
    }
    return (host, port)
  }
}

/// Why a text is not a usable address; `description` says what to change.
package struct AddressProblem: Error, Sendable, CustomStringConvertible {
  /// In plain words, for the user.
  package let description: String
  init(_ description: String) { self.description = description }
}

import Glibc

/// An IPv4 or IPv6 address without a port.
package struct IPAddress: Sendable, Hashable, CustomStringConvertible {
  /// The address as a number: of 32 bits for IPv4.
  private enum Value: Hashable {
    case four(UInt32)
    case six(high: UInt64, low: UInt64)
  }

  private let value: Value

  /// Reads `192.0.2.1` or `2001:db8::1`, strictly: four decimal parts, no zone. Nil for anything else.
  package init?(_ text: some StringProtocol) {
    let text = String(text)
    guard text.utf8.count <= 45, text.utf8.allSatisfy({ $0 != 0 }) else { return nil }
    var four = in_addr()
    var six = in6_addr()
    if inet_pton(AF_INET, text, &four) == 1 {
      value = .four(UInt32(bigEndian: four.s_addr))
    } else if inet_pton(AF_INET6, text, &six) == 1 {
      value = IPAddress.six(six)
    } else {
      return nil
    }
  }

  /// The address of a socket; nil for other families than IPv4 and IPv6.
  package init?(_ storage: sockaddr_storage) {
    var copy = storage
    let found: Value? = withUnsafeBytes(of: &copy) { bytes in
      switch Int32(storage.ss_family) {
      case AF_INET: .four(UInt32(bigEndian: bytes.loadUnaligned(as: sockaddr_in.self).sin_addr.s_addr))
      case AF_INET6: IPAddress.six(bytes.loadUnaligned(as: sockaddr_in6.self).sin6_addr)
      default: nil
      }
    }
    guard let found else { return nil }
    value = found
  }

  private static func six(_ address: in6_addr) -> Value {
    withUnsafeBytes(of: address) { bytes in
      .six(
        high: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
        low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
    }
  }

  /// As people write it.
  package var description: String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { text in
      guard let base = text.baseAddress else { return "" }
      switch value {
      case .four(let number):
        var address = in_addr(s_addr: number.bigEndian)
        _ = inet_ntop(AF_INET, &address, base, 64)
      case .six(let high, let low):
        var address = (high.bigEndian, low.bigEndian)
        _ = inet_ntop(AF_INET6, &address, base, 64)
      }
      return String(cString: base)
    }
  }

  /// Who can be at the address.
  package var reach: AddressReach {
    switch value {
    case .four(let number): AddressReach.of(four: number)
    case .six(let high, let low): AddressReach.of(high: high, low: low)
    }
  }
}

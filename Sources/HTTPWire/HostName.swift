/// Hosts as they stand in `Host` and in absolute targets.
enum HostName {
  /// Whether this is a host name, an IPv4 address or a bracketed IPv6 address, with or without a port. Empty hosts and
  /// user information are refused (RFC 9110 section 4.2).
  static func isValid(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var end = 0
    if bytes.first == UInt8(ascii: "[") {
      guard let close = Grammar.position(of: UInt8(ascii: "]"), in: bytes, from: 0), close > 2 else { return false }
      let isAddress = bytes[1..<close].allSatisfy {
        Grammar.hexadecimal($0) != nil || $0 == Grammar.colon || $0 == UInt8(ascii: ".")
      }
      guard isAddress else { return false }
      end = close + 1
    } else {
      while end < bytes.count, Grammar.isHostName(bytes[end]) { end += 1 }
      guard end > 0 else { return false }
    }
    return end == bytes.count || (bytes[end] == Grammar.colon && isPort(bytes[(end + 1)...]))
  }

  private static func isPort(_ digits: Slice<UnsafeRawBufferPointer>) -> Bool {
    guard digits.count <= 5 else { return false }
    var value = 0
    for byte in digits {
      guard byte >= 48, byte <= 57 else { return false }
      value = value * 10 + Int(byte - 48)
    }
    return value <= 65535
  }
}

/// Who can be at an address, by the IANA registries of special-purpose addresses (RFC 6890 and its updates).
package enum AddressReach: String, Sendable, CaseIterable {
  /// Anyone on the Internet.
  case global
  /// Nobody: the address stands for "none" or "this host" (0.0.0.0/8, ::).
  case unspecified
  /// This machine.
  case loopback
  /// A network of its own (RFC 1918, fc00::/7, the old fec0::/10).
  case privateUse = "private"
  /// The same link, cloud metadata servers among them.
  case linkLocal = "link-local"
  /// A carrier's network behind its translator (100.64.0.0/10).
  case sharedSpace = "carrier-grade NAT"
  case multicast
  case broadcast
  /// Documentation, measurements, protocols, and what is not assigned.
  case reserved
  /// An IPv6 address that carries an IPv4 address through a tunnel or translation which no fetch needs: mapped, compatible,
  /// 6to4, Teredo, translation with a local prefix.
  case embedding = "an embedded IPv4 address"

  /// Whether content may be fetched from such an address when the operator lists the address itself. What is left serves no
  /// content, or hands out credentials (cloud metadata servers are link-local).
  package var mayBeListed: Bool { [.global, .loopback, .privateUse, .sharedSpace].contains(self) }

  private struct FourBlock {
    let base: UInt32
    let bits: UInt32
    let reach: AddressReach

    init(_ a: UInt32, _ b: UInt32, _ c: UInt32 = 0, bits: UInt32, _ reach: AddressReach) {
      base = a << 24 | b << 16 | c << 8
      self.bits = bits
      self.reach = reach
    }

    func contains(_ address: UInt32) -> Bool { (address ^ base) >> (32 - bits) == 0 }
  }

  /// Blocks of IPv4 that are not global; the first that fits counts.
  private static let fourBlocks = [
    FourBlock(0, 0, bits: 8, .unspecified), FourBlock(10, 0, bits: 8, .privateUse),
    FourBlock(100, 64, bits: 10, .sharedSpace), FourBlock(127, 0, bits: 8, .loopback),
    FourBlock(169, 254, bits: 16, .linkLocal), FourBlock(172, 16, bits: 12, .privateUse),
    FourBlock(192, 0, 0, bits: 24, .reserved), FourBlock(192, 0, 2, bits: 24, .reserved),
    FourBlock(192, 88, 99, bits: 24, .reserved), FourBlock(192, 168, bits: 16, .privateUse),
    FourBlock(198, 18, bits: 15, .reserved), FourBlock(198, 51, 100, bits: 24, .reserved),
    FourBlock(203, 0, 113, bits: 24, .reserved), FourBlock(224, 0, bits: 4, .multicast),
    FourBlock(240, 0, bits: 4, .reserved),
  ]

  /// The reach of an IPv4 address.
  static func of(four address: UInt32) -> AddressReach {
    if address == .max { return .broadcast }
    return fourBlocks.first { $0.contains(address) }?.reach ?? .global
  }

  /// The reach of an IPv6 address. Only 2000::/3 has global addresses; the well-known prefix of NAT64 is as global as the
  /// IPv4 address in it, because behind it every public host looks like that.
  static func of(high: UInt64, low: UInt64) -> AddressReach {
    if high == 0 { return embedded(low) }
    if high == 0x0064_ff9b_0000_0000, low >> 32 == 0 { return of(four: UInt32(truncatingIfNeeded: low)) }
    if high >> 16 == 0x0064_ff9b_0001 { return .embedding }
    if high >> 56 == 0xff { return .multicast }
    if high >> 57 == 0xfc >> 1 { return .privateUse }
    if high >> 54 == 0xfe80 >> 6 { return .linkLocal }
    if high >> 54 == 0xfec0 >> 6 { return .privateUse }
    return high >> 61 == 1 ? unicast(high) : .reserved
  }

  /// ::/64, where the unspecified and the loopback address lie, and the mapped, translated and compatible ones.
  private static func embedded(_ low: UInt64) -> AddressReach {
    if low == 0 { return .unspecified }
    if low == 1 { return .loopback }
    let isEmbedding = low >> 32 == 0x0000_ffff || low >> 32 == 0xffff_0000 || low >> 32 == 0
    return isEmbedding ? .embedding : .reserved
  }

  /// 2000::/3 without what is special in it.
  private static func unicast(_ high: UInt64) -> AddressReach {
    if high >> 48 == 0x2002 || high >> 32 == 0x2001_0000 { return .embedding }
    if high >> 41 == 0x2001_0000_0000_0000 >> 41 { return .reserved }
    if high >> 32 == 0x2001_0db8 { return .reserved }
    if high >> 44 == 0x3fff_0 { return .reserved }
    return .global
  }
}

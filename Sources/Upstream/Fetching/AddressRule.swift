/// Which addresses a connection may go to. Judged where it is made, by the very address, so that no answer of a name server
/// can lead elsewhere.
package enum AddressRule: Sendable, Hashable {
  /// Any.
  case any
  /// Public ones.
  case global
  /// This one.
  case only(IPAddress)

  /// Whether a connection to `address` may be opened.
  package func allows(_ address: IPAddress) -> Bool {
    switch self {
    case .any: true
    case .global: address.reach == .global
    case .only(let allowed): address == allowed
    }
  }
}

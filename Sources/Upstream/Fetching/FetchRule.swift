/// What the gateway fetches on behalf of callers (images and files for providers that want bytes) and what not. Decides; the
/// fetching is another's: `target` before names are resolved, `check` of all addresses before one is connected to, and for
/// every hop of a redirect the same again.
package struct FetchRule: Sendable {
  /// Hosts that may be fetched from; none: nothing is fetched.
  package let hosts: [HostPattern]
  /// Largest content. Unit: bytes.
  package let maxBytes: Int
  /// Redirects followed for one URL.
  package let maxRedirects: Int
  /// Time for one URL, redirects included. Unit: milliseconds.
  package let milliseconds: Int64
  /// Addresses that may be connected to though they are not public: a store of images inside the network. Usually empty.
  package let exceptions: Set<IPAddress>

  /// A rule; 20 MiB is more than any provider takes for an image.
  package init(
    hosts: [HostPattern], maxBytes: Int = 20_971_520, maxRedirects: Int = 3, milliseconds: Int64 = 10_000,
    exceptions: Set<IPAddress> = []
  ) {
    self.hosts = hosts
    self.maxBytes = maxBytes
    self.maxRedirects = maxRedirects
    self.milliseconds = milliseconds
    self.exceptions = exceptions
  }

  /// The target of a caller's URL, if its scheme and host are allowed. `FetchTarget.url` is what to ask for.
  package func target(_ url: String) throws(FetchRefusal) -> FetchTarget {
    if hosts.isEmpty { throw .nothingAllowed }
    return try allowed(try FetchTarget(url))
  }

  /// The next target after a redirect of `target`, the `hop`th for this URL, counted from 1. Secure connections stay secure.
  package func redirect(
    from target: FetchTarget, location: String, hop: Int
  ) throws(FetchRefusal) -> FetchTarget {
    guard hop <= maxRedirects else { throw .tooManyRedirects(maxRedirects) }
    let next = try target.resolving(location)
    if target.scheme == .https, next.scheme == .http { throw .downgrade }
    return try allowed(next)
  }

  /// Whether a target may be connected to, given all addresses its host resolved to. One that is not public refuses all: a
  /// name that has both is a trap. The connection must go to one of these addresses, without resolving again.
  package func check(_ target: FetchTarget, addresses: [IPAddress]) throws(FetchRefusal) {
    if addresses.isEmpty { throw .unresolved(target.host) }
    for address in addresses where address.reach != .global && !exceptions.contains(address) {
      throw .address(target.host, address.reach)
    }
  }

  /// Whether content may have so many bytes: asked of the announced length, and again as the bytes come.
  package func check(bytes: Int) throws(FetchRefusal) {
    if bytes > maxBytes { throw .tooLarge(maxBytes) }
  }

  private func allowed(_ target: FetchTarget) throws(FetchRefusal) -> FetchTarget {
    guard hosts.contains(where: { $0.matches(target) }) else { throw .hostNotAllowed(target.host) }
    if let literal = target.literal { try check(target, addresses: [literal]) }
    return target
  }
}

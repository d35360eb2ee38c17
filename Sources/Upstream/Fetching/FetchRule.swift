/// What the gateway fetches on behalf of callers (images and files for providers that want bytes) and what not. Decides; the
/// fetching is another's: `target`, then a connection within `FetchTarget.addresses`, and for every hop of a redirect the same
/// again.
package struct FetchRule: Sendable, Hashable {
  /// Hosts that may be fetched from; none, the default: nothing is fetched.
  package var hosts: [HostPattern]
  /// Largest content, of all URLs of one request together. Unit: bytes. Default: 20 MiB, more than any provider takes.
  package var maxBytes: Int
  /// Redirects followed for one URL. Default: 3.
  package var maxRedirects: Int
  /// Time for all URLs of one request, redirects included. Unit: milliseconds. Default: 10,000.
  package var milliseconds: Int64

  /// A rule; what is left out takes its default.
  package init(
    hosts: [HostPattern] = [], maxBytes: Int = 20_971_520, maxRedirects: Int = 3, milliseconds: Int64 = 10_000
  ) {
    self.hosts = hosts
    self.maxBytes = maxBytes
    self.maxRedirects = maxRedirects
    self.milliseconds = milliseconds
  }

  /// The target of a caller's URL, if its scheme and host are allowed. `FetchTarget.url` is what to ask for.
  package func target(_ url: String) throws(FetchRefusal) -> FetchTarget {
    if hosts.isEmpty { throw .nothingAllowed }
    return try allowed(try FetchTarget(url))
  }

  /// The next target after a redirect of `target`, the `hop`th for this URL, counted from 1. Secure connections stay secure, and
  /// nobody leads to a listed address that is not public but itself.
  package func redirect(
    from target: FetchTarget, location: String, hop: Int
  ) throws(FetchRefusal) -> FetchTarget {
    guard hop <= maxRedirects else { throw .tooManyRedirects(maxRedirects) }
    let next = try target.resolving(location)
    if target.scheme == .https, next.scheme == .http { throw .downgrade }
    if let literal = next.literal, literal.reach != .global, next.host != target.host { throw .address(next.host) }
    return try allowed(next)
  }

  /// Whether content may have so many bytes: asked of the announced length, and again as the bytes come.
  package func check(bytes: Int) throws(FetchRefusal) {
    if bytes > maxBytes { throw .tooLarge(maxBytes) }
  }

  /// An address in the URL that is not public is allowed when the operator has listed that very address; names never lead
  /// to such ones.
  private func allowed(_ target: FetchTarget) throws(FetchRefusal) -> FetchTarget {
    guard hosts.contains(where: { $0.matches(target) }) else { throw .hostNotAllowed(target.host) }
    if let literal = target.literal, !literal.reach.mayBeListed { throw .address(target.host) }
    return target
  }
}

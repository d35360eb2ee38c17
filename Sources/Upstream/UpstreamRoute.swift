import Core

/// One URL of one provider with everything that is the same for every call to it: credentials, fixed headers, how to
/// connect. A transport keeps its pooled handles per route, so that one provider's credentials can never travel with
/// another's request. Identity matters: two routes are never shared, even with equal members.
package final class UpstreamRoute: Sendable {
  /// A header sent with every call.
  package struct Header: Sendable {
    /// Its name.
    package let name: String
    /// Its value; may be a credential.
    package let value: Secret

    /// A fixed header.
    package init(_ name: String, _ value: Secret) {
      self.name = name
      self.value = value
    }
  }

  /// The provider's slug, for connection counts.
  package let provider: String
  /// The provider's name, for messages.
  package let name: String
  /// Absolute URL, http or https.
  package let url: String
  /// Sent with every call.
  package let headers: [Header]
  /// Proxy to go through, or nil for a direct connection. The environment's proxies are never used.
  package let proxy: Secret?
  /// Whether HTTP/2 may be negotiated over TLS.
  package let http2: Bool
  /// Most calls to the provider at a time on one loop. Range: at least 1.
  package let maxConnections: Int
  /// Time to connect, TLS included. Unit: milliseconds.
  package let connectMilliseconds: Int
  /// Where connections may go; judged by the address of each one. With a proxy it is the proxy's address.
  package let addresses: AddressRule
  /// Whether further calls will come. Nothing is kept for a route of one call: no handle, no connection.
  package let isKept: Bool

  /// A route.
  package init(
    provider: String, name: String? = nil, url: String, headers: [Header], proxy: Secret? = nil, http2: Bool = false,
    maxConnections: Int = 1000, connectMilliseconds: Int = 2000, addresses: AddressRule = .any, isKept: Bool = true
  ) {
    self.name = name ?? provider
    self.addresses = addresses
    self.isKept = isKept
    self.provider = provider
    self.url = url
    self.headers = headers
    self.proxy = proxy
    self.http2 = http2
    self.maxConnections = maxConnections
    self.connectMilliseconds = connectMilliseconds
  }
}

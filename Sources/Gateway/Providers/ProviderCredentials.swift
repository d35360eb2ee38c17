import Configuration
import Core
import Credentials
import EventLoop
import Upstream

/// The header fields that prove to a provider who asks, where they differ from request to request: signatures for AWS, access
/// tokens from Google. One per loop, and used there only.
package final class ProviderCredentials {
  /// What a source of tokens belongs to. Two configurations of a provider have sources of their own for as long as requests
  /// of both are under way.
  private struct Key: Hashable {
    let slug: String
    let settings: GoogleSettings
    let proxy: Secret?

    /// Of the name alone: a key file is long, and few providers share a name.
    func hash(into hasher: inout Hasher) { hasher.combine(slug) }
  }

  private let loop: EventLoop
  private let transport: any UpstreamTransport
  private let log: Log
  private let wallSeconds: () -> Int64
  private var sources: [Key: AccessTokenSource] = [:]

  /// Has no token yet. `wallSeconds` tells the time since 1970, in seconds; signatures bear it.
  package init(
    _ loop: EventLoop, transport: any UpstreamTransport, log: Log,
    wallSeconds: @escaping () -> Int64 = WallClock.seconds
  ) {
    self.loop = loop
    self.transport = transport
    self.log = log
    self.wallSeconds = wallSeconds
  }

  /// Gives the fields to send with a request to `url`, besides those of the provider's route: none when the route has
  /// everything. `body` is what will be sent, byte for byte; nil means GET. `completion` is called once: before this method
  /// returns, which is nil then, or later on the loop, unless what is returned is cancelled.
  package func authorize(
    _ provider: ProviderSettings, url: String, body: ByteBuffer?,
    _ completion: @escaping (Result<[UpstreamRoute.Header], GatewayError>) -> Void
  ) -> (any Cancellable)? {
    if let aws = provider.aws {
      completion(signature(aws, url: url, body: body))
      return nil
    }
    guard let google = provider.google else {
      completion(.success([]))
      return nil
    }
    return source(provider, google).token { result in completion(result.map { [ProviderCredentials.bearer($0)] }) }
  }

  /// The provider has refused (401) a request with these fields of `authorize`. True when another token is worth a try: the
  /// refused one is not used again.
  package func refused(_ provider: ProviderSettings, fields: [UpstreamRoute.Header]) -> Bool {
    guard let key = ProviderCredentials.key(provider), let source = sources[key],
      let token = fields.first(where: { $0.name == ProviderCredentials.field })?.value.reveal(),
      token.hasPrefix(ProviderCredentials.scheme)
    else { return false }
    return source.drop(Secret(String(token.dropFirst(ProviderCredentials.scheme.count))))
  }

  /// Forgets the tokens of providers that a reload has taken out of use. Whoever waits for one still gets it.
  package func forget(except providers: some Sequence<ProviderSettings>) {
    let kept = Set(providers.compactMap(ProviderCredentials.key))
    sources = sources.filter { kept.contains($0.key) }
  }

  // MARK: AWS

  private func signature(
    _ aws: AWSSettings, url: String, body: ByteBuffer?
  ) -> Result<[UpstreamRoute.Header], GatewayError> {
    guard let address = try? BaseURL(url) else {
      return .failure(
        GatewayError(.internalFailure, "The gateway cannot sign a request to such a URL.", origin: .gateway))
    }
    let port = address.port.flatMap { $0 == (address.scheme == "https" ? 443 : 80) ? nil : ":\($0)" } ?? ""
    let request = AWSRequest(
      method: body == nil ? "GET" : "POST", host: address.host + port, path: address.path.isEmpty ? "/" : address.path)
    let bytes = body?.bytes ?? UnsafeRawBufferPointer(start: nil, count: 0)
    let fields = SignatureV4(aws.credentials, region: aws.region).fields(for: request, body: bytes, at: wallSeconds())
    return .success(fields.map { UpstreamRoute.Header($0.name, $0.value) })
  }

  // MARK: Google

  private static let field = "authorization"
  private static let scheme = "Bearer "

  private static func bearer(_ token: Secret) -> UpstreamRoute.Header {
    UpstreamRoute.Header(field, Secret(scheme + token.reveal()))
  }

  private static func key(_ provider: ProviderSettings) -> Key? {
    provider.google.map { Key(slug: provider.slug, settings: $0, proxy: provider.proxy) }
  }

  private func source(_ provider: ProviderSettings, _ settings: GoogleSettings) -> AccessTokenSource {
    let key = Key(slug: provider.slug, settings: settings, proxy: provider.proxy)
    if let source = sources[key] { return source }
    let source = AccessTokenSource(
      loop, transport: transport, provider: provider.slug, settings: settings, proxy: provider.proxy, log: log,
      wallSeconds: wallSeconds)
    sources[key] = source
    return source
  }
}

import Configuration
import Core
import Credentials
import EventLoop
import Upstream

/// The access token of one provider on one loop: in hand, or being fetched for those that wait for it.
final class AccessTokenSource {
  /// How long a fetch may take. Unit: milliseconds. Token servers answer in well under a second.
  private static let fetchMilliseconds: Int64 = 10_000
  /// How long connecting may take. Unit: milliseconds.
  private static let connectMilliseconds = 5000

  private let loop: EventLoop
  private let transport: any UpstreamTransport
  private let provider: String
  private let settings: GoogleSettings
  private let proxy: Secret?
  private let log: Log
  private let wallSeconds: () -> Int64
  private var account: ServiceAccount?
  private var cycle = AccessTokenCycle()
  private var waiting: [Waiter] = []

  /// A request that waits for a token.
  private final class Waiter: Cancellable {
    private var completion: ((Result<Secret, GatewayError>) -> Void)?

    init(_ completion: @escaping (Result<Secret, GatewayError>) -> Void) { self.completion = completion }

    func cancel() { completion = nil }

    func end(_ result: Result<Secret, GatewayError>) {
      let completion = completion
      self.completion = nil
      completion?(result)
    }
  }

  /// Has no token yet. Tokens of a service account are fetched through `proxy`.
  init(
    _ loop: EventLoop, transport: any UpstreamTransport, provider: String, settings: GoogleSettings, proxy: Secret?,
    log: Log, wallSeconds: @escaping () -> Int64
  ) {
    self.loop = loop
    self.transport = transport
    self.provider = provider
    self.settings = settings
    self.proxy = proxy
    self.log = log
    self.wallSeconds = wallSeconds
  }

  /// Gives the token to `completion`: before this method returns, which is nil then, or when it has been fetched.
  func token(_ completion: @escaping (Result<Secret, GatewayError>) -> Void) -> (any Cancellable)? {
    switch cycle.need(at: loop.now) {
    case .use(let token): completion(.success(token))
    case .useAndFetch(let token):
      fetch()
      completion(.success(token))
    case .fail(let error): completion(.failure(error))
    case .wait: return wait(completion)
    case .fetch:
      let waiter = wait(completion)
      fetch()
      return waiter
    }
    return nil
  }

  /// The provider has refused this token. True when it is worth asking for the next one.
  func drop(_ token: Secret) -> Bool { cycle.drop(token, at: loop.now) }

  private func wait(_ completion: @escaping (Result<Secret, GatewayError>) -> Void) -> any Cancellable {
    let waiter = Waiter(completion)
    waiting.append(waiter)
    return waiter
  }

  private func fetch() {
    do throws(GatewayError) {
      let request = try request()
      UpstreamFetch.start(
        route(request), body: request.body.map(AccessTokenSource.buffer), on: loop, transport: transport,
        milliseconds: AccessTokenSource.fetchMilliseconds, limit: TokenAnswer.limit
      ) { result in self.fetched(result) }
    } catch {
      end(.failure(TokenFailure(error, isLasting: true)))
    }
  }

  private func request() throws(GatewayError) -> TokenRequest {
    switch settings {
    case .metadata(let authority): return TokenRequest.metadataServer(host: authority)
    case .serviceAccount(let text):
      let account = try known(text)
      return try TokenRequest.serviceAccount(account, at: wallSeconds())
    }
  }

  /// The account, read once. Its text was looked over when the configuration was read.
  private func known(_ text: Secret) throws(GatewayError) -> ServiceAccount {
    if let account { return account }
    do throws(CredentialProblem) {
      let read = try ServiceAccount(json: text)
      account = read
      return read
    } catch {
      throw GatewayError(
        .internalFailure, "The gateway's service account \(error.message).", origin: .gateway, resend: .safe)
    }
  }

  private func route(_ request: TokenRequest) -> UpstreamRoute {
    let isMetadata = if case .metadata = settings { true } else { false }
    return UpstreamRoute(
      provider: provider, url: request.url, headers: request.fields.map { UpstreamRoute.Header($0.name, $0.value) },
      proxy: isMetadata ? nil : proxy, connectMilliseconds: AccessTokenSource.connectMilliseconds, isKept: false)
  }

  private static func buffer(_ body: Secret) -> ByteBuffer {
    let buffer = ByteBuffer()
    buffer.append(body.reveal())
    return buffer
  }

  private func fetched(_ result: Result<UpstreamFetch.Answer, GatewayError>) {
    switch result {
    case .success(let answer):
      let wait = RetryAfter.seconds(answer.head.retryAfter, now: wallSeconds())
      end(TokenAnswer.read(status: answer.head.status, body: answer.body, retryAfterSeconds: wait.map(Int64.init)))
    case .failure(let error):
      end(.failure(TokenFailure(AccessTokenSource.unanswered(error))))
    }
  }

  /// The words of the transport are about the provider, but it was the token server that did not answer.
  private static func unanswered(_ error: GatewayError) -> GatewayError {
    GatewayError(
      error.kind == .timedOut ? .timedOut : .providerFailed, "The provider's token server gave no answer.",
      origin: .upstream, resend: .safe,
      context: [error.message, error.context].compactMap(\.self).joined(separator: ": "))
  }

  private func end(_ result: Result<IssuedToken, TokenFailure>) {
    switch result {
    case .success(let token):
      cycle.take(token)
      tell(.success(token.value))
    case .failure(let failure):
      cycle.fail(failure, at: loop.now, spread: Double.random(in: 0...1))
      log.write(
        .warning, "no access token: \(failure.error.message)",
        [("provider", provider)] + (failure.error.context.map { [("detail", $0)] } ?? []))
      tell(.failure(failure.error))
    }
  }

  private func tell(_ result: Result<Secret, GatewayError>) {
    let waiters = waiting
    waiting = []
    for waiter in waiters { waiter.end(result) }
  }
}

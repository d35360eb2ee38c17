import Catalog
import Configuration
import Core
import Planning
import Testing

@testable import Gateway

/// What follows a failed attempt, and what is answered when all have failed.
struct AttemptDecisionTests {
  /// Two endpoints of one model, then one of another.
  private let attempts: [Plan.Attempt]

  init() throws {
    var configuration = Configuration()
    configuration.providers = ["p", "q"].map { ProviderSettings(slug: $0, name: $0, baseURL: "http://127.0.0.1:1/v1") }
    configuration.models = [
      ModelSettings(
        id: "m/one", endpoints: ["p", "q"].map { EndpointSettings(provider: $0, upstreamModel: "x") }),
      ModelSettings(id: "m/two", endpoints: [EndpointSettings(provider: "p", upstreamModel: "y")]),
    ]
    let catalog = CatalogSnapshot.build(configuration: configuration, shipped: ShippedCatalog(), discovered: [])
    let request = RoutingRequest(
      chain: ["m/one", "m/two"], preferences: ProviderPreferences(), needs: .init(output: .text), policy: .init())
    attempts = try Planner.plan(request, catalog: catalog).attempts
    #expect(attempts.count == 3)
  }

  private func error(_ kind: ErrorKind, retryAfter: Int? = nil) -> GatewayError {
    GatewayError(kind, kind.rawValue, origin: .upstream, retryAfterSeconds: retryAfter)
  }

  @Test("A failure of the provider goes to the next endpoint, a refusal of the request to the next model")
  func next() {
    for kind in [ErrorKind.providerFailed, .rateLimited, .providerOverloaded, .timedOut, .unavailable] {
      #expect(AttemptDecision.next(after: 0, error(kind), attempts) == 1)
      #expect(AttemptDecision.next(after: 1, error(kind), attempts) == 2)
      #expect(AttemptDecision.next(after: 2, error(kind), attempts) == nil)
    }
    for kind in [ErrorKind.providerRejected, .contextLengthExceeded, .moderated] {
      #expect(AttemptDecision.next(after: 0, error(kind), attempts) == 2)
      #expect(AttemptDecision.next(after: 2, error(kind), attempts) == nil)
    }
  }

  @Test(
    "Of different failures the first kind of 429, 503, 504, 502, 403, 400 is answered",
    arguments: [
      ([ErrorKind.providerFailed, .rateLimited], 429), ([.timedOut, .providerOverloaded], 503),
      ([.providerFailed, .timedOut], 504),
      ([.providerRejected, .providerFailed], 502), ([.providerRejected, .moderated], 403), ([.providerRejected], 400),
      ([.contextLengthExceeded, .providerRejected], 400), ([.rateLimited, .timedOut, .providerOverloaded], 429),
      ([], 502),
    ])
  func precedence(_ row: (kinds: [ErrorKind], status: Int)) {
    let failures = row.kinds.map { FailedAttempt(attempt: attempts[0], error: error($0), milliseconds: 5) }
    #expect(AttemptDecision.finalError(failures).kind.status == row.status)
  }

  @Test("429 and 503 carry the smallest hint, or a default; other statuses none; every attempt is told")
  func retryAfter() {
    func final(_ errors: [GatewayError]) -> GatewayError {
      AttemptDecision.finalError(errors.map { FailedAttempt(attempt: attempts[0], error: $0, milliseconds: 1) })
    }
    #expect(
      final([error(.rateLimited, retryAfter: 9), error(.providerFailed), error(.rateLimited, retryAfter: 4)])
        .retryAfterSeconds == 4)
    #expect((final([error(.rateLimited)]).retryAfterSeconds ?? 0) > 0)
    #expect((final([error(.providerOverloaded)]).retryAfterSeconds ?? 0) > 0)
    #expect(final([error(.providerFailed, retryAfter: 4)]).retryAfterSeconds == nil)
    guard case .list(let rows)? = final([error(.timedOut), error(.providerFailed)]).metadata.last?.value else {
      Issue.record("no attempts in the metadata")
      return
    }
    #expect(rows.count == 2)
  }
}

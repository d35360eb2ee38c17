import Catalog
import Configuration
import Core
import JSON
import Ledger
import Planning

/// A catalogue made of a few offers, with the health, memory and clock that a test needs.
final class World {
  /// An endpoint: its tag, whose first part is the provider, and what matters of it.
  struct Offer {
    var tag: String
    var price: String? = "1"
    var parameters: [String]?
    var quality: Double?
    var cacheRead: String?
    var context: Int?
    var maxTokens: Int?
    var training: Bool?
    var zdr: Bool?

    init(
      _ tag: String, _ price: String? = "1", parameters: [String]? = nil, quality: Double? = nil,
      cacheRead: String? = nil, context: Int? = nil, maxTokens: Int? = nil, training: Bool? = nil, zdr: Bool? = nil
    ) {
      self.tag = tag
      self.price = price
      self.parameters = parameters
      self.quality = quality
      self.cacheRead = cacheRead
      self.context = context
      self.maxTokens = maxTokens
      self.training = training
      self.zdr = zdr
    }
  }

  let catalog: CatalogSnapshot
  let board = CircuitBoard()
  let health: HealthTable
  let sticky = StickyTable()
  var now = MonotonicTime(nanoseconds: 1_000_000_000_000)
  private var seed: UInt64 = 0

  init(_ models: [(id: String, offers: [Offer])]) {
    catalog = World.catalog(models)
    health = HealthTable(circuits: board, settings: RoutingSettings())
    health.adopt(catalog)
  }

  convenience init(_ offers: Offer...) { self.init([("m/one", offers)]) }

  static func catalog(_ models: [(id: String, offers: [Offer])]) -> CatalogSnapshot {
    var configuration = Configuration()
    var slugs: [String] = []
    for offer in models.flatMap(\.offers) {
      let slug = String(offer.tag.prefix { $0 != "/" })
      if slugs.contains(slug) { continue }
      slugs.append(slug)
      configuration.providers.append(
        ProviderSettings(
          slug: slug, name: slug.capitalized, baseURL: "http://h/v1",
          dataPolicy: offer.training.map { DataPolicy(training: $0) }))
    }
    configuration.models = models.map { model in
      ModelSettings(id: model.id, endpoints: model.offers.map(World.endpoint))
    }
    return CatalogSnapshot.build(configuration: configuration, shipped: ShippedCatalog(), discovered: [])
  }

  private static func endpoint(_ offer: Offer) -> EndpointSettings {
    func money(_ text: String) -> Money { Money(decimal: text, exponent: -6) ?? .zero }
    let price = offer.price.map {
      PriceList(prompt: money($0), completion: money($0), cacheRead: offer.cacheRead.map(money))
    }
    return EndpointSettings(
      provider: String(offer.tag.prefix { $0 != "/" }), upstreamModel: "up", pricing: price,
      contextLength: offer.context, maxCompletionTokens: offer.maxTokens, supportedParameters: offer.parameters,
      quality: offer.quality, zdr: offer.zdr, tag: offer.tag)
  }

  // MARK: Requests

  func request(
    _ chain: [String] = ["m/one"], _ provider: String = "{}", tools: Bool = false, isStream: Bool = false,
    policy: RoutingRequest.Policy = .init(), tier: String? = nil
  ) throws -> RoutingRequest {
    RoutingRequest(
      chain: chain, preferences: try ProviderPreferences(JSONValue.parse(Array(provider.utf8))),
      needs: .init(output: .text, tools: tools, isStream: isStream), policy: policy,
      serviceTier: tier.flatMap { RoutingRequest.Tier($0) })
  }

  func plan(_ request: RoutingRequest, opening: () -> UInt64? = { nil }) throws -> Plan {
    seed += 1
    return try Planner.plan(
      request, catalog: catalog, context: PlanningContext(health: health, sticky: sticky, now: now, seed: seed),
      opening: opening)
  }

  /// The tags in order.
  func tags(_ request: RoutingRequest) throws -> [String] { try plan(request).attempts.map(\.endpoint.tag) }

  func endpoint(_ tag: String) -> CatalogEndpoint {
    guard let found = catalog.endpoints.first(where: { $0.tag == tag }) else { preconditionFailure("no \(tag)") }
    return found
  }

  // MARK: Time and attempts

  func pass(seconds: Double) { now = MonotonicTime(nanoseconds: now.nanoseconds + Int64(seconds * 1e9)) }

  /// A permit that must be granted.
  func ticket(_ tag: String, isStream: Bool = false, table: HealthTable? = nil) -> AttemptTicket? {
    guard case .granted(let ticket) = (table ?? health).permit(endpoint(tag), now: now, isStream: isStream) else {
      return nil
    }
    return ticket
  }

  /// An attempt that begins and ends now. Returns whether it was permitted.
  @discardableResult
  func attempt(_ tag: String, _ report: AttemptReport, table: HealthTable? = nil) -> Bool {
    guard let ticket = ticket(tag, isStream: report.isStream, table: table) else { return false }
    (table ?? health).finish(ticket, report, now: now)
    return true
  }

  /// Whole streams with these measurements.
  func streams(_ tag: String, _ count: Int, firstToken: Double, tokensPerSecond: Double = 50) {
    for _ in 0..<count {
      attempt(
        tag,
        AttemptReport(
          .success, firstTokenMilliseconds: firstToken, outputTokens: 100,
          generationMilliseconds: 100_000 / tokensPerSecond, isStream: true))
    }
  }
}

extension String {
  /// The text with a capital letter in front.
  fileprivate var capitalized: String { prefix(1).uppercased() + dropFirst() }
}

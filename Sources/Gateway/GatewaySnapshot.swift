import Catalog
import Configuration
import Core
import HTTPServer
import Planning
import Translation
import Upstream

/// Everything a request is decided by: immutable, swapped whole on a reload. A request keeps the one it began with.
package final class GatewaySnapshot: Sendable {
  /// The configuration it was made from.
  package let configuration: Configuration
  /// Models, endpoints and providers.
  package let catalog: CatalogSnapshot
  /// The address in force, for the `Host` rule.
  package let listen: String
  /// How many loops share the work.
  let loops: Int
  let cors: CORSRule
  /// The preferences of a request that gives none.
  let defaultPreferences: ProviderPreferences
  private let routes: [String: ProviderRoutes]
  /// By the endpoint's index: its provider's routes, what is written into answers, and the response's fields.
  private let endpointRoutes: [ProviderRoutes?]
  private let sources: [AnswerSource]
  private let fields: [ResponseFields]
  private let decisions: DecisionWriter

  /// The routes of one provider, one per operation.
  private final class ProviderRoutes: Sendable {
    let chat: UpstreamRoute
    let completion: UpstreamRoute
    let embedding: UpstreamRoute

    init(chat: UpstreamRoute, completion: UpstreamRoute, embedding: UpstreamRoute) {
      self.chat = chat
      self.completion = completion
      self.embedding = embedding
    }
  }

  /// Builds a snapshot; connections of routes that did not change are kept by the transports only for the same
  /// snapshot, so a reload connects anew.
  package init(
    configuration: Configuration, catalog: CatalogSnapshot, listen: String, loops: Int
  ) {
    self.configuration = configuration
    self.catalog = catalog
    self.listen = listen
    self.loops = loops
    defaultPreferences = ProviderPreferences(configuration.routing.preferences)
    cors = CORSRule(origins: configuration.server.corsOrigins)
    var routes: [String: ProviderRoutes] = [:]
    for provider in catalog.providers {
      func make(_ operation: OpenAIOperation) -> UpstreamRoute {
        GatewaySnapshot.route(provider, path: operation.path, configuration.routing.timeouts, loops: loops)
      }
      routes[provider.slug] = ProviderRoutes(
        chat: make(.chat), completion: make(.completion), embedding: make(.embedding))
    }
    self.routes = routes
    decisions = DecisionWriter(catalog, configuration)
    endpointRoutes = catalog.endpoints.map { routes[$0.provider.slug] }
    sources = catalog.endpoints.map { AnswerSource(model: $0.modelID, provider: $0.provider.name) }
    fields = catalog.endpoints.map { endpoint in
      var fields = GatewaySnapshot.privateFields
      fields.add("x-patchbay-provider", endpoint.tag)
      return fields
    }
  }

  /// On every answer: it is the caller's alone.
  static let privateFields: ResponseFields = {
    var fields = ResponseFields()
    fields.add("cache-control", "private, no-store")
    return fields
  }()

  /// Who gives the answers of an endpoint of this snapshot.
  func source(_ endpoint: CatalogEndpoint) -> AnswerSource { sources[endpoint.index] }

  /// Fields of an answer of an endpoint of this snapshot: the evidence of where the data went.
  func fields(_ endpoint: CatalogEndpoint) -> ResponseFields { fields[endpoint.index] }

  /// A plan of this snapshot as the books keep it.
  func decision(_ plan: Plan) -> [UInt8] { decisions.decision(plan) }

  /// A route to a path of a provider, with its credentials. Each of `loops` gets its share of the provider's connections,
  /// rounded up.
  package static func route(
    _ provider: CatalogProvider, path: String, _ timeouts: TimeoutSettings, loops: Int = 1
  ) -> UpstreamRoute {
    let settings = provider.settings
    var headers = settings.headers.map { UpstreamRoute.Header($0.name, $0.value) }
    if let key = settings.apiKey, !key.isEmpty {
      headers.append(UpstreamRoute.Header("Authorization", Secret("Bearer " + key.reveal())))
    }
    headers.append(UpstreamRoute.Header("Content-Type", Secret("application/json")))
    return UpstreamRoute(
      provider: settings.slug, url: settings.baseURL + path, headers: headers, proxy: settings.proxy,
      http2: settings.http2, maxConnections: (settings.maxConnections + loops - 1) / loops,
      connectMilliseconds: timeouts.connectMilliseconds)
  }

  /// The route for an operation at an endpoint of this snapshot.
  func route(_ endpoint: CatalogEndpoint, _ operation: OpenAIOperation) -> UpstreamRoute? {
    guard let routes = endpointRoutes[endpoint.index] else { return nil }
    return switch operation {
    case .chat: routes.chat
    case .completion: routes.completion
    case .embedding: routes.embedding
    }
  }

  /// Identities of all routes, for transports to forget what is no longer used.
  var routeIdentities: Set<ObjectIdentifier> {
    Set(routes.values.flatMap { [$0.chat, $0.completion, $0.embedding] }.map { ObjectIdentifier($0) })
  }
}

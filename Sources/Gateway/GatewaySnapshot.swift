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
  let cors: CORSRule
  /// The preferences of a request that gives none.
  let defaultPreferences: ProviderPreferences
  /// By the endpoint's index: where its requests go, how its provider is spoken to (nil: plainly in OpenAI's format), what
  /// is written into answers, and the response's fields.
  private let endpointRoutes: [EndpointRoutes]
  private let dialects: [(any ProviderDialect)?]
  private let sources: [AnswerSource]
  private let fields: [ResponseFields]
  private let decisions: DecisionWriter

  /// The routes of one endpoint; nil for operations that its provider has not.
  private struct EndpointRoutes: Sendable {
    var chat: UpstreamRoute?
    var chatStream: UpstreamRoute?
    var completion: UpstreamRoute?
    var embedding: UpstreamRoute?

    var all: [UpstreamRoute] { [chat, chatStream, completion, embedding].compactMap { $0 } }
  }

  /// Builds a snapshot; connections of routes that did not change are kept by the transports only for the same
  /// snapshot, so a reload connects anew.
  package init(
    configuration: Configuration, catalog: CatalogSnapshot, listen: String, loops: Int
  ) {
    self.configuration = configuration
    self.catalog = catalog
    self.listen = listen
    defaultPreferences = ProviderPreferences(configuration.routing.preferences)
    cors = CORSRule(origins: configuration.server.corsOrigins)
    var builder = RouteBuilder(timeouts: configuration.routing.timeouts, loops: loops)
    endpointRoutes = catalog.endpoints.map { builder.routes(of: $0) }
    dialects = catalog.endpoints.map { GatewaySnapshot.dialect(of: $0.provider.settings) }
    decisions = DecisionWriter(catalog, configuration)
    sources = catalog.endpoints.map { AnswerSource(model: $0.modelID, provider: $0.provider.name) }
    fields = catalog.endpoints.map { endpoint in
      var fields = GatewaySnapshot.privateFields
      fields.add("x-patchbay-provider", endpoint.tag)
      return fields
    }
  }

  /// Makes every route once: endpoints of a provider share those that do not name a model.
  private struct RouteBuilder {
    let timeouts: TimeoutSettings
    let loops: Int
    private var made: [String: UpstreamRoute] = [:]

    init(timeouts: TimeoutSettings, loops: Int) {
      self.timeouts = timeouts
      self.loops = loops
    }

    mutating func routes(of endpoint: CatalogEndpoint) -> EndpointRoutes {
      EndpointRoutes(
        chat: route(endpoint, .chat), chatStream: route(endpoint, .chat, isStream: true),
        completion: route(endpoint, .completion), embedding: route(endpoint, .embedding))
    }

    private mutating func route(
      _ endpoint: CatalogEndpoint, _ operation: OpenAIOperation, isStream: Bool = false
    ) -> UpstreamRoute? {
      let provider = endpoint.provider
      guard let dialect = GatewaySnapshot.speech(of: provider.settings),
        let path = dialect.path(operation, model: endpoint.upstreamModel, isStream: isStream)
      else { return nil }
      let key = provider.slug + " " + path
      if let known = made[key] { return known }
      let route = GatewaySnapshot.route(provider, path: path, timeouts, loops: loops)
      made[key] = route
      return route
    }
  }

  /// How a provider is spoken to; nil for OpenAI's chat format as it is, which needs no dialect.
  private static func dialect(of settings: ProviderSettings) -> (any ProviderDialect)? {
    settings.dialect == .openai ? nil : speech(of: settings)
  }

  /// Where a provider lists its models for its configured key, behind `base_url`; nil where it does not.
  package static func listPath(of settings: ProviderSettings) -> String? {
    settings.aws == nil && settings.google == nil ? speech(of: settings)?.listPath : nil
  }

  /// The dialect of any provider.
  private static func speech(of settings: ProviderSettings) -> (any ProviderDialect)? {
    Dialects.provider(settings.dialect.rawValue, baseURL: settings.baseURL, version: settings.apiVersion)
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
    let dialect = speech(of: settings)
    // What the configuration sets holds.
    for field in dialect?.headers ?? [] where !headers.contains(where: { $0.name.lowercased() == field.name }) {
      headers.append(UpstreamRoute.Header(field.name, Secret(field.value)))
    }
    if let key = settings.apiKey, !key.isEmpty, let field = dialect?.authorization(key) {
      headers.append(UpstreamRoute.Header(field.name, Secret(field.value)))
    }
    headers.append(UpstreamRoute.Header("Content-Type", Secret("application/json")))
    return UpstreamRoute(
      provider: settings.slug, name: provider.name, url: settings.baseURL + path, headers: headers,
      proxy: settings.proxy,
      http2: settings.http2, maxConnections: (settings.maxConnections + loops - 1) / loops,
      connectMilliseconds: timeouts.connectMilliseconds)
  }

  /// The route for an operation at an endpoint of this snapshot; nil when its provider has no such operation.
  func route(_ endpoint: CatalogEndpoint, _ operation: OpenAIOperation, isStream: Bool) -> UpstreamRoute? {
    switch operation {
    case .chat: isStream ? endpointRoutes[endpoint.index].chatStream : endpointRoutes[endpoint.index].chat
    case .completion: endpointRoutes[endpoint.index].completion
    case .embedding: endpointRoutes[endpoint.index].embedding
    }
  }

  /// How the provider of an endpoint of this snapshot is spoken to; nil: plainly in OpenAI's format.
  func dialect(_ endpoint: CatalogEndpoint) -> (any ProviderDialect)? { dialects[endpoint.index] }

  /// Identities of all routes, for transports to forget what is no longer used.
  var routeIdentities: Set<ObjectIdentifier> {
    Set(endpointRoutes.flatMap(\.all).map { ObjectIdentifier($0) })
  }
}

import Catalog
import Core
import HTTPWire
import JSON
import Planning

/// How well an endpoint works now.
typealias HealthLook = (CatalogEndpoint) -> EndpointHealthView

/// The reading routes of the catalogue. Pure: a snapshot in, a document out.
enum CatalogueRoutes {
  /// The document of a route. Throws 404 for a model that is not known, 400 for a query that makes no sense.
  static func document(
    _ route: Route, _ head: RequestHead, _ snapshot: GatewaySnapshot, _ caller: Caller, health: @escaping HealthLook
  ) throws(GatewayError) -> [UInt8] {
    let catalog = snapshot.catalog
    let isTrusted = !snapshot.configuration.access.requireKey || !caller.isAnonymous
    let look: HealthLook = { endpoint in
      var view = health(endpoint)
      if !isTrusted {
        view.firstTokenMilliseconds = nil
        view.throughput = nil
      }
      return view
    }
    switch route {
    case .googleModels: return try GoogleModelDocuments.list(catalog.models, head).serialized()
    case .googleModel(let name): return GoogleModelDocuments.model(try model(name, catalog)).serialized()
    case .models where AnthropicModelDocuments.areWanted(head):
      return try AnthropicModelDocuments.list(catalog.models, head).serialized()
    case .model(let name) where AnthropicModelDocuments.areWanted(head):
      return AnthropicModelDocuments.model(try model(name, catalog)).serialized()
    case .models: return try list(catalog.models, head, outputs: ["text"])
    case .embeddingModels: return try list(catalog.models, head, outputs: ["embeddings"])
    case .callersModels: return try list(allowed(catalog.models, caller), head, outputs: ["text"])
    case .modelCount:
      let count = try ModelFilter(head, outputs: ["text"]).apply(catalog.models).count
      return JSONValue.object([("data", .object([("count", .integer(count))]))]).serialized()
    case .model(let name): return ModelDocuments.single(try model(name, catalog)).serialized()
    case .modelEndpoints(let name): return ModelDocuments.endpoints(try model(name, catalog), look).serialized()
    case .providers:
      return JSONValue.object([("data", .array(catalog.providers.map(ModelDocuments.provider)))]).serialized()
    case .zdrEndpoints:
      let rows = catalog.models.flatMap { model in
        model.endpoints.filter(\.zdr).map { ModelDocuments.endpoint($0, of: model, look($0)) }
      }
      return JSONValue.object([("data", .array(rows))]).serialized()
    case .health, .ready, .metrics, .inference, .tokenCount, .administration: return []
    }
  }

  private static func list(
    _ models: [CatalogModel], _ head: RequestHead, outputs: Set<String>
  ) throws(GatewayError) -> [UInt8] {
    let filter = try ModelFilter(head, outputs: outputs)
    let found = filter.apply(models)
    let next = filter.next(found.count, query: head.query).map { JSONValue.string(head.path + $0) } ?? .null
    return JSONValue.object([
      ("object", .string("list")), ("data", .array(filter.page(found).map(ModelDocuments.model))),
      ("total_count", .integer(found.count)), ("links", .object([("next", next)])),
    ]).serialized()
  }

  /// What a key may use.
  private static func allowed(_ models: [CatalogModel], _ caller: Caller) -> [CatalogModel] {
    models.filter { model in
      Planner.isAllowed(model, models: caller.allowedModels, providers: caller.allowedProviders)
        && (!caller.zdr || model.endpoints.contains(where: \.zdr))
    }
  }

  private static func model(_ name: String, _ catalog: CatalogSnapshot) throws(GatewayError) -> CatalogModel {
    guard let model = catalog.resolve(name)?.model else { throw Planner.unknownModel(name, catalog) }
    return model
  }
}

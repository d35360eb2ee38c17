import Catalog
import Core

/// The models of a request, in the order in which they are tried (reference section 3.8).
enum ModelChain {
  /// Most models of a chain (contract section 3).
  private static let limit = 10

  /// The caller's chain, each model once, or, when it names one model, that model with its configured fallbacks, which the
  /// caller has never named and `allow_fallbacks: false` therefore rules out. Throws a 404 for an unknown model, a 400 for a chain that is too long or a model of the wrong kind.
  static func resolve(
    _ request: RoutingRequest, _ catalog: CatalogSnapshot
  ) throws(GatewayError) -> (chain: [ModelResolution], isFallback: Bool) {
    guard let first = request.chain.first else {
      throw .field("model", "The field 'model' is missing; name a model such as \"openai/gpt-4o\".")
    }
    guard request.chain.count <= limit else {
      throw .field("models", "'models' holds \(request.chain.count) models; at most \(limit) can be tried.")
    }
    if request.chain.count == 1 {
      guard let resolution = catalog.find(first) else { throw unknownModel(first, catalog) }
      try check(resolution, request.needs.output)
      let fallbacks = resolution.model.fallbacks
      if fallbacks.isEmpty || !request.preferences.allowsFallbacks { return ([resolution], false) }
      let chain = withFallbacks(resolution, catalog, request.needs.output)
      return (chain, chain.count > 1)
    }
    return (try several(request, catalog), true)
  }

  private static func several(
    _ request: RoutingRequest, _ catalog: CatalogSnapshot
  ) throws(GatewayError) -> [ModelResolution] {
    var chain: [ModelResolution] = []
    for name in request.chain {
      guard let resolution = catalog.find(name) else {
        // A model that only lacks its provider here is passed over as long as another one can serve.
        if !catalog.providersNeeded(for: name).isEmpty { continue }
        throw unknownModel(name, catalog)
      }
      try check(resolution, request.needs.output)
      let isRepeated = chain.contains { $0.model === resolution.model && $0.variants == resolution.variants }
      if !isRepeated { chain.append(resolution) }
    }
    if chain.isEmpty, let first = request.chain.first { throw unknownModel(first, catalog) }
    return chain
  }

  /// Fallbacks that are not in the catalogue, or write something else, are passed over.
  private static func withFallbacks(
    _ first: ModelResolution, _ catalog: CatalogSnapshot, _ output: RoutingRequest.Output
  ) -> [ModelResolution] {
    var chain = [first]
    for name in first.model.fallbacks where chain.count < limit {
      guard let next = catalog.find(name), !chain.contains(where: { $0.model === next.model }),
        writes(next.model, output), !next.variants.contains(.online)
      else { continue }
      chain.append(next)
    }
    return chain
  }

  /// Whether a model writes what is asked for.
  static func writes(_ model: CatalogModel, _ output: RoutingRequest.Output) -> Bool {
    switch output {
    case .text: model.writesText || !model.writesEmbeddings
    case .embeddings: model.writesEmbeddings
    }
  }

  private static func check(
    _ resolution: ModelResolution, _ output: RoutingRequest.Output
  ) throws(GatewayError) {
    if resolution.variants.contains(.online) {
      throw .field("model", "This gateway has no web search yet; leave ':online' out of the model's name.")
    }
    if writes(resolution.model, output) { return }
    let id = resolution.model.id
    throw output == .text
      ? .field("model", "'\(id)' is an embedding model; send it to /v1/embeddings.")
      : .field("model", "'\(id)' is not an embedding model; GET /v1/embeddings/models lists those.")
  }

  /// The 404 for a name that no visible model answers to: says which provider is missing, or what was meant.
  static func unknownModel(_ name: String, _ catalog: CatalogSnapshot) -> GatewayError {
    let needed = catalog.providersNeeded(for: name)
    if let model = catalog.find(name)?.model {
      return .caller(
        .modelNotFound,
        "The model '\(name)' is known, but the providers that serve it are disabled: "
          + Set(model.disabledEndpoints.map(\.provider.slug)).sorted().joined(separator: ", ") + ".",
        metadata: [MetadataField("model", .text(name))])
    }
    if !needed.isEmpty {
      return .caller(
        .modelNotFound,
        "The model '\(name)' is known, but no configured provider serves it. Configure one of: "
          + Set(needed).sorted().joined(separator: ", ") + ".", metadata: [MetadataField("model", .text(name))])
    }
    let hint = catalog.suggestion(for: name).map { " Did you mean '\($0)'?" } ?? ""
    return .caller(
      .modelNotFound, "The model '\(name)' is not known here.\(hint) GET /v1/models lists the models.",
      metadata: [MetadataField("model", .text(name))])
  }
}

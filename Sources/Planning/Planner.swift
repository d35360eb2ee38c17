import Catalog
import Core

/// Turns a request and a catalogue into a plan: filter, then order. Pure; no I/O, no clock.
package enum Planner {
  /// Plans a request. At most `maxAttempts` attempts, but at least one for each model of the chain that has an eligible
  /// endpoint. Throws a 404 for an unknown model and when nothing is eligible, a 400 for a model of the wrong kind.
  package static func plan(
    _ request: RoutingRequest, catalog: CatalogSnapshot, maxAttempts: Int
  ) throws(GatewayError) -> Plan {
    var perModel: [[Plan.Attempt]] = []
    var exclusions: [Exclusion] = []
    let chain = try chain(request, catalog)
    for name in chain {
      guard let resolution = catalog.resolve(name) else {
        // A model that only lacks its provider here is passed over as long as another one can serve.
        if chain.count > 1, !catalog.providersNeeded(for: name).isEmpty { continue }
        throw unknownModel(name, catalog)
      }
      try checkKind(resolution.model, request.needs.output)
      let eligible = resolution.model.endpoints.filter { endpoint in
        let reason = Eligibility.exclusion(
          of: endpoint, of: resolution.model, variants: resolution.variants, for: request)
        if let reason {
          exclusions.append(Exclusion(model: resolution.model.id, endpoint: endpoint.tag, reason: reason))
        }
        return reason == nil
      }
      let ordered = order(eligible, request.preferences, model: resolution.model, &exclusions)
      perModel.append(ordered.map { Plan.Attempt(model: resolution.model, endpoint: $0) })
    }
    let attempts = cut(perModel, to: maxAttempts)
    guard !attempts.isEmpty else {
      if let name = chain.first, exclusions.isEmpty { throw unknownModel(name, catalog) }
      throw nothingEligible(request, exclusions)
    }
    return Plan(attempts: attempts, exclusions: exclusions)
  }

  /// Whether a key with these patterns and providers reaches any endpoint of a model; nil means all.
  package static func isAllowed(_ model: CatalogModel, models: [String]?, providers: [String]?) -> Bool {
    if let models, !models.contains(where: { Pattern.matches($0, model.id) }) { return false }
    guard let providers else { return true }
    return model.endpoints.contains { endpoint in providers.contains { Eligibility.names($0, endpoint) } }
  }

  // MARK: Chain

  /// Most models of a chain (contract section 3).
  private static let chainLimit = 10

  /// The caller's chain, or, when it names one model, that model's configured fallbacks behind it.
  private static func chain(_ request: RoutingRequest, _ catalog: CatalogSnapshot) throws(GatewayError) -> [String] {
    guard let first = request.chain.first else {
      throw .field("model", "The field 'model' is missing; name a model such as \"openai/gpt-4o\".")
    }
    guard request.chain.count <= chainLimit else {
      throw .field("models", "'models' holds \(request.chain.count) models; at most \(chainLimit) can be tried.")
    }
    guard request.chain.count == 1, let model = catalog.resolve(first)?.model else { return request.chain }
    return [first] + model.fallbacks.filter { $0 != first && $0 != model.id && catalog.resolve($0) != nil }
  }

  /// The 404 for a name that no visible model answers to: says which provider is missing, or what was meant.
  package static func unknownModel(_ name: String, _ catalog: CatalogSnapshot) -> GatewayError {
    let needed = catalog.providersNeeded(for: name)
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

  private static func checkKind(_ model: CatalogModel, _ output: RoutingRequest.Output) throws(GatewayError) {
    let embeds = model.outputModalities.contains("embeddings")
    switch output {
    case .text where embeds && !model.outputModalities.contains("text"):
      throw .field("model", "'\(model.id)' is an embedding model; send it to /v1/embeddings.")
    case .embeddings where !embeds:
      throw .field("model", "'\(model.id)' is not an embedding model; GET /v1/embeddings/models lists those.")
    default: return
    }
  }

  // MARK: Order

  /// Endpoints come cheapest first, which is the order without preferences and with `sort: price`; measured sorts fall
  /// back to it where nothing is measured yet. `order` puts the named ones in front.
  private static func order(
    _ endpoints: [CatalogEndpoint], _ preferences: ProviderPreferences, model: CatalogModel,
    _ exclusions: inout [Exclusion]
  ) -> [CatalogEndpoint] {
    if preferences.order.isEmpty, preferences.allowsFallbacks { return endpoints }
    var named: [CatalogEndpoint] = []
    for name in preferences.order {
      for endpoint in endpoints
      where Eligibility.names(name, endpoint) && !named.contains(where: { $0 === endpoint }) {
        named.append(endpoint)
      }
    }
    let rest = endpoints.filter { endpoint in !named.contains { $0 === endpoint } }
    if preferences.allowsFallbacks { return named + rest }
    let kept = preferences.order.isEmpty ? Array(rest.prefix(1)) : named
    for endpoint in endpoints where !kept.contains(where: { $0 === endpoint }) {
      exclusions.append(Exclusion(model: model.id, endpoint: endpoint.tag, reason: .notInOrder))
    }
    return kept
  }

  /// Keeps the order, drops what is too much: one attempt of every model is kept before any second one.
  private static func cut(_ perModel: [[Plan.Attempt]], to limit: Int) -> [Plan.Attempt] {
    let total = perModel.reduce(0) { $0 + $1.count }
    if total <= limit { return perModel.flatMap { $0 } }
    var left = max(limit, perModel.count { !$0.isEmpty }) - perModel.count { !$0.isEmpty }
    return perModel.flatMap { attempts -> ArraySlice<Plan.Attempt> in
      if attempts.isEmpty { return [] }
      let more = min(left, attempts.count - 1)
      left -= more
      return attempts.prefix(1 + more)
    }
  }

  // MARK: Nothing left

  private static func nothingEligible(_ request: RoutingRequest, _ exclusions: [Exclusion]) -> GatewayError {
    let names = request.chain.map { "'\($0)'" }.joined(separator: ", ")
    let reasons = Set(exclusions.map(\.reason))
    let why = reasons.count == 1 ? ": " + (reasons.first?.words ?? "") : ""
    let endpoints = exclusions.map { exclusion in
      MetadataValue.object([
        MetadataField("model", .text(exclusion.model)), MetadataField("endpoint", .text(exclusion.endpoint)),
        MetadataField("excluded_by", .text(exclusion.reason.rawValue)),
        MetadataField("reason", .text(exclusion.reason.words)),
      ])
    }
    return .caller(
      .noEligibleEndpoint, "No endpoint of \(names) can serve this request\(why).",
      metadata: [
        MetadataField("excluded_by", .list(reasons.map(\.rawValue).sorted().map { .text($0) })),
        MetadataField("endpoints", .list(endpoints)),
      ])
  }
}

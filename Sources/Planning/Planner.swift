import Catalog
import Configuration
import Core

/// Turns a request and a catalogue into a plan: filter, then order. Pure; no I/O, no clock of its own.
package enum Planner {
  /// Plans a request. At most `context.maxAttempts` attempts, but at least one for each model of the chain that has an
  /// eligible endpoint. `opening` hashes the opening messages of the conversation, `leastTokens` counts tokens that the
  /// prompt certainly has (`PromptLength.least`); they are asked only when the answer matters. Throws a 404 for an unknown model and when nothing is eligible, a 400 for a model of the wrong kind.
  package static func plan(
    _ request: RoutingRequest, catalog: CatalogSnapshot, context: PlanningContext = PlanningContext(),
    opening: () -> UInt64? = { nil }, leastTokens: () -> Int = { 0 }
  ) throws(GatewayError) -> Plan {
    if let plan = shortWay(request, catalog, context.seed) { return plan }
    let (chain, isFallback) = try ModelChain.resolve(request, catalog)
    var builder = PlanBuilder(request, chain, context)
    builder.filter(leastTokens: leastTokens)
    builder.order(opening)
    guard !builder.isEmpty else { throw NothingEligible.error(request, builder.exclusions) }
    return builder.plan(isFallback ? .fallback : strategy(chain.first))
  }

  /// The plan of the commonest request: one model without fallbacks, at one endpoint that may serve it. There is nothing to
  /// order. Nil when the long way must be gone, which also finds the words for what is wrong.
  private static func shortWay(
    _ request: RoutingRequest, _ catalog: CatalogSnapshot, _ seed: UInt64
  ) -> Plan? {
    guard request.chain.count == 1, let resolution = catalog.resolve(request.chain[0]) else { return nil }
    let model = resolution.model
    guard model.endpoints.count == 1, model.disabledEndpoints.isEmpty, model.fallbacks.isEmpty,
      resolution.variants.isEmpty
    else { return nil }
    let endpoint = model.endpoints[0]
    let eligibility = Eligibility(request)
    guard ModelChain.writes(model, request.needs.output), eligibility.certainlyFits(endpoint),
      eligibility.exclusion(of: model) == nil,
      eligibility.exclusion(of: endpoint, variants: .none, tiers: TierAdmission(request, resolution)) == nil
    else { return nil }
    let attempt = Plan.Attempt(
      model: model, endpoint: endpoint,
      placement: EndpointName.anyMeans(request.preferences.order, endpoint) ? .order : .only, score: nil,
      variants: .none)
    return Plan(
      attempts: [attempt], exclusions: [], strategy: strategy(resolution), seed: seed, conversation: nil)
  }

  /// How a chain of names, for which there is no plan, comes to its models.
  package static func strategy(_ chain: [String], _ catalog: CatalogSnapshot) -> Plan.Strategy {
    chain.count > 1 ? .fallback : strategy(chain.first.flatMap { catalog.find($0) })
  }

  private static func strategy(_ resolution: ModelResolution?) -> Plan.Strategy {
    switch resolution?.way {
    case .alias: .alias
    case .latest: .latest
    case .direct, nil: .direct
    }
  }

  /// Whether a key with these patterns and providers reaches any endpoint of a model; nil means all.
  package static func isAllowed(_ model: CatalogModel, models: [String]?, providers: [String]?) -> Bool {
    if let models, !models.contains(where: { Pattern.matches($0, model.id) }) { return false }
    guard let providers else { return true }
    return model.endpoints.contains { endpoint in
      providers.contains { EndpointName.meansProvider($0, endpoint) }
    }
  }

  /// The 404 for a name that no visible model answers to: says which provider is missing, or what was meant.
  package static func unknownModel(_ name: String, _ catalog: CatalogSnapshot) -> GatewayError {
    ModelChain.unknownModel(name, catalog)
  }
}

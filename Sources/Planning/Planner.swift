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
    let (chain, isFallback) = try ModelChain.resolve(request, catalog)
    var builder = PlanBuilder(request, context)
    for resolution in chain { builder.filter(resolution, leastTokens: leastTokens) }
    builder.order(chain, opening)
    guard !builder.attempts.isEmpty else { throw NothingEligible.error(request, builder.exclusions) }
    return builder.plan(isFallback ? .fallback : Planner.strategy(chain))
  }

  private static func strategy(_ chain: [ModelResolution]) -> Plan.Strategy {
    switch chain.first?.way {
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

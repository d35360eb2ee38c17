import Core
import HTTPWire
import Planning
import Translation

/// The room that decides where a request may go: it gathers what the planner needs from the request, the caller's key and
/// the gateway's own rules.
enum PlanRequest {
  /// Plans a request. Throws 400 for preferences that make no sense, 404 when nothing can serve it.
  static func plan(
    _ request: OpenAIRequest, _ head: RequestHead, _ caller: Caller, _ snapshot: GatewaySnapshot
  ) throws(GatewayError) -> Plan {
    let privacy = snapshot.configuration.privacy
    let routing = RoutingRequest(
      chain: request.modelChain, preferences: try ProviderPreferences(request.provider),
      needs: RoutingRequest.Needs(
        output: request.operation == .embedding ? .embeddings : .text, inputModalities: request.modalities,
        parameters: request.parameters, tools: request.hasTools, structuredOutput: request.wantsSchema),
      policy: RoutingRequest.Policy(
        zdr: privacy.zdr || caller.zdr || asksForZDR(head), deniesCollection: privacy.dataCollection == .deny,
        regions: privacy.regions, allowedModels: caller.allowedModels, allowedProviders: caller.allowedProviders))
    return try Planner.plan(
      routing, catalog: snapshot.catalog, maxAttempts: snapshot.configuration.routing.maxAttempts)
  }

  private static func asksForZDR(_ head: RequestHead) -> Bool {
    for name in ["x-openrouter-zdr", "x-openai-enable-compliance"] {
      // Of several fields the strictest counts.
      if head.all(name).contains(where: { $0.lowercased() == "true" }) { return true }
    }
    return false
  }
}

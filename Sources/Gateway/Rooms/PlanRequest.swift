import Configuration
import Core
import HTTPServer
import HTTPWire
import Planning
import Translation

/// The room that decides where a request may go: it gathers what the planner needs from the request, the caller's key and
/// the gateway's own rules.
package enum PlanRequest {
  /// Bytes of text per token, for an estimate before any tokenizer has seen the text: the usual average of English.
  private static let bytesPerToken = 4

  /// Plans a request. Throws 400 for preferences that make no sense, 404 when nothing can serve it.
  static func plan(
    _ request: OpenAIRequest, _ exchange: Exchange, _ caller: Caller, _ snapshot: GatewaySnapshot,
    _ context: PlanningContext
  ) throws(GatewayError) -> Plan {
    let head = exchange.head
    let preferences: ProviderPreferences =
      request.provider == nil
      ? snapshot.defaultPreferences
      : try ProviderPreferences(request.provider, over: snapshot.configuration.routing.preferences)
    var routing = routing(request, preferences, snapshot.configuration.privacy)
    if caller.zdr || asksForZDR(head) { routing.policy.zdr = true }
    routing.policy.allowedModels = caller.allowedModels
    routing.policy.allowedProviders = caller.allowedProviders
    routing.conversation.scope = caller.name
    if let session = head.first("x-session-id") { routing.conversation.sessionID = String(session) }
    return try Planner.plan(routing, catalog: snapshot.catalog, context: context)
  }

  /// What the planner must know of a request that anybody without a key of their own sends.
  package static func routing(
    _ request: OpenAIRequest, _ preferences: ProviderPreferences, _ privacy: PrivacySettings
  ) -> RoutingRequest {
    RoutingRequest(
      chain: request.modelChain, preferences: preferences,
      needs: RoutingRequest.Needs(
        output: request.operation == .embedding ? .embeddings : .text, inputModalities: request.modalities,
        parameters: request.parameters, tools: request.hasTools, structuredOutput: request.wantsSchema,
        isStream: request.isStream, promptTokens: request.textBytes / bytesPerToken),
      policy: RoutingRequest.Policy(
        zdr: privacy.zdr, deniesCollection: privacy.dataCollection == .deny, regions: privacy.regions))
  }

  private static func asksForZDR(_ head: RequestHead) -> Bool {
    for name in ["x-openrouter-zdr", "x-openai-enable-compliance"] as [StaticString] where head.fields.contains(name) {
      // Of several fields the strictest counts.
      if head.all(name.description).contains(where: { $0.lowercased() == "true" }) { return true }
    }
    return false
  }
}

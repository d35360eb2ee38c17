import Configuration
import Core
import HTTPServer
import HTTPWire
import Planning
import Translation

/// The room that decides where a request may go: it gathers what the planner needs from the request, the caller's key and
/// the gateway's own rules.
package enum PlanRequest {
  /// Plans a request. Throws 400 for preferences that make no sense, 404 when nothing can serve it.
  static func plan(
    _ read: ReadRequest, _ exchange: Exchange, _ caller: Caller, _ snapshot: GatewaySnapshot,
    _ context: PlanningContext
  ) throws(GatewayError) -> Plan {
    let head = exchange.head
    let preferences: ProviderPreferences =
      read.request.provider == nil && read.preset == nil
      ? snapshot.defaultPreferences
      : try ProviderPreferences(read.request.provider, over: read.defaults(snapshot.configuration))
    let routing = routing(read.request, preferences, snapshot.configuration.privacy)
    if caller.zdr || asksForZDR(head) { routing.policy.zdr = true }
    routing.policy.allowedModels = caller.allowedModels
    routing.policy.allowedProviders = caller.allowedProviders
    routing.conversation.scope = caller.name
    if read.request.sessionID == nil, let session = head.first("x-session-id") {
      routing.conversation.sessionID = String(session)
    }
    return try Planner.plan(
      routing, catalog: snapshot.catalog, context: context,
      opening: { read.request.operation == .chat ? OpeningMessages.hash(exchange.body.bytes) : nil },
      leastTokens: { PromptLength.least(exchange.body.bytes) })
  }

  /// What the planner must know of a request that anybody without a key of their own sends.
  package static func routing(
    _ request: OpenAIRequest, _ preferences: ProviderPreferences, _ privacy: PrivacySettings
  ) -> RoutingRequest {
    let partition: ProviderPreferences.Partition? = request.route.map { $0 == "sort" ? .none : .model }
    return RoutingRequest(
      chain: request.modelChain, preferences: preferences,
      needs: RoutingRequest.Needs(
        output: request.operation == .embedding ? .embeddings : .text, inputModalities: request.modalities,
        parameters: request.parameters, tools: request.hasTools, structuredOutput: request.wantsSchema,
        isStream: request.isStream, promptTokens: PromptLength.estimate(bytes: request.textBytes),
        maxTokens: request.maxTokens.map { Int($0) }),
      policy: RoutingRequest.Policy(
        zdr: privacy.zdr, deniesCollection: privacy.dataCollection == .deny, regions: privacy.regions),
      serviceTier: request.serviceTier.flatMap { RoutingRequest.Tier($0) }, partition: partition,
      conversation: RoutingRequest.Conversation(
        sessionID: request.sessionID, promptCacheKey: request.promptCacheKey))
  }

  private static func asksForZDR(_ head: RequestHead) -> Bool {
    for name in ["x-openrouter-zdr", "x-openai-enable-compliance"] as [StaticString] where head.fields.contains(name) {
      // Of several fields the strictest counts.
      if head.all(name.description).contains(where: { $0.lowercased() == "true" }) { return true }
    }
    return false
  }
}

import Configuration
import Core
import HTTPServer
import HTTPWire
import Planning
import Translation

/// The room that decides where a request may go: it gathers what the planner needs from the request, the caller's key and
/// the gateway's own rules.
enum PlanRequest {
  /// Bytes of text per token, for an estimate before any tokenizer has seen the text: the usual average of English.
  private static let bytesPerToken = 4

  /// Plans a request. Throws 400 for preferences that make no sense, 404 when nothing can serve it.
  static func plan(
    _ request: OpenAIRequest, _ exchange: Exchange, _ caller: Caller, _ snapshot: GatewaySnapshot,
    _ context: PlanningContext
  ) throws(GatewayError) -> Plan {
    let head = exchange.head
    let privacy = snapshot.configuration.privacy
    let settings = snapshot.configuration.routing
    let preferences: ProviderPreferences =
      request.provider == nil
      ? snapshot.defaultPreferences
      : try ProviderPreferences(request.provider, over: settings.preferences)
    let routing = RoutingRequest(
      chain: request.modelChain, preferences: preferences,
      needs: RoutingRequest.Needs(
        output: request.operation == .embedding ? .embeddings : .text, inputModalities: request.modalities,
        parameters: request.parameters, tools: request.hasTools, structuredOutput: request.wantsSchema,
        isStream: request.isStream, promptTokens: request.textBytes / bytesPerToken),
      policy: RoutingRequest.Policy(
        zdr: privacy.zdr || caller.zdr || asksForZDR(head), deniesCollection: privacy.dataCollection == .deny,
        regions: privacy.regions, allowedModels: caller.allowedModels, allowedProviders: caller.allowedProviders),
      conversation: RoutingRequest.Conversation(
        scope: caller.name, sessionID: head.first("x-session-id").map { String($0) }))
    return try Planner.plan(routing, catalog: snapshot.catalog, context: context)
  }

  private static func asksForZDR(_ head: RequestHead) -> Bool {
    for name in ["x-openrouter-zdr", "x-openai-enable-compliance"] {
      // Of several fields the strictest counts.
      if head.all(name).contains(where: { $0.lowercased() == "true" }) { return true }
    }
    return false
  }
}

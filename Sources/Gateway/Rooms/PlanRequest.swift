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
    _ read: ReadRequest, _ translated: TranslatedCaller?, _ exchange: Exchange, _ caller: Caller,
    _ snapshot: GatewaySnapshot, _ context: PlanningContext
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
    let plan = try Planner.plan(
      routing, catalog: snapshot.catalog, context: context,
      opening: { read.request.operation == .chat ? OpeningMessages.hash(exchange.body.bytes) : nil },
      leastTokens: { PromptLength.least(exchange.body.bytes) })
    guard preferences.requiresParameters, read.request.operation == .chat else { return plan }
    return try losingNothing(plan, read, translated, exchange.body, snapshot)
  }

  /// The plan without endpoints whose wire format cannot say all of the request. Throws a 404 that names what is lost when
  /// no other is there.
  private static func losingNothing(
    _ plan: Plan, _ read: ReadRequest, _ translated: TranslatedCaller?, _ body: ByteBuffer,
    _ snapshot: GatewaySnapshot
  ) throws(GatewayError) -> Plan {
    let own = translated?.dialect.format ?? .openAI
    guard plan.attempts.contains(where: { (snapshot.dialect($0.endpoint)?.format ?? .openAI) != own }) else {
      return plan
    }
    let conversation: Conversation
    if let known = translated?.conversation {
      conversation = known
    } else {
      conversation = try OpenAIChatReader.conversation(body.bytes)
    }
    var lost: [String] = []
    let kept = plan.without(.untranslatable) { endpoint in
      let dialect = snapshot.dialect(endpoint) ?? OpenAIChatDialect()
      if dialect.format == own { return false }
      guard let encoded = try? dialect.encode(conversation, for: InferenceCall.target(endpoint)) else { return true }
      let names = encoded.dropped.header { translated?.dialect.name(of: $0) ?? $0.openAIName }
      if let names, !lost.contains(names) { lost.append(names) }
      return names != nil
    }
    if let kept { return kept }
    throw .caller(
      .noEligibleEndpoint,
      "No endpoint can serve this request without losing a part of it: \(ExclusionReason.untranslatable.words)"
        + (lost.isEmpty
          ? "." : " (\(lost.joined(separator: "; "))). Leave these out, or leave out require_parameters."),
      metadata: [MetadataField("excluded_by", .list([.text(ExclusionReason.untranslatable.rawValue)]))])
  }

  /// What the planner must know of a request that anybody without a key of their own sends.
  package static func routing(
    _ request: OpenAIRequest, _ preferences: ProviderPreferences, _ privacy: PrivacySettings
  ) -> RoutingRequest {
    let partition: ProviderPreferences.Partition? = request.route.map { $0 == "sort" ? .none : .model }
    let routing = RoutingRequest(
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
    switch request.operation {
    case .chat: break
    case .completion: routing.needs.dialects = completing
    case .embedding: routing.needs.dialects = embedding
    }
    return routing
  }

  /// The dialects in which these can be asked for.
  private static let completing = Dialects.words(speaking: .completion)
  private static let embedding = Dialects.words(speaking: .embedding)

  private static func asksForZDR(_ head: RequestHead) -> Bool {
    for name in ["x-openrouter-zdr", "x-openai-enable-compliance"] as [StaticString] where head.fields.contains(name) {
      // Of several fields the strictest counts.
      if head.all(name.description).contains(where: { $0.lowercased() == "true" }) { return true }
    }
    return false
  }
}

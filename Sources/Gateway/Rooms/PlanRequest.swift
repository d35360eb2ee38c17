import Catalog
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
      guard session.count <= OpenAIField.sessionLimit else {
        throw .field(
          "x-session-id", "Header 'x-session-id' must be of at most \(OpenAIField.sessionLimit) characters.")
      }
      routing.conversation.sessionID = String(session)
    }
    let loss =
      preferences.requiresParameters && read.request.operation != .completion
      ? Loss(read.request.operation, translated, exchange.body, snapshot) : nil
    routing.isLostAt = loss.map { loss in { loss.isLost(at: $0) } }
    do throws(GatewayError) {
      return try Planner.plan(
        routing, catalog: snapshot.catalog, context: context,
        opening: { read.request.operation == .chat ? OpeningMessages.hash(exchange.body.bytes) : nil },
        leastTokens: { PromptLength.least(exchange.body.bytes) })
    } catch {
      throw loss?.explained(error) ?? error
    }
  }

  /// What of a request the wire formats of endpoints cannot say.
  private final class Loss {
    private let operation: OpenAIOperation
    private let caller: TranslatedCaller?
    private let body: ByteBuffer
    private let snapshot: GatewaySnapshot
    private lazy var conversation = caller?.conversation ?? (try? OpenAIChatReader.conversation(body.bytes))
    private lazy var embedding = caller?.embedding ?? (try? OpenAIEmbeddingReader.request(body.bytes))
    private var names: [String] = []

    init(
      _ operation: OpenAIOperation, _ caller: TranslatedCaller?, _ body: ByteBuffer, _ snapshot: GatewaySnapshot
    ) {
      self.operation = operation
      self.caller = caller
      self.body = body
      self.snapshot = snapshot
    }

    func isLost(at endpoint: CatalogEndpoint) -> Bool {
      let dialect = snapshot.dialect(endpoint) ?? OpenAIChatDialect()
      let isSame = dialect.format == caller?.dialect.format ?? .openAI
      if isSame, operation == .chat || caller == nil { return false }
      guard let encoded = encoded(dialect, InferenceCall.target(endpoint)) else { return true }
      let lost = encoded.dropped.header { caller?.dialect.name(of: $0) ?? $0.openAIName }
      if let lost, !names.contains(lost) { names.append(lost) }
      return lost != nil
    }

    /// What the endpoint would be sent; nil when the request cannot be said in its format.
    private func encoded(_ dialect: any ProviderDialect, _ target: ProviderTarget) -> EncodedRequest? {
      if operation == .embedding {
        return embedding.flatMap { request in try? dialect.embeddings?.encode(request, for: target) }
      }
      return conversation.map { fetched($0, dialect) }.flatMap { try? dialect.encode($0, for: target) }
    }

    /// The conversation as it will be when what may be fetched has been: something stands for the bytes.
    private func fetched(_ conversation: Conversation, _ dialect: any ProviderDialect) -> Conversation {
      let rule = snapshot.configuration.privacy.fetch
      var places: [String: MediaSource] = [:]
      _ = conversation.addresses { kind, url in
        if dialect.needsBytes(of: kind, at: url), (try? rule.target(url)) != nil {
          places[url] = .data(type: kind == .image ? "image/png" : "application/pdf", base64: "AAAA")
        }
        return false
      }
      return places.isEmpty ? conversation : conversation.replacing(places)
    }

    /// The error with the names of what would be lost.
    func explained(_ error: GatewayError) -> GatewayError {
      guard error.kind == .noEligibleEndpoint, !names.isEmpty else { return error }
      var error = error
      error.message += " What has no equivalent: \(names.joined(separator: "; "))."
      return error
    }
  }

  /// What the planner must know of a request that anybody without a key of their own sends.
  package static func routing(
    _ request: OpenAIRequest, _ preferences: ProviderPreferences, _ privacy: PrivacySettings
  ) -> RoutingRequest {
    let partition: ProviderPreferences.Partition? = request.route.map { $0 == "sort" ? .none : .model }
    // What a model reads at a time is one input of a batch of embeddings, not all of them.
    let promptTokens = request.operation == .embedding ? 0 : PromptLength.estimate(bytes: request.textBytes)
    let routing = RoutingRequest(
      chain: request.modelChain, preferences: preferences,
      needs: RoutingRequest.Needs(
        output: request.operation == .embedding ? .embeddings : .text, inputModalities: request.modalities,
        parameters: request.parameters, tools: request.hasTools, structuredOutput: request.wantsSchema,
        isStream: request.isStream, promptTokens: promptTokens,
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

import Catalog
import Core
import Planning
import Translation
import Upstream

/// What an attempt sends, and what must be there before it can.
extension InferenceCall {
  /// How the request crosses to an endpoint. What another attempt has begun goes on in the rooms' own format.
  func way(to endpoint: CatalogEndpoint, _ purpose: AttemptState.Purpose) -> OutgoingRequest.Way {
    let dialect = snapshot.dialect(endpoint)
    if translated?.embedding != nil { return .translated(dialect ?? OpenAIChatDialect()) }
    guard let translated, translated.conversation != nil else {
      guard let dialect, dialect.format != .openAI else { return .own }
      return .translated(dialect)
    }
    let format = dialect?.format ?? .openAI
    if format == translated.dialect.format, translated.body != nil, purpose != .rescue,
      let same = translated.passThrough
    {
      return .passThrough(same)
    }
    return .translated(dialect ?? OpenAIChatDialect())
  }

  /// Sends an attempt's request as soon as everything it needs is there. `joined`: the request with what an earlier attempt
  /// delivered, in OpenAI's format.
  func prepare(_ state: AttemptState, joined: ByteBuffer?) {
    let endpoint = state.planned.endpoint
    guard let route = snapshot.route(endpoint, request.operation, isStream: request.isStream) else {
      return fail(state, GatewayError(.internalFailure, "The provider has no route", origin: .gateway))
    }
    guard let addresses = addresses(state, joined) else { return send(state, route, joined) }
    let rule = snapshot.configuration.privacy.fetch
    state.preparation = home.media.fetch(addresses, rule) { result in
      state.preparation = nil
      guard state.isRunning else { return }
      switch result {
      case .success(let fetched):
        self.fetched = self.fetched?.adding(fetched) ?? fetched
        self.send(state, route, joined)
      case .failure(let error): self.fail(state, InferenceCall.rejection(error))
      }
    }
  }

  /// The addresses that must be fetched for a provider that takes bytes only; nil when there are none, or they have been.
  private func addresses(_ state: AttemptState, _ joined: ByteBuffer?) -> [String]? {
    guard !request.modalities.isEmpty, case .translated(let dialect) = state.way,
      joined != nil || sent?.index != state.index, let conversation = try? conversation(joined)
    else { return nil }
    let known = fetched?.sources ?? [:]
    let addresses = conversation.addresses { kind, url in
      known[url] == nil && dialect.needsBytes(of: kind, at: url)
    }
    return addresses.isEmpty ? nil : addresses
  }

  private func send(_ state: AttemptState, _ route: UpstreamRoute, _ joined: ByteBuffer?) {
    do throws(GatewayError) {
      try write(state, joined)
    } catch {
      // Another provider may be able to take it.
      return fail(state, InferenceCall.rejection(error))
    }
    state.requestBytes = request.textBytes + max(0, (joined?.count ?? 0) - exchange.body.count)
    if joined == nil, plan.attempts.count == 1 { releaseBody() }
    launch(state, route)
  }

  private func launch(_ state: AttemptState, _ route: UpstreamRoute) {
    guard let outgoing = state.outgoing else { return }
    GatewayCounters.add(home.shared.counters.attempts)
    let provider = state.planned.endpoint.provider
    if !provider.signsRequests {
      noteDelay(state)
      state.transfer = home.transport.start(route, body: outgoing.body, fields: outgoing.fields, observer: self)
      return
    }
    state.preparation = home.credentials.authorize(provider.settings, url: route.url, body: outgoing.body) { result in
      state.preparation = nil
      guard state.isRunning else { return }
      switch result {
      case .success(let fields):
        state.credentials = fields
        state.secrets += fields.map(\.value)
        self.noteDelay(state)
        state.transfer = self.home.transport.start(
          route, body: outgoing.body, fields: outgoing.fields + fields, observer: self)
        self.arm()
      case .failure(let error): self.fail(state, error)
      }
    }
  }

  /// What had to be there before the request could be sent took time that is not the provider's.
  private func noteDelay(_ state: AttemptState) {
    let now = home.loop.now
    if now <= state.sentAt { return }
    if state.hedgeAt != .distantFuture {
      state.hedgeAt = state.hedgeAt.adding(milliseconds: now.milliseconds(since: state.sentAt))
    }
    state.sentAt = now
    home.health.delay(state.ticket, until: now)
  }

  /// The provider has refused an access token that should be good: the request is sent once more with the next one. False
  /// when that would not help.
  func retryWithFreshToken(_ state: AttemptState) -> Bool {
    let endpoint = state.planned.endpoint
    guard state.head.status == 401, !state.credentials.isEmpty,
      home.credentials.refused(endpoint.provider.settings, fields: state.credentials),
      let route = snapshot.route(endpoint, request.operation, isStream: request.isStream)
    else { return false }
    state.credentials = []
    state.awaitAnotherHead()
    launch(state, route)
    return true
  }

  // MARK: Writing

  /// Writes the request of an attempt, or takes what was written for the same place before.
  private func write(_ state: AttemptState, _ joined: ByteBuffer?) throws(GatewayError) {
    if joined == nil, let sent, sent.index == state.index {
      state.outgoing = sent.request
      return
    }
    let endpoint = state.planned.endpoint
    let written =
      switch state.way {
      case .own: try own(endpoint, joined)
      case .passThrough(let format): try passedThrough(format, endpoint)
      case .translated(let dialect): try translation(dialect, endpoint, joined)
      }
    state.outgoing = written
    if joined == nil { sent = (state.index, state.way, written) }
  }

  /// The caller's own bytes, or those of a rescue.
  private func own(_ endpoint: CatalogEndpoint, _ joined: ByteBuffer?) throws(GatewayError) -> OutgoingRequest {
    let body = joined ?? exchange.body
    let written = ByteBuffer(capacity: body.count + 128)
    if let joined {
      let request = try OpenAIRequest(request.operation, body: joined.bytes)
      OpenAIRequestEncoder.encode(
        request, body: joined.bytes, upstreamModel: endpoint.upstreamModel, into: written)
    } else {
      OpenAIRequestEncoder.encode(
        request, body: body.bytes, upstreamModel: endpoint.upstreamModel, into: written)
    }
    var outgoing = OutgoingRequest(written)
    outgoing.hidesReasoning = request.hidesReasoning
    return outgoing
  }

  /// The caller's own bytes in another format.
  private func passedThrough(
    _ format: any PassThrough, _ endpoint: CatalogEndpoint
  ) throws(GatewayError) -> OutgoingRequest {
    guard let translated, let body = translated.body else {
      throw GatewayError(.internalFailure, "The caller's request is gone", origin: .gateway)
    }
    let written = ByteBuffer(capacity: body.count + 128)
    try format.encode(body.bytes, upstreamModel: endpoint.upstreamModel, into: written)
    var outgoing = OutgoingRequest(written)
    outgoing.fields = fields([], snapshot.dialect(endpoint))
    return outgoing
  }

  /// The fields that a written request needs, with those of the caller's that the provider gets too.
  private func fields(_ own: [HeaderField], _ dialect: (any ProviderDialect)?) -> [UpstreamRoute.Header] {
    var fields = own
    for (caller, provider) in dialect?.forwardedFields ?? [] {
      for value in exchange.head.all(caller) {
        if let index = fields.firstIndex(where: { $0.name == provider }) {
          fields[index].value += "," + value
        } else {
          fields.append(HeaderField(provider, value))
        }
      }
    }
    return fields.map { UpstreamRoute.Header($0.name, Secret($0.value)) }
  }

  /// The conversation, or the request for embeddings, in the provider's format.
  private func translation(
    _ dialect: any ProviderDialect, _ endpoint: CatalogEndpoint, _ joined: ByteBuffer?
  ) throws(GatewayError) -> OutgoingRequest {
    if request.operation == .embedding { return try embedding(dialect, endpoint) }
    var conversation = try conversation(joined)
    if let fetched { conversation = conversation.replacing(fetched.sources) }
    let encoded = try dialect.encode(conversation, for: InferenceCall.target(endpoint))
    var outgoing = OutgoingRequest(encoded.body)
    outgoing.fields = fields(encoded.headers, dialect)
    outgoing.dropped = encoded.dropped.header { translated?.dialect.name(of: $0) ?? $0.openAIName }
    outgoing.answerTool = encoded.answerTool
    outgoing.hidesReasoning = conversation.reasoning?.isExcluded ?? false
    return outgoing
  }

  /// The request for embeddings in the provider's format.
  private func embedding(
    _ dialect: any ProviderDialect, _ endpoint: CatalogEndpoint
  ) throws(GatewayError) -> OutgoingRequest {
    guard let embeddings = dialect.embeddings else {
      throw GatewayError(.internalFailure, "The provider has no embeddings", origin: .gateway)
    }
    let known = translated?.embedding
    let asked = if let known { known } else { try OpenAIEmbeddingReader.request(exchange.body.bytes) }
    let encoded = try embeddings.encode(asked, for: InferenceCall.target(endpoint))
    var outgoing = OutgoingRequest(encoded.body)
    outgoing.fields = fields(encoded.headers, dialect)
    outgoing.dropped = encoded.dropped.header { translated?.dialect.name(of: $0) ?? $0.openAIName }
    outgoing.embedding = encoded.embedding
    return outgoing
  }

  /// The request as a conversation, read once; that of a rescue anew.
  private func conversation(_ joined: ByteBuffer?) throws(GatewayError) -> Conversation {
    if let joined { return try OpenAIChatReader.conversation(joined.bytes) }
    if let conversation = translated?.conversation { return conversation }
    if let conversation { return conversation }
    let read = try OpenAIChatReader.conversation(exchange.body.bytes)
    conversation = read
    return read
  }

  /// What a dialect must know of an endpoint.
  static func target(_ endpoint: CatalogEndpoint) -> ProviderTarget {
    ProviderTarget(
      model: endpoint.upstreamModel, maxCompletionTokens: endpoint.maxCompletionTokens.map { Int64($0) },
      supportedParameters: endpoint.supportedParameters ?? [])
  }

  /// The refusal of a request that cannot be said in one provider's format.
  static func rejection(_ error: GatewayError) -> GatewayError {
    guard error.kind == .invalidRequest || error.kind == .payloadTooLarge else { return error }
    var rejection = error
    rejection.kind = .providerRejected
    return rejection
  }
}

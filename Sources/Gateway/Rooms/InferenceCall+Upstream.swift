import Core
import HTTPWire
import Planning
import Translation
import Upstream

/// What providers say, attempt by attempt.
extension InferenceCall: UpstreamObserver {
  /// The attempt behind a transfer; nil for one that has been given up.
  private func state(of transfer: any UpstreamTransfer) -> AttemptState? {
    if let attempt, attempt.transfer === transfer { return attempt }
    if let rival, rival.transfer === transfer { return rival }
    return nil
  }

  func upstream(_ transfer: any UpstreamTransfer, head: UpstreamHead) {
    guard let state = state(of: transfer) else { return }
    state.head = head
    state.lastActivity = home.loop.now
    guard head.status >= 200, head.status < 300 else {
      state.mode = .collectingError
      state.errorDeadline = home.loop.now.adding(milliseconds: AttemptState.errorBodyMilliseconds)
      return arm()
    }
    if head.contentType == "text/html" {
      return fail(
        state,
        GatewayError(.providerFailed, "The provider answered with a web page instead of an answer", origin: .upstream))
    }
    // A stream that was asked for and comes as one JSON document is a provider's way to say no.
    state.mode = request.isStream && head.contentType != "application/json" ? .streaming : .collectingAnswer
  }

  func upstream(_ transfer: any UpstreamTransfer, bytes: UnsafeRawBufferPointer) {
    guard let state = state(of: transfer) else { return }
    switch state.mode {
    case .streaming: relay(bytes, state)
    case .collectingAnswer:
      state.collected.append(bytes)
      if state.collected.count > GatewayLoop.answerLimit {
        fail(
          state,
          GatewayError(
            .providerFailed, "The provider's answer is larger than \(GatewayLoop.answerLimit) bytes",
            origin: .upstream))
      }
    case .collectingError:
      state.collected.append(bytes)
      if state.collected.count > AttemptState.errorBodyLimit { fail(state, reportedError(state)) }
    case .awaitingHead, .ended: break
    }
  }

  func upstream(_ transfer: any UpstreamTransfer, ended failure: GatewayError?) {
    guard let state = state(of: transfer) else { return }
    state.transfer = nil
    if state.mode == .collectingError {
      return retryWithFreshToken(state) ? () : fail(state, reportedError(state))
    }
    if let failure { return fail(state, failure) }
    switch state.mode {
    case .streaming: endOfStream(state)
    case .collectingAnswer: endOfAnswer(state)
    case .collectingError, .awaitingHead:
      fail(state, GatewayError(.providerFailed, "The provider sent no response", origin: .upstream, resend: .safe))
    case .ended: break
    }
  }

  /// What most providers speak.
  private static let openAI: any ProviderDialect = OpenAIChatDialect()

  /// What must never come back out of a provider's words, wherever it puts them.
  func secrets(of state: AttemptState) -> [Secret] {
    let settings = state.planned.endpoint.provider.settings
    let fixed = [settings.apiKey].compactMap { $0 } + settings.headers.map(\.value)
    guard !state.secrets.isEmpty || settings.aws != nil else { return fixed }
    let tokens = state.secrets.flatMap { secret in
      let text = secret.reveal()
      return text.hasPrefix("Bearer ") ? [secret, Secret(String(text.dropFirst(7)))] : [secret]
    }
    let pair = settings.aws.map { aws in
      [aws.credentials.accessKeyID, aws.credentials.secretAccessKey, aws.credentials.sessionToken].compactMap(\.self)
    }
    return fixed + tokens + (pair ?? [])
  }

  /// What the provider says about its failure, as far as it has come.
  func reportedError(_ state: AttemptState) -> GatewayError {
    let endpoint = state.planned.endpoint
    return (snapshot.dialect(endpoint) ?? InferenceCall.openAI).error(
      status: state.head.status, type: state.head.errorType, body: state.collected.bytes,
      retryAfterSeconds: RetryAfter.seconds(state.head.retryAfter), provider: endpoint.provider.name,
      secrets: secrets(of: state))
  }
}

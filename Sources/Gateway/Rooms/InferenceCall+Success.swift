import Core
import Ledger
import Planning
import Translation

/// What a whole answer says about its endpoint, and what is remembered of it.
extension InferenceCall {
  /// Reports the success of `state` and keeps the conversation where its prompt is cached now.
  func succeed(_ state: AttemptState, usage: Usage) {
    report(state, .success, tokens: usage.completionTokens, toolCalls: soundness(state))
    let endpoint = state.planned.endpoint
    guard let key = plan.stickyKey(for: endpoint) else { return }
    if key.isExplicit || usage.cachedTokens > 0 || usage.cacheWriteTokens > 0 {
      home.shared.sticky.remember(key, endpoint, now: home.loop.now)
    }
  }

  /// Gives the request's body up, but for the tools that the answer's calls are judged by.
  func releaseBody() {
    if exchange.body.isEmpty { return }
    if let span = request.toolsSpan { tools = Array(span.bytes(in: exchange.body.bytes)) }
    exchange.body.release()
    translated?.release()
    conversation = nil
    fetched = nil
    room = nil
  }

  /// Whether the tool calls of the answer are what the request's tools ask for; nil when there are none.
  private func soundness(_ state: AttemptState) -> ToolCallSoundness? {
    guard let calls = state.toolCalls, !calls.isEmpty else { return nil }
    let verdict: ToolCallVerdict
    if let tools {
      verdict = tools.withUnsafeBytes { ToolCallVerdict.of(calls, tools: $0) }
    } else if let span = request.toolsSpan, !exchange.body.isEmpty {
      verdict = ToolCallVerdict.of(calls, tools: span.bytes(in: exchange.body.bytes))
    } else {
      return nil
    }
    switch verdict {
    case .none: return nil
    case .valid: return .sound
    case .invalidJSON, .unknownName, .schemaMismatch: return .unsound
    }
  }
}

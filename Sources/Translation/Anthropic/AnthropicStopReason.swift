import Core
import JSON

/// `stop_reason` in Anthropic's format.
enum AnthropicStopReason {
  private static let own: Set<String> = [
    "end_turn", "max_tokens", "stop_sequence", "tool_use", "pause_turn", "refusal", "compaction",
    "model_context_window_exceeded",
  ]

  /// The word for a reason: the provider's own where it is one of Anthropic's.
  static func word(_ reason: FinishReason?) -> String {
    guard let reason else { return "end_turn" }
    if let native = reason.native, own.contains(native), FinishReason(native: native).kind == reason.kind {
      return native
    }
    switch reason.kind {
    case .stop: return reason.stopText == nil ? "end_turn" : "stop_sequence"
    case .length: return "max_tokens"
    case .toolCalls: return "tool_use"
    case .contentFilter: return "refusal"
    // The only word that tells clients not to use the answer.
    case .error: return "refusal"
    }
  }

  /// `stop_details` of a whole answer, where there is something to say.
  static func details(_ reason: FinishReason?) -> JSONValue {
    guard let reason, reason.kind == .error else { return .null }
    return .object([
      ("type", .string("refusal")), ("category", .null), ("explanation", .string(failure(reason).message)),
    ])
  }

  /// The error behind the end of an answer that the provider could not complete.
  static func failure(_ reason: FinishReason) -> GatewayError {
    let word = reason.native.map { $0 == "error" ? "" : " (\($0))" } ?? ""
    return GatewayError(.providerFailed, "The provider ended the answer with an error\(word).", origin: .upstream)
  }

  /// The reason behind a word. A call of the tool that stands for the answer's text is no call.
  static func reason(_ word: String, stopText: String?, isAnswerTool: Bool) -> FinishReason {
    var reason = FinishReason(native: word)
    if isAnswerTool, reason.kind == .toolCalls { reason.kind = .stop }
    reason.stopText = stopText
    return reason
  }
}

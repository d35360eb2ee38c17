/// `stopReason` in Bedrock's format.
enum BedrockStopReason {
  /// The reason behind a word. A call of the tool that stands for the answer's text is no call.
  static func reason(_ word: String, stopText: String?, isAnswerTool: Bool) -> FinishReason {
    var reason = FinishReason(native: word)
    if word.hasPrefix("malformed_") { reason.kind = .error }
    if isAnswerTool, reason.kind == .toolCalls { reason.kind = .stop }
    reason.stopText = stopText
    return reason
  }
}

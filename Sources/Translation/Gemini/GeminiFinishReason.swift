/// `finishReason` in Google's format.
enum GeminiFinishReason {
  /// Google's words (`Candidate.FinishReason`, October 2026).
  private static let kinds: [String: FinishReason.Kind] = [
    "FINISH_REASON_UNSPECIFIED": .stop, "STOP": .stop, "MAX_TOKENS": .length, "CONTINUATION": .length,
    "SAFETY": .contentFilter, "RECITATION": .contentFilter, "LANGUAGE": .contentFilter, "BLOCKLIST": .contentFilter,
    "PROHIBITED_CONTENT": .contentFilter, "SPII": .contentFilter, "IMAGE_SAFETY": .contentFilter,
    "IMAGE_PROHIBITED_CONTENT": .contentFilter, "IMAGE_RECITATION": .contentFilter, "MODEL_ARMOR": .contentFilter,
    "ESCALATION": .contentFilter, "PUP_LIMITED_DISABLED": .contentFilter,
    "OTHER": .error, "IMAGE_OTHER": .error, "NO_IMAGE": .error, "MALFORMED_FUNCTION_CALL": .error,
    "UNEXPECTED_TOOL_CALL": .error, "TOO_MANY_TOOL_CALLS": .error, "MISSING_THOUGHT_SIGNATURE": .error,
    "MALFORMED_RESPONSE": .error,
  ]

  /// The reason behind a word: an answer that calls tools stops as any other does.
  static func reason(_ word: String, hasCalls: Bool) -> FinishReason {
    let kind = kinds[word] ?? .stop
    return FinishReason(kind == .stop && hasCalls ? .toolCalls : kind, native: word)
  }

  /// The word for a reason: the provider's own where it is one of Google's.
  static func word(_ reason: FinishReason?) -> String {
    guard let reason else { return "STOP" }
    if let native = reason.native, let kind = kinds[native],
      kind == reason.kind || kind == .stop && reason.kind == .toolCalls
    {
      return native
    }
    switch reason.kind {
    case .stop, .toolCalls: return "STOP"
    case .length: return "MAX_TOKENS"
    case .contentFilter: return "SAFETY"
    case .error: return "OTHER"
    }
  }
}

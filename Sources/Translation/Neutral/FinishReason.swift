/// Why an answer ended.
package struct FinishReason: Sendable, Equatable {
  /// The reason in the words of `finish_reason` (reference section 2.7).
  package enum Kind: String, Sendable, CaseIterable {
    case stop, length
    case toolCalls = "tool_calls"
    case contentFilter = "content_filter"
    case error
  }

  /// The reason.
  package var kind: Kind
  /// The provider's own word.
  package var native: String?
  /// The text of `stop` that ended it, where the provider says it.
  package var stopText: String?

  /// A reason.
  package init(_ kind: Kind, native: String? = nil, stopText: String? = nil) {
    self.kind = kind
    self.native = native
    self.stopText = stopText
  }

  /// The reason behind a provider's word; a word that is not known counts as `stop`, as the answer did end.
  package init(native: String) {
    self.init(FinishReason.kinds[native] ?? .stop, native: native)
  }

  /// Reference section 2.7; the capital ones are Gemini's and Cohere's.
  private static let kinds: [String: Kind] = [
    "stop": .stop, "end_turn": .stop, "stop_sequence": .stop, "eos": .stop, "eos_token": .stop, "pause_turn": .stop,
    "compaction": .stop, "COMPLETE": .stop, "STOP": .stop, "STOP_SEQUENCE": .stop, "completed": .stop,
    "length": .length, "max_tokens": .length, "MAX_TOKENS": .length, "model_context_window_exceeded": .length,
    "max_output_tokens": .length,
    "tool_calls": .toolCalls, "function_call": .toolCalls, "tool_use": .toolCalls, "TOOL_CALL": .toolCalls,
    "content_filter": .contentFilter, "refusal": .contentFilter, "SAFETY": .contentFilter,
    "RECITATION": .contentFilter, "BLOCKLIST": .contentFilter, "PROHIBITED_CONTENT": .contentFilter,
    "SPII": .contentFilter, "IMAGE_SAFETY": .contentFilter, "LANGUAGE": .contentFilter,
    "content_filtered": .contentFilter, "guardrail_intervened": .contentFilter,
    "error": .error, "ERROR": .error, "MALFORMED_FUNCTION_CALL": .error, "OTHER": .error, "TIMEOUT": .error,
  ]
}

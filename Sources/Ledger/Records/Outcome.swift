/// How an admitted request ended. The raw value is what journals and stores keep: never change one.
package enum Outcome: UInt8, Sendable, CaseIterable {
  /// The caller has the whole answer.
  case complete = 1
  /// The caller left first; billed for what was produced.
  case cancelled = 2
  /// The answer broke off after some of it had been sent, and the caller was told; billed for what was produced.
  case truncated = 3
  /// Nothing of an answer was sent; costs nothing.
  case failed = 4
  /// The caller has the whole answer, but more than one attempt made it.
  case rescued = 5
  /// The process ended before the request did: no end was written. Costs what the opening says.
  case unknown = 6

  /// The word shown to people and in JSON.
  package var word: String {
    switch self {
    case .complete: "complete"
    case .cancelled: "cancelled"
    case .truncated: "truncated"
    case .failed: "failed"
    case .rescued: "rescued"
    case .unknown: "unknown"
    }
  }
}

/// Where the token counts of a record come from. The raw value is what journals and stores keep.
package enum UsageSource: UInt8, Sendable, CaseIterable {
  /// The provider's own counts.
  case reported = 1
  /// Counted by us, because the provider gave none.
  case estimated = 2

  /// The word shown to people and in JSON.
  package var word: String { self == .reported ? "reported" : "estimated" }
}

/// What kind of request it was; the words of OpenRouter's `api_type`.
package enum APIType: UInt8, Sendable, CaseIterable {
  case completions = 1
  case embeddings = 2
  case rerank = 3
  case tts = 4
  case stt = 5
  case video = 6
  case image = 7

  /// The word shown in JSON.
  package var word: String {
    switch self {
    case .completions: "completions"
    case .embeddings: "embeddings"
    case .rerank: "rerank"
    case .tts: "tts"
    case .stt: "stt"
    case .video: "video"
    case .image: "image"
    }
  }
}

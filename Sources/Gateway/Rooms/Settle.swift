import Core
import Ledger
import Planning
import Translation

/// How a request ended.
enum Outcome: String, Sendable {
  /// The caller has the whole answer.
  case complete
  /// The caller has the whole answer, which more than one attempt gave.
  case rescued
  /// The caller left first.
  case cancelled
  /// The answer broke off after some of it had been sent; the caller was told.
  case truncated
  /// Nothing of an answer was sent.
  case failed
}

/// The last room: what an answer used and costs. Pure.
enum Settle {
  /// Bytes of text per token where a provider reports no usage: the usual average of English text. Estimates are marked.
  private static let bytesPerToken = 4

  /// The provider's usage, or an estimate from the request's size and the answer's text.
  static func usage(_ reported: OpenAIUsage?, requestBytes: Int, answerBytes: Int) -> OpenAIUsage {
    // Counts of zero for an answer that has text are no counts.
    if let reported, !reported.isZero || answerBytes == 0 { return reported }
    return .estimated(
      Usage(
        promptTokens: Int64((requestBytes + bytesPerToken - 1) / bytesPerToken),
        completionTokens: Int64((answerBytes + bytesPerToken - 1) / bytesPerToken)))
  }

  /// The exact cost at the endpoint's price; nil when it has none.
  static func cost(_ usage: OpenAIUsage, _ attempt: Plan.Attempt, images: Int64) -> Money? {
    attempt.endpoint.pricing.flatMap { Cost.of(usage.usage, at: $0, images: images) }
  }
}

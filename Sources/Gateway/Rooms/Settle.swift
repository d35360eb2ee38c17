import Core
import Ledger
import Planning
import Translation

/// The last room: what an answer used and costs. Pure.
enum Settle {
  /// Bytes of text per token where a provider reports no usage: the usual average of English text. Estimates are marked.
  private static let bytesPerToken = 4

  /// The provider's usage, or an estimate from the request's size and the answer's text.
  /// `start`: what the provider has said of the prompt alone, for an answer that broke off.
  static func usage(
    _ reported: OpenAIUsage?, start: Usage? = nil, requestBytes: Int, answerBytes: Int
  ) -> OpenAIUsage {
    // Counts of zero for an answer that has text are no counts.
    if let reported, !reported.isZero || answerBytes == 0 { return reported }
    if var usage = start, usage.promptTokens > 0 {
      usage.completionTokens = max(usage.completionTokens, Int64((answerBytes + bytesPerToken - 1) / bytesPerToken))
      return .combined([(usage, true)])
    }
    return .estimated(
      Usage(
        promptTokens: Int64((requestBytes + bytesPerToken - 1) / bytesPerToken),
        completionTokens: Int64((answerBytes + bytesPerToken - 1) / bytesPerToken)))
  }

  /// The exact cost at the endpoint's price; nil when it has none. An answer that has nothing in it costs nothing.
  static func cost(_ usage: OpenAIUsage, _ attempt: Plan.Attempt, images: Int64, isEmpty: Bool) -> Money? {
    if isEmpty, usage.usage.completionTokens == 0 { return .zero }
    return attempt.endpoint.pricing.flatMap { Cost.of(usage.usage, at: $0, images: images) }
  }

  /// The finish reason in the common vocabulary. Nearly all are "stop", which needs no table.
  static func finishReason(_ native: String) -> String {
    native == "stop" ? native : FinishReason(native: native).kind.rawValue
  }
}

/// What of a request is billed, and what is known of its answer.
struct Settlement {
  /// What was used; nil when nothing of an answer reached the caller.
  var usage: OpenAIUsage?
  /// What it costs; nil when the price is unknown.
  var cost: Money?
  /// The attempt whose tokens reached the caller last.
  var served: AttemptState?
  /// The finish reason as the provider wrote it.
  var finishReason: String?
  /// The same in the common vocabulary, where a dialect has said it already.
  var commonFinishReason: String?
  /// The provider's own id of the answer.
  var upstreamID: String?
  /// The service tier that the provider reported.
  var serviceTier: String?

  /// Nothing is billed.
  static var nothing: Settlement { Settlement() }
}

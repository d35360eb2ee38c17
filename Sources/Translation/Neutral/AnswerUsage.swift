import Ledger

/// What an answer used: the counts that are billed and what else providers say about them.
package struct AnswerUsage: Sendable, Equatable {
  /// The counts, in OpenAI's convention whatever the provider's is.
  package var counts: Usage
  /// Prompt tokens written to a cache that lives an hour; a part of `counts.cacheWriteTokens`.
  package var longCacheWriteTokens: Int64 = 0
  /// Predicted tokens that came true; nil where no prediction was made.
  package var acceptedPredictionTokens: Int64?
  /// Predicted tokens that did not.
  package var rejectedPredictionTokens: Int64?
  /// Searches the provider made for it.
  package var webSearches: Int64 = 0
  /// Whether the gateway counted it itself.
  package var isEstimated = false
  /// What it cost, as the gateway wrote it: a JSON number, or `null` where the price is not known; nil: not said.
  package var cost: JSONNumber?

  /// Counts of an answer.
  package init(_ counts: Usage) { self.counts = counts }
}

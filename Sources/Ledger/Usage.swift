import Core

/// Tokens of one answer by class, in OpenAI's convention: cached and written tokens are a part of the prompt tokens,
/// reasoning tokens a part of the completion tokens; never added to them.
package struct Usage: Sendable, Hashable {
  /// All prompt tokens.
  package var promptTokens: Int64
  /// All completion tokens.
  package var completionTokens: Int64
  /// Prompt tokens read from the provider's cache.
  package var cachedTokens: Int64
  /// Prompt tokens written to the provider's cache.
  package var cacheWriteTokens: Int64
  /// Completion tokens spent on reasoning.
  package var reasoningTokens: Int64
  /// Prompt tokens of sound; a part of the prompt tokens.
  package var audioPromptTokens: Int64
  /// Completion tokens of sound; a part of the completion tokens.
  package var audioCompletionTokens: Int64
  /// Completion tokens of pictures; a part of the completion tokens.
  package var imageCompletionTokens: Int64

  /// Counts of one answer.
  package init(
    promptTokens: Int64, completionTokens: Int64, cachedTokens: Int64 = 0, cacheWriteTokens: Int64 = 0,
    reasoningTokens: Int64 = 0, audioPromptTokens: Int64 = 0, audioCompletionTokens: Int64 = 0,
    imageCompletionTokens: Int64 = 0
  ) {
    self.promptTokens = promptTokens
    self.completionTokens = completionTokens
    self.cachedTokens = cachedTokens
    self.cacheWriteTokens = cacheWriteTokens
    self.reasoningTokens = reasoningTokens
    self.audioPromptTokens = audioPromptTokens
    self.audioCompletionTokens = audioCompletionTokens
    self.imageCompletionTokens = imageCompletionTokens
  }

  /// Nothing used.
  package static let zero = Usage(promptTokens: 0, completionTokens: 0)

  /// No token count above this is believed: 10¹² tokens at 1,000 USD per million is a billion dollars.
  package static let plausibleTokens: Int64 = 1_000_000_000

  /// The same counts made consistent: none negative, none implausible, the parts never more than their whole.
  package var clamped: Usage {
    let prompt = min(max(0, promptTokens), Usage.plausibleTokens)
    let completion = min(max(0, completionTokens), Usage.plausibleTokens)
    let cached = min(max(0, cachedTokens), prompt)
    return Usage(
      promptTokens: prompt, completionTokens: completion, cachedTokens: cached,
      cacheWriteTokens: min(max(0, cacheWriteTokens), prompt - cached),
      reasoningTokens: min(max(0, reasoningTokens), completion),
      audioPromptTokens: min(max(0, audioPromptTokens), prompt),
      audioCompletionTokens: min(max(0, audioCompletionTokens), completion),
      imageCompletionTokens: min(max(0, imageCompletionTokens), completion))
  }
}

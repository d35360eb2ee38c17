/// A piece of what a model thought, in the form that OpenRouter's `reasoning_details` have (reference section 10.5): it
/// must reach the same provider again on the next turn, unchanged and in order.
package struct Reasoning: Sendable, Equatable {
  /// What is known of it.
  package enum Content: Sendable, Equatable {
    case text(String)
    case summary(String)
    /// Readable for the provider only: encrypted thoughts, Anthropic's redacted ones.
    case encrypted(String)
  }

  /// What is known of it.
  package var content: Content
  /// Proves to the provider that the text is its own; nil: none, or not known.
  package var signature: String?
  /// The provider's name for it.
  package var id: String?
  /// Who can read it.
  package var format: ReasoningFormat
  /// Its place among the answer's pieces; nil where the caller did not say.
  package var index: Int64?

  /// A piece.
  package init(
    _ content: Content, signature: String? = nil, id: String? = nil, format: ReasoningFormat = .unknown,
    index: Int64? = nil
  ) {
    self.content = content
    self.signature = signature
    self.id = id
    self.format = format
    self.index = index
  }

  /// Its readable text; nil when it is encrypted.
  package var text: String? {
    switch content {
    case .text(let text), .summary(let text): text
    case .encrypted: nil
    }
  }
}

/// Whose reasoning a piece is, in the words of `reasoning_details[].format`.
package struct ReasoningFormat: RawRepresentable, Sendable, Hashable {
  /// The word.
  package let rawValue: String

  /// A format of that name, also one not known here.
  package init(rawValue: String) { self.rawValue = rawValue }

  /// Plain text that anyone may have written.
  package static let unknown = ReasoningFormat(rawValue: "unknown")
  /// Anthropic's thinking blocks.
  package static let anthropic = ReasoningFormat(rawValue: "anthropic-claude-v1")
  /// Reasoning items of OpenAI's Responses.
  package static let openAIResponses = ReasoningFormat(rawValue: "openai-responses-v1")
  /// Gemini's thoughts and their signatures.
  package static let gemini = ReasoningFormat(rawValue: "google-gemini-v1")
}

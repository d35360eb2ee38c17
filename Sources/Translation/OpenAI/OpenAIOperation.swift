/// What a caller asks of a model in OpenAI's wire format.
package enum OpenAIOperation: Sendable, CaseIterable {
  case chat, completion, embedding

  /// What is appended to a provider's `base_url`.
  package var path: String {
    switch self {
    case .chat: "/chat/completions"
    case .completion: "/completions"
    case .embedding: "/embeddings"
    }
  }

  /// Whether an answer can be streamed.
  package var canStream: Bool { self != .embedding }

  /// The member that a request must have, and a whole answer must have.
  var subject: (request: StaticString, answer: StaticString) {
    switch self {
    case .chat: ("messages", "choices")
    case .completion: ("prompt", "choices")
    case .embedding: ("input", "data")
    }
  }

  /// `object` of a streamed chunk.
  var chunkObject: StaticString { self == .completion ? "text_completion" : "chat.completion.chunk" }
}

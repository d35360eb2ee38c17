import Core

/// Ollama's own chat. Its `base_url` ends in `/api`.
package struct OllamaDialect: ProviderDialect {
  /// The dialect.
  package init() {}

  /// `/tags`.
  package var listPath: String? { "/tags" }

  /// `ollama`.
  package var format: WireFormat { .ollama }

  /// `/chat` for chats, `/embed` for embeddings.
  package func path(_ operation: OpenAIOperation, model: String, isStream: Bool) -> String? {
    switch operation {
    case .chat: "/chat"
    case .embedding: OllamaEmbeddings().path(model: model)
    case .completion: nil
    }
  }

  /// `/embed`.
  package var embeddings: (any EmbeddingDialect)? { OllamaEmbeddings() }

  /// Pictures are bytes only.
  package func needsBytes(of kind: MediaKind, at url: String) -> Bool {
    if case .image = kind { true } else { false }
  }

  /// Writes a request; always possible.
  package func encode(
    _ conversation: Conversation, for target: ProviderTarget
  ) throws(GatewayError) -> EncodedRequest {
    OllamaRequestWriter.encode(conversation, for: target)
  }

  /// Reads a whole answer.
  package func answer(
    _ body: UnsafeRawBufferPointer, _ context: AnswerContext
  ) throws(GatewayError) -> Answer { try OllamaAnswerReader.answer(body, context) }

  /// Reads lines.
  package func streamDecoder(_ context: AnswerContext, eventBytes: Int) -> any StreamDecoder {
    OllamaStreamDecoder(context, lineBytes: eventBytes)
  }
}

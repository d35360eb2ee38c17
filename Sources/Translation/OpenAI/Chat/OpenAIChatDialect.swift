import Core

/// Providers of OpenAI's chat format, for callers of another one. For callers of the same one the rooms send the
/// caller's own bytes instead.
package struct OpenAIChatDialect: ProviderDialect {
  /// The dialect.
  package init() {}

  /// `openai`.
  package var format: WireFormat { .openAI }

  /// The operation's own path.
  package func path(_ operation: OpenAIOperation, model: String, isStream: Bool) -> String? { operation.path }

  /// For callers of another format.
  package var embeddings: (any EmbeddingDialect)? { OpenAIEmbeddings() }

  /// Pictures may be addresses, documents may not.
  package func needsBytes(of kind: MediaKind, at url: String) -> Bool { kind == .file }

  /// A chat request; always possible.
  package func encode(
    _ conversation: Conversation, for target: ProviderTarget
  ) throws(GatewayError) -> EncodedRequest {
    OpenAIChatWriter.encode(conversation, style: .provider(target))
  }

  /// Reads a whole answer.
  package func answer(
    _ body: UnsafeRawBufferPointer, _ context: AnswerContext
  ) throws(GatewayError) -> Answer { try OpenAIAnswerReader.answer(body) }

  /// Reads chunks.
  package func streamDecoder(_ context: AnswerContext, eventBytes: Int) -> any StreamDecoder {
    SSEStreamDecoder(OpenAIChunkDecoder(), eventBytes: eventBytes)
  }
}

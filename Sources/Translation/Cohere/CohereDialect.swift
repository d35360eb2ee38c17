import Core

/// Providers of Cohere's chat, version 2.
package struct CohereDialect: ProviderDialect {
  /// The dialect.
  package init() {}

  /// `cohere`.
  package var format: WireFormat { .cohere }

  /// `/chat` for chats, `/embed` for embeddings.
  package func path(_ operation: OpenAIOperation, model: String, isStream: Bool) -> String? {
    switch operation {
    case .chat: "/chat"
    case .embedding: CohereEmbeddings().path(model: model)
    case .completion: nil
    }
  }

  /// `/embed`.
  package var embeddings: (any EmbeddingDialect)? { CohereEmbeddings() }

  /// Writes a request; always possible.
  package func encode(
    _ conversation: Conversation, for target: ProviderTarget
  ) throws(GatewayError) -> EncodedRequest {
    CohereRequestWriter.encode(conversation, for: target)
  }

  /// Reads a whole answer.
  package func answer(
    _ body: UnsafeRawBufferPointer, _ context: AnswerContext
  ) throws(GatewayError) -> Answer { try CohereAnswerReader.answer(body, context) }

  /// Reads events.
  package func streamDecoder(_ context: AnswerContext, eventBytes: Int) -> any StreamDecoder {
    SSEStreamDecoder(CohereEventDecoder(context), eventBytes: eventBytes)
  }

  /// Reads an error.
  package func error(
    status: Int, body: UnsafeRawBufferPointer, retryAfterSeconds: Int?, provider: String, secrets: [Secret]
  ) -> GatewayError {
    CohereErrorBody.error(
      status: status, body: body, retryAfterSeconds: retryAfterSeconds, provider: provider, secrets: secrets)
  }
}

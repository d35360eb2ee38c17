import Core

/// Embeddings on their way between dialects and the rooms, which work on OpenAI's format.
package enum WholeEmbedding {
  /// Appends a provider's vectors in OpenAI's format, encoded as the caller wants them. Throws what the dialect's reader
  /// throws, and a 502 when there are not as many as were asked for: nobody could tell which is whose.
  package static func fromProvider(
    _ body: UnsafeRawBufferPointer, _ dialect: any ProviderDialect, _ context: AnswerContext, to output: ByteBuffer
  ) throws(GatewayError) {
    guard let form = context.embedding, let embeddings = dialect.embeddings else {
      throw GatewayError(.internalFailure, "Nobody asked for embeddings", origin: .gateway)
    }
    var answer = try embeddings.answer(body, context)
    guard answer.vectors.count == form.count else {
      throw GatewayError(
        .providerFailed, "The provider sent \(answer.vectors.count) embeddings for \(form.count) inputs",
        origin: .upstream)
    }
    if answer.usage == nil { answer.count(context.promptTokens) }
    try OpenAIEmbeddingWriter.write(answer, in: body, as: form.encoding, to: output)
  }
}

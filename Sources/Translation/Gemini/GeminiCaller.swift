import Core

/// Callers of Google's generateContent format. Model and method stand in the path.
package struct GeminiCaller: CallerDialect {
  /// The dialect.
  package init() {}

  /// `gemini`.
  package var format: WireFormat { .gemini }

  /// Reads the body of `:generateContent`, `:streamGenerateContent` or `:countTokens`.
  package func conversation(
    _ body: UnsafeRawBufferPointer, _ target: CallerTarget
  ) throws(GatewayError) -> Conversation { try GeminiRequestReader.conversation(body, target) }

  /// Google's name of a field.
  package func name(of field: RequestField) -> String { GeminiNames.name(of: field) }

  /// Appends an answer.
  package func write(_ answer: Answer, _ context: CallerContext, to output: ByteBuffer) {
    GeminiAnswerWriter.write(answer, context, to: output)
  }

  /// A writer of the events of one answer.
  package func streamEncoder(_ context: CallerContext) -> any StreamEncoder { GeminiStreamEncoder(context) }

  /// `{"error":{"code":…,"status":…}}`.
  package func errorBody(_ error: GatewayError, requestID: String?) -> [UInt8] {
    GeminiErrorBody.body(error, requestID: requestID)
  }

  /// The answer of `:countTokens`.
  package func tokenCount(_ tokens: Int64) -> [UInt8]? { Array(#"{"totalTokens":\#(tokens)}"#.utf8) }

  /// Embeddings of one text or several.
  package func embeddingRequest(
    _ body: UnsafeRawBufferPointer, _ target: CallerTarget
  ) throws(GatewayError) -> EncodedRequest? {
    try GeminiEmbedding.request(body, model: target.model ?? "", isBatch: target.isBatch)
  }

  /// `embedding`, or `embeddings` of several.
  package func embeddingAnswer(
    _ body: UnsafeRawBufferPointer, _ target: CallerTarget
  ) throws(GatewayError) -> [UInt8]? { try GeminiEmbedding.answer(body, isBatch: target.isBatch) }
}

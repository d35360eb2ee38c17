import Core

/// Callers of Google's generateContent format. Model and method stand in the path.
package struct GeminiCaller: CallerDialect {
  private let isArray: Bool

  /// The dialect. `isArray`: streams come as the elements of one JSON array, as they do without `alt=sse`.
  package init(isArray: Bool = false) { self.isArray = isArray }

  /// Server-sent events, or JSON.
  package var streamType: String { isArray ? "application/json" : "text/event-stream" }

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
  package func streamEncoder(_ context: CallerContext) -> any StreamEncoder {
    GeminiStreamEncoder(context, GeminiFraming(isArray: isArray))
  }

  /// `{"error":{"code":…,"status":…}}`; as the only element where an array was asked for.
  package func errorBody(_ error: GatewayError, requestID: String?) -> [UInt8] {
    let body = GeminiErrorBody.body(error, requestID: requestID)
    return isArray ? [UInt8(ascii: "[")] + body + [UInt8(ascii: "]")] : body
  }

  /// The answer of `:countTokens`.
  package func tokenCount(_ tokens: Int64) -> [UInt8]? { Array(#"{"totalTokens":\#(tokens)}"#.utf8) }

  /// Embeddings of one text or several.
  package func embeddingRequest(
    _ body: UnsafeRawBufferPointer, _ target: CallerTarget
  ) throws(GatewayError) -> EmbeddingRequest? {
    try GeminiEmbeddingCaller.request(body, model: target.model ?? "", isBatch: target.isBatch)
  }

  /// `embedding`, or `embeddings` of several.
  package func embeddingAnswer(
    _ body: UnsafeRawBufferPointer, _ target: CallerTarget, to output: ByteBuffer
  ) throws(GatewayError) { try GeminiEmbeddingCaller.answer(body, isBatch: target.isBatch, to: output) }
}

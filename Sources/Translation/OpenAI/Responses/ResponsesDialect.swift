import Core

/// Providers of OpenAI's Responses format.
package struct ResponsesDialect: ProviderDialect {
  /// The dialect.
  package init() {}

  /// `openai-responses`.
  package var format: WireFormat { .openAIResponses }

  /// `/responses` for chats; there is nothing else.
  package func path(_ operation: OpenAIOperation, model: String, isStream: Bool) -> String? {
    operation == .chat ? "/responses" : nil
  }

  /// Writes a request; always possible.
  package func encode(
    _ conversation: Conversation, for target: ProviderTarget
  ) throws(GatewayError) -> EncodedRequest {
    ResponsesRequestWriter.encode(conversation, for: target)
  }

  /// Reads a whole answer.
  package func answer(
    _ body: UnsafeRawBufferPointer, _ context: AnswerContext
  ) throws(GatewayError) -> Answer { try ResponsesAnswerReader.answer(body, context) }

  /// Reads events.
  package func streamDecoder(_ context: AnswerContext, eventBytes: Int) -> any StreamDecoder {
    SSEStreamDecoder(ResponsesEventDecoder(context), eventBytes: eventBytes)
  }

  /// Reads an error. Azure serves this format too, behind its content filter.
  package func error(
    status: Int, body: UnsafeRawBufferPointer, retryAfterSeconds: Int?, provider: String, secrets: [Secret]
  ) -> GatewayError {
    AzureErrorBody.error(
      status: status, body: body, retryAfterSeconds: retryAfterSeconds, provider: provider, secrets: secrets)
  }
}

/// Callers of OpenAI's Responses format.
package struct ResponsesCaller: CallerDialect {
  /// The dialect.
  package init() {}

  /// `openai-responses`.
  package var format: WireFormat { .openAIResponses }

  /// Reads the body of `/responses`.
  package func conversation(
    _ body: UnsafeRawBufferPointer, _ target: CallerTarget
  ) throws(GatewayError) -> Conversation { try ResponsesRequestReader.conversation(body) }

  /// `resp_…`.
  package func answerID(_ generationID: String) -> String { "resp_" + generationID.dropFirst(4) }

  /// OpenAI's name of a field.
  package func name(of field: RequestField) -> String { ResponsesNames.name(of: field) }

  /// Appends a `response`.
  package func write(_ answer: Answer, _ context: CallerContext, to output: ByteBuffer) {
    ResponsesAnswerWriter.write(answer, context, to: output)
  }

  /// A writer of the events of one response.
  package func streamEncoder(_ context: CallerContext) -> any StreamEncoder { ResponsesStreamEncoder(context) }

  /// `{"error":{…}}` as OpenAI writes it.
  package func errorBody(_ error: GatewayError, requestID: String?) -> [UInt8] { ResponsesErrorBody.body(error) }
}

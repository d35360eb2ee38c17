import Core

/// Providers of Anthropic's Messages format.
package struct AnthropicDialect: ProviderDialect {
  /// The version of the interface that requests name.
  package static let version = "2023-06-01"

  /// The dialect.
  package init() {}

  /// `anthropic`.
  package var format: WireFormat { .anthropic }
  /// `anthropic-version`.
  package var headers: [HeaderField] { [HeaderField("anthropic-version", AnthropicDialect.version)] }

  /// Which of the interface's newest parts the caller uses, by Anthropic's name and by OpenRouter's.
  package var forwardedFields: [(caller: String, provider: String)] {
    [("anthropic-beta", "anthropic-beta"), ("x-anthropic-beta", "anthropic-beta")]
  }

  /// `/messages` for chats; there is nothing else.
  package func path(_ operation: OpenAIOperation, model: String, isStream: Bool) -> String? {
    operation == .chat ? "/messages" : nil
  }

  /// `x-api-key`.
  package func authorization(_ key: Secret) -> HeaderField? { HeaderField("x-api-key", key.reveal()) }

  /// Writes a request; always possible.
  package func encode(
    _ conversation: Conversation, for target: ProviderTarget
  ) throws(GatewayError) -> EncodedRequest {
    AnthropicRequestWriter.encode(conversation, for: target)
  }

  /// Reads a whole answer.
  package func answer(
    _ body: UnsafeRawBufferPointer, _ context: AnswerContext
  ) throws(GatewayError) -> Answer { try AnthropicAnswerReader.answer(body, context) }

  /// Reads events.
  package func streamDecoder(_ context: AnswerContext, eventBytes: Int) -> any StreamDecoder {
    SSEStreamDecoder(AnthropicEventDecoder(context), eventBytes: eventBytes)
  }

  /// Reads an error.
  package func error(
    status: Int, body: UnsafeRawBufferPointer, retryAfterSeconds: Int?, provider: String, secrets: [Secret]
  ) -> GatewayError {
    AnthropicErrorBody.error(
      status: status, body: body, retryAfterSeconds: retryAfterSeconds, provider: provider, secrets: secrets)
  }
}

/// Callers of Anthropic's Messages format.
package struct AnthropicCaller: CallerDialect {
  /// The dialect.
  package init() {}

  /// `anthropic`.
  package var format: WireFormat { .anthropic }

  /// Reads the body of `/messages` or of `/messages/count_tokens`.
  package func conversation(
    _ body: UnsafeRawBufferPointer, _ target: CallerTarget
  ) throws(GatewayError) -> Conversation { try AnthropicRequestReader.conversation(body) }

  /// Anthropic's name of a field.
  package func name(of field: RequestField) -> String { AnthropicNames.name(of: field) }

  /// `msg_…`.
  package func answerID(_ generationID: String) -> String { "msg_" + generationID.dropFirst(4) }

  /// Appends a `message`.
  package func write(_ answer: Answer, _ context: CallerContext, to output: ByteBuffer) {
    AnthropicAnswerWriter.write(answer, context, to: output)
  }

  /// A writer of the events of one message.
  package func streamEncoder(_ context: CallerContext) -> any StreamEncoder { AnthropicStreamEncoder(context) }

  /// `{"type":"error",…}`.
  package func errorBody(_ error: GatewayError, requestID: String?) -> [UInt8] {
    AnthropicErrorBody.body(error, requestID: requestID)
  }

  /// The answer of `/messages/count_tokens`.
  package func tokenCount(_ tokens: Int64) -> [UInt8]? { Array(#"{"input_tokens":\#(tokens)}"#.utf8) }
}

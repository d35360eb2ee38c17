import Core

/// Whole answers on their way between dialects and the rooms, which work on OpenAI's format.
package enum WholeAnswer {
  /// Appends a provider's answer in OpenAI's format and returns the finish reason as the provider wrote it. Throws what the
  /// dialect's reader throws.
  @discardableResult
  package static func fromProvider(
    _ body: UnsafeRawBufferPointer, _ dialect: any ProviderDialect, _ context: AnswerContext, to output: ByteBuffer
  ) throws(GatewayError) -> String? {
    var answer = try dialect.answer(body, context)
    if context.hidesReasoning {
      for index in answer.choices.indices { answer.choices[index].parts.removeAll { $0.reasoning != nil } }
    }
    OpenAIAnswerWriter.write(answer, created: context.created, to: output)
    return answer.choices.first?.finish?.native
  }

  /// Appends the rooms' answer in a caller's format.
  package static func toCaller(
    _ body: UnsafeRawBufferPointer, _ dialect: any CallerDialect, _ context: CallerContext, to output: ByteBuffer
  ) throws(GatewayError) {
    dialect.write(try OpenAIAnswerReader.answer(body), context, to: output)
  }
}

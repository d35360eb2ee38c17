import Core

/// Whole answers on their way between dialects and the rooms, which work on OpenAI's format.
package enum WholeAnswer {
  /// Appends a provider's answer in OpenAI's format. Throws what the dialect's reader throws.
  package static func fromProvider(
    _ body: UnsafeRawBufferPointer, _ dialect: any ProviderDialect, _ context: AnswerContext, to output: ByteBuffer
  ) throws(GatewayError) {
    OpenAIAnswerWriter.write(try dialect.answer(body, context), created: context.created, to: output)
  }

  /// Appends the rooms' answer in a caller's format.
  package static func toCaller(
    _ body: UnsafeRawBufferPointer, _ dialect: any CallerDialect, _ context: CallerContext, to output: ByteBuffer
  ) throws(GatewayError) {
    dialect.write(try OpenAIAnswerReader.answer(body), context, to: output)
  }
}

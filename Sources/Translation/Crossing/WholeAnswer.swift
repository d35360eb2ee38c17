import Core
import JSON
import Ledger

/// Whole answers on their way between dialects and the rooms, which work on OpenAI's format.
package enum WholeAnswer {
  /// What the rooms know better than the provider's answer does.
  package struct Edit {
    /// The catalogue's id of the model and the provider's display name.
    package var model: String
    package var provider: String
    /// What is billed, and whether the gateway counted it itself.
    package var usage: Usage
    package var isEstimated: Bool
    /// What it costs; nil where the price is not known.
    package var cost: Money?
    /// Further members.
    package var members: [(key: String, value: JSONValue)]

    /// An edit.
    package init(
      model: String, provider: String, usage: OpenAIUsage, cost: Money?, members: [(key: String, value: JSONValue)]
    ) {
      self.model = model
      self.provider = provider
      self.usage = usage.usage
      isEstimated = usage.isEstimated
      self.cost = cost
      self.members = members
    }
  }

  /// Appends a provider's answer in OpenAI's format, for the rooms, and returns it. Throws what the dialect's reader throws.
  @discardableResult
  package static func fromProvider(
    _ body: UnsafeRawBufferPointer, _ dialect: any ProviderDialect, _ context: AnswerContext, to output: ByteBuffer
  ) throws(GatewayError) -> Answer {
    var answer = try dialect.answer(body, context)
    if context.hidesReasoning {
      for index in answer.choices.indices { answer.choices[index].parts.removeAll { $0.reasoning != nil } }
    }
    OpenAIAnswerWriter.write(answer, created: context.created, to: output)
    return answer
  }

  /// Appends a provider's answer in a caller's format when neither speaks OpenAI's: with the rooms' edit, as if it had been
  /// read from what they work on.
  package static func toCaller(
    _ answer: Answer, _ edit: Edit, _ dialect: any CallerDialect, _ context: CallerContext, to output: ByteBuffer
  ) {
    var answer = answer
    answer.model = edit.model
    answer.provider = edit.provider
    var usage = answer.usage ?? AnswerUsage(edit.usage)
    usage.counts = edit.usage
    usage.isEstimated = edit.isEstimated
    usage.cost = JSONNumber(text: edit.cost?.dollars ?? "null")
    answer.usage = usage
    for index in answer.choices.indices { answer.choices[index].parts = answer.choices[index].parts.withOneText }
    answer.extras.removeAll { extra in edit.members.contains { $0.key == extra.name } }
    answer.extras += edit.members.map { Member($0.key, $0.value) }
    dialect.write(answer, context, to: output)
  }

  /// Appends the rooms' answer in a caller's format.
  package static func toCaller(
    _ body: UnsafeRawBufferPointer, _ dialect: any CallerDialect, _ context: CallerContext, to output: ByteBuffer
  ) throws(GatewayError) {
    dialect.write(try OpenAIAnswerReader.answer(body), context, to: output)
  }
}

import Core
import JSON

/// Writes a whole answer in Anthropic's format.
enum AnthropicAnswerWriter {
  /// Appends the answer; of several choices the first.
  static func write(_ answer: Answer, _ context: CallerContext, to output: ByteBuffer) {
    let choice = answer.choices.first { $0.index == 0 } ?? answer.choices.first
    var writer = ObjectWriter([
      ("id", .string(context.id)), ("type", .string("message")), ("role", .string("assistant")),
      ("model", .string(answer.model ?? context.model)),
    ])
    writer.add("provider", answer.provider)
    writer.add("content", .array((choice?.parts ?? []).compactMap(block)))
    writer.add("stop_reason", AnthropicStopReason.word(choice?.finish))
    writer.add("stop_sequence", choice?.finish?.stopText.map { .string($0) } ?? .null)
    writer.add("stop_details", AnthropicStopReason.details(choice?.finish))
    writer.add("container", .null)
    writer.add("usage", AnthropicUsage.object(answer.usage, serviceTier: answer.serviceTier, isWhole: true))
    if let metadata = answer.extras.first(where: { $0.name == "openrouter_metadata" }) {
      writer.add(metadata.name, metadata.value)
    }
    writer.value.write(to: output)
  }

  private static func block(_ part: Part) -> JSONValue? {
    switch part.content {
    case .text(let text):
      if text.text.isEmpty, text.citations.isEmpty { return nil }
      let citations = text.citations.compactMap(AnthropicCitation.object)
      return .object([
        ("type", .string("text")), ("text", .string(text.text)),
        ("citations", citations.isEmpty ? .null : .array(citations)),
      ])
    case .refusal(let text): return .object([("type", .string("text")), ("text", .string(text)), ("citations", .null)])
    case .reasoning(let piece): return AnthropicReasoning.answer(piece)
    case .toolCall(let call):
      return .object([
        ("type", .string("tool_use")), ("id", .string(AnthropicCallID.fitted(call.id, .openAI))),
        ("name", .string(call.name)), ("input", call.argumentObject),
        ("caller", .object([("type", .string("direct"))])),
      ])
    case .native(.anthropic, let value): return value
    default: return nil
    }
  }
}

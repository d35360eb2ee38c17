import Core
import JSON

/// Writes a whole answer in Google's format.
enum GeminiAnswerWriter {
  /// Appends the answer.
  static func write(_ answer: Answer, _ context: CallerContext, to output: ByteBuffer) {
    var writer = ObjectWriter([("candidates", .array(answer.choices.map(candidate)))])
    writer.add("usageMetadata", GeminiUsage.object(answer.usage ?? AnswerUsage(.zero)))
    writer.add("modelVersion", answer.model ?? context.model)
    writer.add("responseId", context.id)
    writer.value.write(to: output)
  }

  private static func candidate(_ choice: Answer.Choice) -> JSONValue {
    var parts = GeminiAnswerParts()
    var citations: [Citation] = []
    var text = ""
    for piece in choice.parts.compactMap(\.reasoning) { parts.note(piece, choice.parts) }
    for part in choice.parts {
      parts.add(part)
      if case .text(let content) = part.content {
        citations += content.citations
        text += content.text
      }
    }
    parts.end()
    var writer = ObjectWriter([
      ("content", .object([("parts", .array(parts.written)), ("role", .string("model"))])),
      ("finishReason", .string(GeminiFinishReason.word(choice.finish))), ("index", .integer(choice.index)),
    ])
    writer.add("groundingMetadata", GeminiGrounding.metadata(citations, text: text))
    writer.add("logprobsResult", choice.logprobs.flatMap(GeminiLogprobs.result))
    return writer.value
  }
}

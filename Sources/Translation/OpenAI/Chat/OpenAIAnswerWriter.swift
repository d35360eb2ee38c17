import Core
import JSON

/// Writes a whole chat answer in OpenAI's format.
package enum OpenAIAnswerWriter {
  /// Appends the answer. `created` counts where the answer does not say when it was made. Unit: seconds since 1970.
  package static func write(_ answer: Answer, created: Int64, to output: ByteBuffer) {
    var writer = ObjectWriter()
    writer.add("id", answer.id)
    writer.add("object", "chat.completion")
    writer.add("created", answer.created ?? created)
    writer.add("model", answer.model)
    writer.add("provider", answer.provider)
    writer.add("choices", .array(answer.choices.map(choice)))
    writer.add("system_fingerprint", answer.fingerprint.map { .string($0) } ?? .null)
    writer.add("service_tier", answer.serviceTier)
    if let usage = answer.usage { writer.add("usage", OpenAIUsageForm.object(usage)) }
    writer.add(answer.extras)
    writer.value.write(to: output)
  }

  private static func choice(_ choice: Answer.Choice) -> JSONValue {
    var messages = OpenAIMessageWriter(style: .full, format: .openAI)
    var message = ObjectWriter(
      messages.write([Message(.assistant, choice.parts.withOneText)])[0]?.objectValue ?? [])
    if !choice.parts.contains(where: { if case .refusal = $0.content { true } else { false } }) {
      message.add("refusal", .null)
    }
    var writer = ObjectWriter([("index", .integer(choice.index)), ("message", message.value)])
    writer.add("logprobs", choice.logprobs ?? .null)
    writer.add("finish_reason", choice.finish.map { .string($0.kind.rawValue) } ?? .null)
    writer.add("native_finish_reason", choice.finish?.native)
    writer.add("stop_reason", choice.finish?.stopText)
    return writer.value
  }
}

extension [Part] {
  /// The parts with all texts in the first: an answer's content is one string, which clients rely on.
  fileprivate var withOneText: [Part] {
    let texts = compactMap { part -> TextContent? in
      if case .text(let content) = part.content { content } else { nil }
    }
    guard texts.count > 1, let first = firstIndex(where: { $0.text != nil }) else { return self }
    let joined = TextContent(texts.map(\.text).joined(), citations: texts.flatMap(\.citations))
    let before = self[..<first]
    let behind = self[first...].filter { $0.text == nil }
    return before + [Part(.text(joined))] + behind
  }
}

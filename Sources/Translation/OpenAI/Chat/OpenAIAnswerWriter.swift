import Core
import JSON

/// Writes a whole chat answer in OpenAI's format.
package enum OpenAIAnswerWriter {
  /// Appends the answer. `created` counts where the answer does not say when it was made. Unit: seconds since 1970.
  package static func write(_ answer: Answer, created: Int64, to output: ByteBuffer) {
    var writer = MemberWriter(output)
    writer.add("id", answer.id)
    writer.add("object", json: #""chat.completion""#)
    writer.add("created", answer.created ?? created)
    writer.add("model", answer.model)
    writer.add("provider", answer.provider)
    writer.name("choices")
    output.append("[")
    for (index, choice) in answer.choices.enumerated() {
      if index > 0 { output.append(",") }
      write(choice, to: output)
    }
    output.append("]")
    writer.addOrNull("system_fingerprint", answer.fingerprint)
    writer.add("service_tier", answer.serviceTier)
    if let usage = answer.usage {
      writer.name("usage")
      OpenAIUsageForm.write(usage, to: output)
    }
    writer.add(answer.extras)
    writer.end()
  }

  /// A part as an answer can say it: `content` is one string, beside which nothing of another format has a place.
  private static func said(_ part: Part) -> Part? {
    switch part.content {
    case .text: Part(part.content)
    case .native(.openAI, let value): value["id"] == nil ? nil : part
    case .native, .file, .video: nil
    default: part
    }
  }

  private static func write(_ choice: Answer.Choice, to output: ByteBuffer) {
    var messages = OpenAIMessageWriter(style: .full, format: .openAI)
    var message = ObjectWriter(
      messages.write([Message(.assistant, choice.parts.withOneText.compactMap(said))])[0]?.objectValue ?? [])
    if !choice.parts.contains(where: { if case .refusal = $0.content { true } else { false } }) {
      message.add("refusal", .null)
    }
    var writer = MemberWriter(output)
    writer.add("index", choice.index)
    writer.add("message", message.value)
    writer.addOrNull("logprobs", choice.logprobs)
    writer.addOrNull("finish_reason", choice.finish?.kind.rawValue)
    writer.add("native_finish_reason", choice.finish?.native)
    writer.add("stop_reason", choice.finish?.stopText)
    writer.end()
  }
}

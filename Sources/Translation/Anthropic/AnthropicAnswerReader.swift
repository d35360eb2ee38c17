import Core
import JSON

/// Reads a whole answer in Anthropic's format.
enum AnthropicAnswerReader {
  /// The answer. Throws a 502 when it is none, or the error that the body holds instead.
  static func answer(_ body: UnsafeRawBufferPointer, _ context: AnswerContext) throws(GatewayError) -> Answer {
    let value = try JSONValue.answer(body)
    if value["type"]?.stringValue == "error", let error = value["error"] { throw AnthropicErrorBody.streamError(error) }
    guard let content = value["content"], content.arrayValue != nil else {
      throw GatewayError(.providerFailed, "The provider sent an answer without 'content'", origin: .upstream)
    }
    var usage = AnthropicUsage()
    if let reported = value["usage"] { usage.take(reported) }
    var choice = Answer.Choice(try parts(content, context))
    let calls = choice.parts.contains { $0.toolCall != nil }
    if let word = value["stop_reason"]?.stringValue {
      choice.finish = AnthropicStopReason.reason(
        word, stopText: value["stop_sequence"]?.stringValue, isAnswerTool: context.answerTool != nil && !calls)
      addRefusal(value["stop_details"], to: &choice)
    }
    var answer = Answer([choice], usage: usage.answerUsage)
    answer.id = value["id"]?.stringValue
    answer.model = value["model"]?.stringValue
    answer.serviceTier = usage.serviceTier
    return answer
  }

  private static func parts(_ content: JSONValue, _ context: AnswerContext) throws(GatewayError) -> [Part] {
    var parts: [Part]
    do throws(GatewayError) {
      parts = try AnthropicBlockReader.parts(content, field: "content")
    } catch {
      throw GatewayError(
        .providerFailed, "The provider sent an answer that cannot be read", origin: .upstream, context: error.message)
    }
    var index: Int64 = 0
    for place in parts.indices {
      if var piece = parts[place].reasoning {
        piece.index = index
        index += 1
        parts[place].content = .reasoning(piece)
      } else if let call = parts[place].toolCall, call.name == context.answerTool {
        parts[place] = .text(call.arguments)
      }
    }
    locate(&parts)
    return parts
  }

  /// Says which characters of the whole text a citation belongs to: those of its block.
  private static func locate(_ parts: inout [Part]) {
    let isCited = parts.contains { if case .text(let text) = $0.content { !text.citations.isEmpty } else { false } }
    guard isCited else { return }
    var length: Int64 = 0
    for place in parts.indices {
      guard case .text(var text) = parts[place].content else { continue }
      let end = length + Int64(text.text.unicodeScalars.count)
      for index in text.citations.indices where text.citations[index].range == nil && end > length {
        text.citations[index].range = length..<end
      }
      length = end
      parts[place].content = .text(text)
    }
  }

  /// A refusal may be explained.
  private static func addRefusal(_ details: JSONValue?, to choice: inout Answer.Choice) {
    guard let text = details?["explanation"]?.stringValue, !text.isEmpty else { return }
    choice.parts.append(Part(.refusal(text)))
  }
}

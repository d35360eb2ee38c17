import Core
import JSON

/// Reads a whole answer of Cohere's chat.
enum CohereAnswerReader {
  /// The answer. Throws a 502 when it is none.
  static func answer(_ body: UnsafeRawBufferPointer, _ context: AnswerContext) throws(GatewayError) -> Answer {
    let value = try JSONValue.answer(body)
    guard let message = value["message"], message.objectValue != nil else {
      throw GatewayError(.providerFailed, "The provider sent an answer without 'message'", origin: .upstream)
    }
    var choice = Answer.Choice(parts(message, context))
    if let word = value["finish_reason"]?.stringValue {
      let hasCalls = choice.parts.contains { $0.toolCall != nil }
      choice.finish = FinishReason(native: word)
      if context.answerTool != nil, !hasCalls, choice.finish?.kind == .toolCalls { choice.finish?.kind = .stop }
    }
    choice.logprobs = CohereLogprobs.read(value["logprobs"]?.arrayValue ?? [])
    var answer = Answer([choice], usage: value["usage"].flatMap(CohereUsage.read))
    answer.id = value["id"]?.stringValue
    answer.model = context.model
    return answer
  }

  private static func parts(_ message: JSONValue, _ context: AnswerContext) -> [Part] {
    var parts: [Part] = []
    var pieces: Int64 = 0
    // The characters of the whole text before each block.
    var offsets: [Int64] = []
    var length: Int64 = 0
    for block in message["content"]?.arrayValue ?? [] {
      offsets.append(length)
      if let thought = block["thinking"]?.stringValue {
        parts.append(Part(.reasoning(Reasoning(.text(thought), index: pieces))))
        pieces += 1
      } else if let text = block["text"]?.stringValue {
        parts.append(.text(text))
        length += Int64(text.unicodeScalars.count)
      } else {
        parts.append(Part(.native(.cohere, block)))
      }
    }
    let planned = length
    if let plan = message["tool_plan"]?.stringValue, !plan.isEmpty { parts.append(.text(plan)) }
    for value in message["citations"]?.arrayValue ?? [] {
      cite(value, value["type"]?.stringValue == "PLAN" ? planned : offset(value, offsets), &parts)
    }
    for (position, call) in (message["tool_calls"]?.arrayValue ?? []).enumerated() {
      parts.append(part(call, context, Int64(position)))
    }
    return parts
  }

  private static func offset(_ value: JSONValue, _ offsets: [Int64]) -> Int64? {
    guard let index = value["content_index"]?.integerValue else { return 0 }
    return index >= 0 && index < offsets.count ? offsets[Int(index)] : nil
  }

  /// A citation stands with the first text; its range says where it belongs.
  private static func cite(_ value: JSONValue, _ offset: Int64?, _ parts: inout [Part]) {
    guard let place = parts.firstIndex(where: { $0.text != nil }), case .text(var text) = parts[place].content else {
      return
    }
    text.citations += CohereCitation.citations(value, offset: offset)
    parts[place].content = .text(text)
  }

  private static func part(_ call: JSONValue, _ context: AnswerContext, _ position: Int64) -> Part {
    let name = call["function"]?["name"]?.stringValue ?? ""
    let arguments = call["function"]?["arguments"]?.stringValue ?? "{}"
    if name == context.answerTool { return .text(arguments) }
    let id = call["id"]?.stringValue ?? context.callID(position)
    return Part(.toolCall(ToolCall(id: id, name: name, arguments: arguments)))
  }
}

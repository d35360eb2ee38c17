import Core
import JSON

/// Reads a whole answer of Converse.
enum BedrockAnswerReader {
  /// The answer. Throws a 502 when it is none.
  static func answer(_ body: UnsafeRawBufferPointer, _ context: AnswerContext) throws(GatewayError) -> Answer {
    let value = try JSONValue.answer(body)
    guard let message = value["output"]?["message"], let content = message["content"]?.arrayValue else {
      throw GatewayError(.providerFailed, "The provider sent an answer without 'output'", origin: .upstream)
    }
    var choice = Answer.Choice(parts(content, context))
    if let word = value["stopReason"]?.stringValue {
      let hasCalls = choice.parts.contains { $0.toolCall != nil }
      choice.finish = BedrockStopReason.reason(
        word, stopText: value["additionalModelResponseFields"]?["stop_sequence"]?.stringValue,
        isAnswerTool: context.answerTool != nil && !hasCalls)
    }
    var answer = Answer([choice], usage: value["usage"].flatMap(BedrockUsage.read))
    answer.model = context.model
    answer.serviceTier = value["serviceTier"]?["type"]?.stringValue
    return answer
  }

  private static func parts(_ content: [JSONValue], _ context: AnswerContext) -> [Part] {
    var parts: [Part] = []
    var pieces: Int64 = 0
    var calls: Int64 = 0
    for block in content {
      if let reasoning = block["reasoningContent"] {
        parts.append(Part(.reasoning(piece(reasoning, context, pieces))))
        pieces += 1
      } else if let use = block["toolUse"], use["type"] == nil {
        parts.append(call(use, context, calls))
        calls += 1
      } else {
        parts.append(part(block))
      }
    }
    locate(&parts)
    return parts
  }

  private static func part(_ block: JSONValue) -> Part {
    if let text = block["text"]?.stringValue { return .text(text) }
    if let cited = block["citationsContent"] {
      let text = (cited["content"]?.arrayValue ?? []).compactMap { $0["text"]?.stringValue }.joined()
      let citations = (cited["citations"]?.arrayValue ?? []).map(BedrockCitation.citation)
      return Part(.text(TextContent(text, citations: citations)))
    }
    if let image = block["image"], let bytes = image["source"]?["bytes"]?.stringValue {
      return Part(.image(ImageContent(BedrockAnswerReader.image(image["format"], bytes))))
    }
    return Part(.native(.bedrock, block))
  }

  /// A picture of an answer.
  static func image(_ format: JSONValue?, _ base64: String) -> MediaSource {
    .data(type: "image/" + (format?.stringValue ?? "png"), base64: base64)
  }

  private static func piece(_ value: JSONValue, _ context: AnswerContext, _ index: Int64) -> Reasoning {
    let format = BedrockReasoning.format(context)
    if let data = value["redactedContent"]?.stringValue {
      return Reasoning(.encrypted(data), format: format, index: index)
    }
    let thought = value["reasoningText"]
    return Reasoning(
      .text(thought?["text"]?.stringValue ?? ""), signature: thought?["signature"]?.stringValue, format: format,
      index: index)
  }

  private static func call(_ use: JSONValue, _ context: AnswerContext, _ position: Int64) -> Part {
    let arguments = String(decoding: (use["input"] ?? .object([])).serialized(), as: UTF8.self)
    let name = use["name"]?.stringValue ?? ""
    if name == context.answerTool { return .text(arguments) }
    let id = use["toolUseId"]?.stringValue ?? context.callID(position)
    return Part(.toolCall(ToolCall(id: id, name: name, arguments: arguments)))
  }

  /// Says which characters of the whole text a citation belongs to: those of its block.
  private static func locate(_ parts: inout [Part]) {
    var length: Int64 = 0
    for place in parts.indices {
      guard case .text(var text) = parts[place].content else { continue }
      let end = length + Int64(text.text.unicodeScalars.count)
      for index in text.citations.indices where end > length { text.citations[index].range = length..<end }
      length = end
      parts[place].content = .text(text)
    }
  }
}

/// Reasoning in Bedrock's format.
enum BedrockReasoning {
  /// Whose it is: Claude's goes to any other provider of Claude too. An answer does not say whose it is.
  static func format(_ context: AnswerContext) -> ReasoningFormat {
    guard let model = context.model else { return .anthropic }
    return BedrockModel(model).isClaude ? .anthropic : .unknown
  }
}

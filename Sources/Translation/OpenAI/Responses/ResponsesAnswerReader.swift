import Core
import JSON

/// Reads a whole answer in the Responses format.
enum ResponsesAnswerReader {
  /// The answer. Throws a 502 when it is none, or the error that the body holds instead.
  static func answer(_ body: UnsafeRawBufferPointer, _ context: AnswerContext) throws(GatewayError) -> Answer {
    let value = try response(body)
    guard let output = value["output"]?.arrayValue else {
      throw GatewayError(.providerFailed, "The provider sent an answer without 'output'", origin: .upstream)
    }
    var reader = ResponsesOutputReader(context)
    for item in output { reader.read(item) }
    var choice = Answer.Choice(reader.parts)
    choice.finish = ResponsesStatus.reason(value, hasCalls: reader.calls > 0)
    if !reader.tokens.isEmpty { choice.logprobs = .object([("content", .array(reader.tokens))]) }
    var answer = Answer([choice], usage: ResponsesUsage.read(value["usage"]))
    answer.id = value["id"]?.stringValue
    answer.model = value["model"]?.stringValue
    answer.created = value["created_at"]?.integerValue
    answer.serviceTier = value["service_tier"]?.stringValue
    return answer
  }

  /// The body of a success, unless it holds an error.
  static func response(_ body: UnsafeRawBufferPointer) throws(GatewayError) -> JSONValue {
    let value = try JSONValue.answer(body)
    if let error = value["error"], !error.isNull { throw ResponsesErrorBody.streamError(error) }
    if value["status"]?.stringValue == "failed" { throw ResponsesErrorBody.streamError(.object([])) }
    return value
  }
}

/// Reads the items of an answer as its parts.
struct ResponsesOutputReader {
  /// The parts so far.
  private(set) var parts: [Part] = []
  /// How many of them are calls.
  private(set) var calls: Int64 = 0
  /// Probabilities of the tokens of its texts.
  private(set) var tokens: [JSONValue] = []
  private var pieces: Int64 = 0
  private let context: AnswerContext

  /// A reader before the first item.
  init(_ context: AnswerContext) { self.context = context }

  /// Takes the next item.
  mutating func read(_ item: JSONValue) {
    switch item["type"]?.stringValue {
    case "message": for part in item["content"]?.arrayValue ?? [] { readContent(part) }
    case "reasoning":
      parts += ResponsesReasoning.answer(item, index: pieces)
      pieces += 1
    case "function_call", "custom_tool_call":
      let start = ResponsesOutputReader.call(item) ?? context.callID(calls)
      parts.append(
        Part(
          .toolCall(
            ToolCall(
              id: start, name: item["name"]?.stringValue ?? "", arguments: ResponsesOutputReader.arguments(item),
              extras: ResponsesOutputReader.extras(item)))))
      calls += 1
    case "image_generation_call" where item["result"]?.stringValue != nil:
      if let image = ResponsesOutputReader.image(item) { parts.append(Part(.image(image))) }
    default: parts.append(Part(.native(.openAIResponses, item)))
    }
  }

  private mutating func readContent(_ part: JSONValue) {
    switch part["type"]?.stringValue {
    case "output_text", "text":
      let citations = part["annotations"]?.arrayValue?.map { ResponsesCitation.citation($0) } ?? []
      parts.append(Part(.text(TextContent(part["text"]?.stringValue ?? "", citations: citations))))
      tokens += part["logprobs"]?.arrayValue ?? []
    case "refusal": parts.append(Part(.refusal(part["refusal"]?.stringValue ?? "")))
    default: parts.append(Part(.native(.openAIResponses, part)))
    }
  }

  /// The id that ties a result to a call.
  static func call(_ item: JSONValue) -> String? {
    [item["call_id"], item["id"]].compactMap { $0?.stringValue }.first { !$0.isEmpty }
  }

  /// The arguments of a call; a free-form tool's text is its only one.
  static func arguments(_ item: JSONValue) -> String {
    if let input = item["input"]?.stringValue { return FreeFormInput.arguments(input) }
    guard let arguments = item["arguments"], !arguments.isNull else { return "" }
    return arguments.stringValue ?? String(decoding: arguments.serialized(), as: UTF8.self)
  }

  private static let members: Set<String> = ["type", "id", "call_id", "name", "arguments", "input", "status"]

  /// What a call says besides.
  static func extras(_ item: JSONValue) -> [Member] {
    (item.objectValue ?? []).filter { !members.contains($0.key) && !$0.value.isNull }.map { Member($0.key, $0.value) }
  }

  /// The picture of an item.
  static func image(_ item: JSONValue) -> ImageContent? {
    guard let result = item["result"]?.stringValue, !result.isEmpty else { return nil }
    if result.hasPrefix("data:") || result.hasPrefix("http") { return ImageContent(MediaSource(address: result)) }
    return ImageContent(.data(type: "image/" + (item["output_format"]?.stringValue ?? "png"), base64: result))
  }
}

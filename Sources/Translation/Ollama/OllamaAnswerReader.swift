import Core
import JSON
import Ledger

/// Reads a whole answer of Ollama's chat.
enum OllamaAnswerReader {
  /// The answer. Throws a 502 when it is none, or the error that the body holds instead.
  static func answer(_ body: UnsafeRawBufferPointer, _ context: AnswerContext) throws(GatewayError) -> Answer {
    let value = try JSONValue.answer(body)
    if let error = value["error"] { throw OpenAIErrorBody.streamError(error) }
    guard let message = value["message"], message.objectValue != nil else {
      throw GatewayError(.providerFailed, "The provider sent an answer without 'message'", origin: .upstream)
    }
    var choice = Answer.Choice(parts(message, context))
    let hasCalls = choice.parts.contains { $0.toolCall != nil }
    choice.finish = value["done_reason"]?.stringValue.map { finish($0, hasCalls: hasCalls) }
    choice.logprobs = value["logprobs"].flatMap(logprobs)
    var answer = Answer(
      [choice],
      usage: usage(prompt: value["prompt_eval_count"]?.integerValue, completion: value["eval_count"]?.integerValue))
    answer.model = value["model"]?.stringValue
    return answer
  }

  private static func parts(_ message: JSONValue, _ context: AnswerContext) -> [Part] {
    var parts: [Part] = []
    if let thought = message["thinking"]?.stringValue, !thought.isEmpty {
      parts.append(Part(.reasoning(Reasoning(.text(thought), index: 0))))
    }
    if let text = message["content"]?.stringValue, !text.isEmpty { parts.append(.text(text)) }
    for (position, call) in (message["tool_calls"]?.arrayValue ?? []).enumerated() {
      parts.append(Part(.toolCall(self.call(call, context, Int64(position)))))
    }
    return parts
  }

  /// A call; older servers give it no id.
  static func call(_ value: JSONValue, _ context: AnswerContext, _ position: Int64) -> ToolCall {
    let arguments = value["function"]?["arguments"] ?? .object([])
    let id = value["id"]?.stringValue
    return ToolCall(
      id: id == nil || id == "" ? context.callID(position) : id ?? "",
      name: value["function"]?["name"]?.stringValue ?? "",
      arguments: arguments.stringValue ?? String(decoding: arguments.serialized(), as: UTF8.self))
  }

  /// Why it ended: an answer that calls tools has the word of any other.
  static func finish(_ word: String, hasCalls: Bool) -> FinishReason {
    var reason = FinishReason(native: word)
    if hasCalls, reason.kind == .stop { reason.kind = .toolCalls }
    return reason
  }

  /// The counts; nil when none are said. A prompt that was kept from the last request may have none.
  static func usage(prompt: Int64?, completion: Int64?) -> AnswerUsage? {
    guard prompt != nil || completion != nil else { return nil }
    func count(_ number: Int64?) -> Int64 { min(max(number ?? 0, 0), Usage.plausibleTokens) }
    return AnswerUsage(Usage(promptTokens: count(prompt), completionTokens: count(completion)).clamped)
  }

  /// Probabilities, whose single entries are in OpenAI's form but for members that are left out when they are empty.
  static func logprobs(_ value: JSONValue) -> JSONValue? {
    guard let entries = value.arrayValue, !entries.isEmpty else { return nil }
    let complete = entries.map { entry -> JSONValue in
      let alternatives = (entry["top_logprobs"]?.arrayValue ?? []).map(withBytes)
      let members = withBytes(entry).objectValue ?? []
      return .object(members.filter { $0.key != "top_logprobs" } + [("top_logprobs", .array(alternatives))])
    }
    return .object([("content", .array(complete)), ("refusal", .null)])
  }

  private static func withBytes(_ entry: JSONValue) -> JSONValue {
    guard let members = entry.objectValue, entry["bytes"] == nil else { return entry }
    return .object(members + [("bytes", .null)])
  }
}

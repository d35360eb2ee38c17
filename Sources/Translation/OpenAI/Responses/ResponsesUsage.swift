import Core
import JSON
import Ledger

/// `usage` in the Responses format, with OpenRouter's additions. Its counts mean what those of OpenAI's chat format mean.
enum ResponsesUsage {
  /// Reads the object; nil for anything else.
  static func read(_ value: JSONValue?) -> AnswerUsage? {
    guard let value, value["input_tokens"] != nil || value["output_tokens"] != nil else { return nil }
    func count(_ value: JSONValue?) -> Int64 { min(max(value?.integerValue ?? 0, 0), Usage.plausibleTokens) }
    let input = value["input_tokens_details"]
    let output = value["output_tokens_details"]
    var usage = AnswerUsage(
      Usage(
        promptTokens: count(value["input_tokens"]), completionTokens: count(value["output_tokens"]),
        cachedTokens: count(input?["cached_tokens"]), cacheWriteTokens: count(input?["cache_write_tokens"]),
        reasoningTokens: count(output?["reasoning_tokens"]), audioPromptTokens: count(input?["audio_tokens"]),
        audioCompletionTokens: count(output?["audio_tokens"]), imageCompletionTokens: count(output?["image_tokens"])
      ).clamped)
    usage.webSearches = count(value["server_tool_use_details"]?["web_search_requests"])
    usage.isEstimated = value["is_estimated"]?.boolValue ?? false
    return usage
  }

  /// Appends the object, with the cost as it is known.
  static func write(_ usage: AnswerUsage?, to output: ByteBuffer) {
    let usage = usage ?? AnswerUsage(.zero)
    let counts = usage.counts
    var writer = MemberWriter(output)
    writer.add("input_tokens", counts.promptTokens)
    writer.name("input_tokens_details")
    var input = MemberWriter(output)
    input.add("cached_tokens", counts.cachedTokens)
    input.add("cache_write_tokens", counts.cacheWriteTokens)
    input.end()
    writer.add("output_tokens", counts.completionTokens)
    writer.name("output_tokens_details")
    var details = MemberWriter(output)
    details.add("reasoning_tokens", counts.reasoningTokens)
    details.end()
    writer.add("total_tokens", counts.promptTokens + counts.completionTokens)
    if usage.webSearches > 0 {
      writer.add("server_tool_use_details", .object([("web_search_requests", .integer(usage.webSearches))]))
    }
    if usage.isEstimated { writer.add("is_estimated", true) }
    writer.addOrNull("cost", usage.cost)
    writer.end()
  }

  private static func object(_ usage: AnswerUsage) -> JSONValue {
    let buffer = ByteBuffer()
    write(usage, to: buffer)
    return (try? JSONValue.parse(buffer.bytes)) ?? .object([])
  }

  /// A provider's own object with the cost in it (nil: not known). With an `estimate` it is given instead of the counts.
  static func priced(_ reported: JSONValue?, _ estimate: AnswerUsage?, _ cost: Money?) -> JSONValue {
    let counted = estimate.map { object($0) } ?? reported ?? .object([])
    return .object(
      (counted.objectValue ?? []).filter { $0.key != "cost" } + [("cost", cost.map { .number($0.dollars) } ?? .null)])
  }
}

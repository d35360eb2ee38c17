import Core
import JSON
import Ledger

/// `usage` in OpenAI's chat format, with OpenRouter's additions.
enum OpenAIUsageForm {
  /// Reads the object; nil for anything else.
  static func read(_ value: JSONValue) -> AnswerUsage? {
    guard value.objectValue != nil else { return nil }
    let prompt = value["prompt_tokens_details"]
    let completion = value["completion_tokens_details"]
    let counts = Usage(
      promptTokens: count(value["prompt_tokens"]), completionTokens: count(value["completion_tokens"]),
      cachedTokens: count(prompt?["cached_tokens"] ?? value["prompt_cache_hit_tokens"]),
      cacheWriteTokens: count(prompt?["cache_write_tokens"]),
      reasoningTokens: count(completion?["reasoning_tokens"]), audioPromptTokens: count(prompt?["audio_tokens"]),
      audioCompletionTokens: count(completion?["audio_tokens"]),
      imageCompletionTokens: count(completion?["image_tokens"]))
    var usage = AnswerUsage(counts.clamped)
    usage.longCacheWriteTokens = min(count(prompt?["cache_write_1h_tokens"]), usage.counts.cacheWriteTokens)
    usage.acceptedPredictionTokens = completion?["accepted_prediction_tokens"]?.integerValue
    usage.rejectedPredictionTokens = completion?["rejected_prediction_tokens"]?.integerValue
    usage.webSearches = count(value["server_tool_use_details"]?["web_search_requests"])
    usage.isEstimated = value["is_estimated"]?.boolValue ?? false
    usage.cost = value["cost"]?.numberText.map { JSONNumber(text: $0) }
    return usage
  }

  private static func count(_ value: JSONValue?) -> Int64 {
    guard let value else { return 0 }
    return max(0, value.integerValue ?? Int64(clamping: Int(min(max(value.doubleValue ?? 0, 0), 1e15))))
  }

  /// Appends the object. A cost is written only where it is known already: the rooms add theirs.
  static func write(_ usage: AnswerUsage, to output: ByteBuffer) {
    let counts = usage.counts
    var writer = MemberWriter(output)
    writer.add("prompt_tokens", counts.promptTokens)
    writer.add("completion_tokens", counts.completionTokens)
    writer.add("total_tokens", counts.promptTokens + counts.completionTokens)
    writer.name("prompt_tokens_details")
    writePromptDetails(usage, to: output)
    writer.name("completion_tokens_details")
    writeCompletionDetails(usage, to: output)
    if usage.webSearches > 0 {
      writer.add("server_tool_use_details", .object([("web_search_requests", .integer(usage.webSearches))]))
    }
    if usage.isEstimated { writer.add("is_estimated", true) }
    writer.add("cost", usage.cost)
    writer.end()
  }

  private static func writePromptDetails(_ usage: AnswerUsage, to output: ByteBuffer) {
    let counts = usage.counts
    var writer = MemberWriter(output)
    writer.add("cached_tokens", counts.cachedTokens)
    writer.add("cache_write_tokens", counts.cacheWriteTokens)
    if usage.longCacheWriteTokens > 0 { writer.add("cache_write_1h_tokens", usage.longCacheWriteTokens) }
    if counts.audioPromptTokens > 0 { writer.add("audio_tokens", counts.audioPromptTokens) }
    writer.end()
  }

  private static func writeCompletionDetails(_ usage: AnswerUsage, to output: ByteBuffer) {
    let counts = usage.counts
    var writer = MemberWriter(output)
    writer.add("reasoning_tokens", counts.reasoningTokens)
    if counts.audioCompletionTokens > 0 { writer.add("audio_tokens", counts.audioCompletionTokens) }
    if counts.imageCompletionTokens > 0 { writer.add("image_tokens", counts.imageCompletionTokens) }
    writer.add("accepted_prediction_tokens", usage.acceptedPredictionTokens)
    writer.add("rejected_prediction_tokens", usage.rejectedPredictionTokens)
    writer.end()
  }
}

extension FinishReason {
  /// Reads `finish_reason` and its companions of a choice; nil while it is not finished.
  init?(openAIChoice value: JSONValue) {
    // Some servers send an empty reason with every chunk; it ends nothing.
    guard let word = value["finish_reason"]?.stringValue, !word.isEmpty else { return nil }
    self.init(
      openAI: word, native: value["native_finish_reason"]?.stringValue, stopText: value["stop_reason"]?.stringValue)
  }

  /// The reason of an answer that has called tools: asked for a certain one, servers say `stop`, and callers of other
  /// formats would not run it.
  func calling(_ hasCalls: Bool) -> FinishReason {
    guard hasCalls, kind == .stop else { return self }
    var reason = FinishReason(.toolCalls, native: native, stopText: stopText)
    if native == nil { reason.native = "stop" }
    return reason
  }

  /// The reason behind OpenAI's word, beside which the provider's own may stand.
  init(openAI word: String, native: String?, stopText: String? = nil) {
    if let kind = Kind(rawValue: word) {
      self.init(kind, native: native, stopText: stopText)
    } else {
      self.init(native: word)
      self.native = native ?? word
      self.stopText = stopText
    }
  }
}

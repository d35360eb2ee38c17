import Core
import JSON
import Ledger

/// `usage` in Bedrock's format, where `inputTokens` are those that neither came from the cache nor went into it.
enum BedrockUsage {
  /// The counts in OpenAI's convention; nil when none are said.
  static func read(_ value: JSONValue) -> AnswerUsage? {
    guard value["inputTokens"] != nil || value["outputTokens"] != nil else { return nil }
    func count(_ value: JSONValue?) -> Int64 { min(max(value?.integerValue ?? 0, 0), Usage.plausibleTokens) }
    let read = count(value["cacheReadInputTokens"])
    let written = count(value["cacheWriteInputTokens"])
    var usage = AnswerUsage(
      Usage(
        promptTokens: count(value["inputTokens"]) + read + written, completionTokens: count(value["outputTokens"]),
        cachedTokens: read, cacheWriteTokens: written
      ).clamped)
    let long = (value["cacheDetails"]?.arrayValue ?? []).filter { $0["ttl"]?.stringValue == "1h" }
    // The parts of a hostile answer may be many; their sum stays a number.
    let sum = long.reduce(Int64(0)) { min($0 + count($1["inputTokens"]), Usage.plausibleTokens) }
    usage.longCacheWriteTokens = min(sum, usage.counts.cacheWriteTokens)
    return usage
  }
}

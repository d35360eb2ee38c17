import Core
import JSON
import Ledger

/// `usage` in Anthropic's format, where `input_tokens` are those that neither came from the cache nor went into it. In a
/// stream the counts come in two parts, of which the later one holds what it says.
struct AnthropicUsage {
  private var input: Int64?
  private var cacheRead: Int64?
  private var cacheWrite: Int64?
  private var longCacheWrite: Int64?
  private var output: Int64?
  private var thinking: Int64?
  private var searches: Int64?
  /// The tier in OpenAI's words; nil where the provider does not say.
  private(set) var serviceTier: String?

  /// Takes a `usage` object; what it does not say stays as it was.
  mutating func take(_ value: JSONValue) {
    func note(_ name: String, _ value: JSONValue?, _ field: inout Int64?) {
      if let count = value?[name]?.integerValue { field = min(max(count, 0), Usage.plausibleTokens) }
    }
    note("input_tokens", value, &input)
    note("cache_read_input_tokens", value, &cacheRead)
    note("cache_creation_input_tokens", value, &cacheWrite)
    note("ephemeral_1h_input_tokens", value["cache_creation"], &longCacheWrite)
    note("output_tokens", value, &output)
    note("thinking_tokens", value["output_tokens_details"], &thinking)
    note("web_search_requests", value["server_tool_use"], &searches)
    if let tier = value["service_tier"]?.stringValue { serviceTier = tier == "standard" ? "default" : tier }
  }

  /// The counts in OpenAI's convention; nil while none has been said.
  var answerUsage: AnswerUsage? {
    guard input != nil || output != nil else { return nil }
    let read = cacheRead ?? 0
    let write = cacheWrite ?? 0
    var usage = AnswerUsage(
      Usage(
        promptTokens: (input ?? 0) + read + write, completionTokens: output ?? 0, cachedTokens: read,
        cacheWriteTokens: write, reasoningTokens: thinking ?? 0
      ).clamped)
    usage.longCacheWriteTokens = min(longCacheWrite ?? 0, usage.counts.cacheWriteTokens)
    usage.webSearches = searches ?? 0
    return usage
  }

  /// The tiers besides `standard` that the format has a word for; all others become that.
  private static let tiers: Set<String> = ["priority", "batch"]

  /// The object for the end of an answer, with what OpenRouter adds. Members that a whole answer has and a stream's last
  /// event has not come with `isWhole`.
  static func object(_ usage: AnswerUsage?, serviceTier: String?, isWhole: Bool) -> JSONValue {
    let usage = usage ?? AnswerUsage(.zero)
    let counts = usage.counts
    var writer = ObjectWriter([
      ("input_tokens", .integer(counts.promptTokens - counts.cachedTokens - counts.cacheWriteTokens)),
      ("output_tokens", .integer(counts.completionTokens)),
      (
        "output_tokens_details",
        counts.reasoningTokens > 0 ? .object([("thinking_tokens", .integer(counts.reasoningTokens))]) : .null
      ),
      ("cache_creation_input_tokens", .integer(counts.cacheWriteTokens)),
      ("cache_read_input_tokens", .integer(counts.cachedTokens)),
      (
        "server_tool_use",
        usage.webSearches > 0
          ? .object([
            ("web_search_requests", .integer(usage.webSearches)), ("web_fetch_requests", .integer(0)),
          ]) : .null
      ),
    ])
    if isWhole {
      writer.add("cache_creation", creation(usage))
      writer.add("inference_geo", .null)
      writer.add("service_tier", serviceTier.flatMap { tiers.contains($0) ? $0 : nil } ?? "standard")
    }
    if usage.isEstimated { writer.add("is_estimated", true) }
    writer.add("cost", usage.cost)
    return writer.value
  }

  /// A provider's own object with the cost in it (nil: not known). With an `estimate` it is given instead of the counts.
  static func priced(
    _ reported: [(key: String, value: JSONValue)], _ estimate: AnswerUsage?, _ cost: Money?
  ) -> JSONValue {
    let counted = estimate.map { object($0, serviceTier: nil, isWhole: false).objectValue ?? [] } ?? reported
    return .object(counted.filter { $0.key != "cost" } + [("cost", cost.map { .number($0.dollars) } ?? .null)])
  }

  private static func creation(_ usage: AnswerUsage) -> JSONValue {
    guard usage.counts.cacheWriteTokens > 0 else { return .null }
    return .object([
      ("ephemeral_5m_input_tokens", .integer(usage.counts.cacheWriteTokens - usage.longCacheWriteTokens)),
      ("ephemeral_1h_input_tokens", .integer(usage.longCacheWriteTokens)),
    ])
  }
}

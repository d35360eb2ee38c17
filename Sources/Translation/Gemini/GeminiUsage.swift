import JSON
import Ledger

/// `usageMetadata` in Google's format, where thoughts are counted beside the answer's tokens and the results of the
/// provider's own tools beside the prompt's. In a stream every count is of all so far; the last one holds.
struct GeminiUsage {
  private var prompt: Int64?
  private var toolPrompt: Int64?
  private var cached: Int64?
  private var candidates: Int64?
  private var thoughts: Int64?
  private var promptAudio: Int64?
  private var candidatesAudio: Int64?
  private var candidatesImages: Int64?
  /// Searches the provider made for the answer.
  var searches: Int64 = 0
  /// The tier in OpenAI's words; nil where the provider does not say.
  private(set) var serviceTier: String?

  /// Takes a `usageMetadata` object; what it does not say stays as it was.
  mutating func take(_ value: JSONValue) {
    func note(_ name: String, _ field: inout Int64?) {
      if let count = value[name]?.integerValue { field = min(max(count, 0), Usage.plausibleTokens) }
    }
    note("promptTokenCount", &prompt)
    note("toolUsePromptTokenCount", &toolPrompt)
    note("cachedContentTokenCount", &cached)
    note("candidatesTokenCount", &candidates)
    note("thoughtsTokenCount", &thoughts)
    noteDetails(value["promptTokensDetails"], "AUDIO", &promptAudio)
    noteDetails(value["candidatesTokensDetails"], "AUDIO", &candidatesAudio)
    noteDetails(value["candidatesTokensDetails"], "IMAGE", &candidatesImages)
    if let tier = value["serviceTier"]?.stringValue ?? value["trafficType"]?.stringValue {
      serviceTier = GeminiServiceTier.openAI(tier)
    }
  }

  private func noteDetails(_ value: JSONValue?, _ modality: String, _ field: inout Int64?) {
    guard let details = value?.arrayValue else { return }
    let counts = details.filter { $0["modality"]?.stringValue == modality }.compactMap {
      $0["tokenCount"]?.integerValue
    }
    field = counts.reduce(0) { min($0 + min(max($1, 0), Usage.plausibleTokens), Usage.plausibleTokens) }
  }

  /// The counts in OpenAI's convention; nil while none has been said.
  var answerUsage: AnswerUsage? {
    guard prompt != nil || candidates != nil || thoughts != nil else { return nil }
    var usage = AnswerUsage(
      Usage(
        promptTokens: (prompt ?? 0) + (toolPrompt ?? 0), completionTokens: (candidates ?? 0) + (thoughts ?? 0),
        cachedTokens: cached ?? 0, reasoningTokens: thoughts ?? 0, audioPromptTokens: promptAudio ?? 0,
        audioCompletionTokens: candidatesAudio ?? 0, imageCompletionTokens: candidatesImages ?? 0
      ).clamped)
    usage.webSearches = searches
    return usage
  }

  /// The object for the end of an answer.
  static func object(_ usage: AnswerUsage) -> JSONValue {
    let counts = usage.counts
    var writer = ObjectWriter([("promptTokenCount", .integer(counts.promptTokens))])
    if counts.cachedTokens > 0 { writer.add("cachedContentTokenCount", counts.cachedTokens) }
    writer.add("candidatesTokenCount", counts.completionTokens - counts.reasoningTokens)
    if counts.reasoningTokens > 0 { writer.add("thoughtsTokenCount", counts.reasoningTokens) }
    writer.add("totalTokenCount", counts.promptTokens + counts.completionTokens)
    let said = counts.completionTokens - counts.reasoningTokens
    writer.add("promptTokensDetails", details(counts.promptTokens, [("AUDIO", counts.audioPromptTokens)]))
    writer.add(
      "candidatesTokensDetails",
      details(said, [("IMAGE", counts.imageCompletionTokens), ("AUDIO", counts.audioCompletionTokens)]))
    return writer.value
  }

  /// Counts by what the tokens are; nil where all are of text.
  private static func details(_ all: Int64, _ parts: [(modality: String, count: Int64)]) -> JSONValue? {
    let parts = parts.filter { $0.count > 0 }
    if parts.isEmpty { return nil }
    let text = all - parts.reduce(0) { $0 + $1.count }
    let counts = (text > 0 ? [("TEXT", text)] : []) + parts.map { ($0.modality, $0.count) }
    return .array(counts.map { .object([("modality", .string($0.0)), ("tokenCount", .integer($0.1))]) })
  }
}

/// Tiers of service in Google's words.
enum GeminiServiceTier {
  /// OpenAI's word for a tier of the Gemini API (`standard`) or of Vertex (`ON_DEMAND_PRIORITY`).
  static func openAI(_ word: String) -> String {
    let word = word.lowercased()
    if word.hasSuffix("priority") { return "priority" }
    if word.hasSuffix("flex") { return "flex" }
    return ["standard", "unspecified", "on_demand", "traffic_type_unspecified"].contains(word) ? "default" : word
  }

  /// Google's word for one of OpenAI's; nil for a tier it does not have.
  static func word(_ tier: String) -> String? {
    switch tier {
    case "default": "standard"
    case "flex", "priority": tier
    default: nil
    }
  }
}

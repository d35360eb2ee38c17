import Core
import JSON
import Ledger

/// `usage` in Cohere's format: tokens that are billed and tokens that were used, of which those from the cache are a part.
enum CohereUsage {
  /// The counts in OpenAI's convention, those that are billed where they are said; nil when none are.
  static func read(_ value: JSONValue) -> AnswerUsage? {
    func count(_ name: String) -> Int64? {
      // Counts are written as numbers with a fraction: `12.0`.
      let number = value["billed_units"]?[name]?.doubleValue ?? value["tokens"]?[name]?.doubleValue
      return number.map(whole)
    }
    let input = count("input_tokens")
    let output = count("output_tokens")
    guard input != nil || output != nil else { return nil }
    var usage = AnswerUsage(
      Usage(
        promptTokens: input ?? 0, completionTokens: output ?? 0,
        cachedTokens: value["cached_tokens"]?.doubleValue.map(whole) ?? 0
      ).clamped)
    usage.webSearches = value["billed_units"]?["search_units"]?.doubleValue.map(whole) ?? 0
    return usage
  }

  private static func whole(_ number: Double) -> Int64 {
    number > 0 ? Int64(min(number, Double(Usage.plausibleTokens))) : 0
  }
}

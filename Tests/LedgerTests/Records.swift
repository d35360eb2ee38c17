import Core
import Ledger

/// Records for tests.
enum Records {
  static func opening(_ id: String = "gen-1", at milliseconds: Int64 = 1_795_196_148_123, key: Int64 = 1) -> Opening {
    Opening(
      id: id, requestID: "req-1", createdAt: milliseconds, keyID: key, workspace: "w", apiType: .completions,
      isStreamed: true, requestedModel: "openai/gpt-4o", session: "s-1", user: "ünïcode", referer: "https://a.example",
      title: "An app", userAgent: "curl/8", images: 1, promptBound: 1200, hold: Money(units: 9_000_000_000),
      costIfUnknown: Money(units: 3_000_000_000), decision: Array(#"{"seed":1}"#.utf8))
  }

  static func ending(_ outcome: Outcome = .complete, cost: Int64 = 2_500_000) -> Ending {
    Ending(
      outcome: outcome, status: 200,
      served: Ending.Served(
        model: "openai/gpt-4o", provider: "openai", providerName: "OpenAI", endpoint: "openai/fp8", region: "us",
        trainsOnData: false, retentionDays: 30, upstreamID: "chatcmpl-1"),
      attempts: [
        AttemptRecord(
          provider: "azure", endpoint: "azure", model: "openai/gpt-4o", status: 429, milliseconds: 80,
          result: "rateLimited"),
        AttemptRecord(
          provider: "openai", endpoint: "openai/fp8", model: "openai/gpt-4o", status: 200, startMilliseconds: 81,
          milliseconds: 300, result: "served"),
      ],
      usage: Usage(promptTokens: 100, completionTokens: 50, cachedTokens: 64, reasoningTokens: 10),
      prices: PriceList(prompt: Money(units: 2_500_000), completion: Money(units: 10_000_000)),
      cost: Money(units: cost), upstreamCost: nil, firstTokenMilliseconds: 381, generationMilliseconds: 900,
      totalMilliseconds: 1281, finishReason: "stop", nativeFinishReason: "stop")
  }

  /// The longest ending there can be.
  static var longestEnding: Ending {
    let long = String(repeating: "x", count: 1000)
    let most = Int64.min
    let attempt = AttemptRecord(
      provider: long, endpoint: long, model: long, status: most, startMilliseconds: most, milliseconds: most,
      result: long)
    let price = Money(units: most)
    return Ending(
      outcome: .unknown, status: most,
      served: Ending.Served(
        model: long, provider: long, providerName: long, endpoint: long, region: long, trainsOnData: true,
        retentionDays: most, zdr: true, upstreamID: long),
      attempts: Array(repeating: attempt, count: 50),
      usage: Usage(
        promptTokens: most, completionTokens: most, cachedTokens: most, cacheWriteTokens: most, reasoningTokens: most,
        audioPromptTokens: most, audioCompletionTokens: most, imageCompletionTokens: most),
      prices: PriceList(
        prompt: price, completion: price, cacheRead: price, cacheWrite: price, reasoning: price, request: price,
        image: price),
      cost: price, upstreamCost: price, firstTokenMilliseconds: most, generationMilliseconds: most,
      totalMilliseconds: most, finishReason: long, nativeFinishReason: long, serviceTier: long,
      dropped: long)
  }
}

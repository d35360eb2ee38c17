import Core

/// What a request can cost at most, at the dearest endpoint it may reach. A pure function of the request's size and prices;
/// what a hold is made of.
package struct CostBound: Sendable, Hashable {
  /// What bounds the tokens of a request.
  package struct Request: Sendable, Hashable {
    /// Bytes of its text: everything but media. No tokenizer makes more tokens than bytes.
    package var textBytes: Int64
    /// Pictures in the prompt.
    package var images: Int64
    /// Bytes of sound and of documents in the prompt, as sent.
    package var mediaBytes: Int64
    /// `max_completion_tokens`, else `max_tokens`; nil when neither is set.
    package var maxTokens: Int64?
    /// How many answers are asked for. At least 1.
    package var choices: Int64
    /// Whether the answer has tokens: not for embeddings.
    package var hasCompletion: Bool

    /// The size of a request.
    package init(
      textBytes: Int64, images: Int64 = 0, mediaBytes: Int64 = 0, maxTokens: Int64? = nil, choices: Int64 = 1,
      hasCompletion: Bool = true
    ) {
      self.textBytes = textBytes
      self.images = images
      self.mediaBytes = mediaBytes
      self.maxTokens = maxTokens
      self.choices = choices
      self.hasCompletion = hasCompletion
    }
  }

  /// What bounds the cost at an endpoint.
  package struct Endpoint: Sendable, Hashable {
    /// What it charges; nil when unknown.
    package var prices: PriceList?
    /// Most tokens of prompt and answer together; nil when unknown.
    package var contextLength: Int64?
    /// Most tokens of an answer; nil when unknown.
    package var maxCompletionTokens: Int64?

    /// An endpoint.
    package init(prices: PriceList?, contextLength: Int64? = nil, maxCompletionTokens: Int64? = nil) {
      self.prices = prices
      self.contextLength = contextLength
      self.maxCompletionTokens = maxCompletionTokens
    }
  }

  /// Tokens of a picture at most, for models that count a dozen tiles of some hundred tokens. One family counts more
  /// (33 times, at a thirtieth of the price); what it charges above the hold is recorded and reported.
  package static let tokensPerImage: Int64 = 6_000
  /// Bytes of sound or of a document, as sent, that make at most a token: 32 tokens a second at 16 kbit/s are 62.
  package static let mediaBytesPerToken: Int64 = 50
  /// Tokens that a provider's template may add around the messages.
  package static let templateTokens: Int64 = 64
  /// Most tokens of an answer where neither the request nor the catalogue says anything: the longest that providers
  /// offered in November 2026.
  package static let unboundedCompletion: Int64 = 131_072

  /// What the request costs at most.
  package var cost: Money
  /// What its prompt alone costs at most: the charge when nobody ever learns how the request ended.
  package var promptCost: Money
  /// Tokens of the prompt at most.
  package var promptTokens: Int64
  /// Tokens of all answers at most.
  package var completionTokens: Int64
  /// The price of a completion token at the dearest endpoint.
  package var completionPrice: Money

  /// A bound.
  package init(
    cost: Money, promptCost: Money, promptTokens: Int64, completionTokens: Int64, completionPrice: Money
  ) {
    self.cost = cost
    self.promptCost = promptCost
    self.promptTokens = promptTokens
    self.completionTokens = completionTokens
    self.completionPrice = completionPrice
  }

  /// The bound at one endpoint; nil when its price is unknown.
  package static func of(_ request: Request, at endpoint: Endpoint) -> CostBound? {
    guard let prices = endpoint.prices else { return nil }
    let prompt = promptTokens(request, at: endpoint)
    var completion: Int64 = 0
    if request.hasCompletion {
      let most = endpoint.maxCompletionTokens ?? endpoint.contextLength ?? unboundedCompletion
      completion = clamp(max(1, request.choices), times: max(0, min(request.maxTokens ?? most, most)))
    }
    let promptPrice = max(prices.prompt, prices.cacheRead, prices.cacheWrite)
    let completionPrice = max(prices.completion, prices.reasoning)
    let fixed = saturating(prices.request, plus: prices.image, times: max(0, request.images))
    let promptCost = saturating(fixed, plus: promptPrice, times: prompt)
    return CostBound(
      cost: saturating(promptCost, plus: completionPrice, times: completion), promptCost: promptCost,
      promptTokens: prompt, completionTokens: completion, completionPrice: completionPrice)
  }

  /// The higher of two bounds; one that is nil, because an endpoint has no price, does not count.
  package static func dearer(_ a: CostBound?, _ b: CostBound?) -> CostBound? {
    guard let a, let b else { return a ?? b }
    return a.cost < b.cost ? b : a
  }

  /// Tokens of the prompt at most: what its bytes and parts allow, but no more than fits into the endpoint, which refuses
  /// longer prompts.
  package static func promptTokens(_ request: Request, at endpoint: Endpoint) -> Int64 {
    let images = clamp(max(0, request.images), times: tokensPerImage)
    let media = max(0, request.mediaBytes) / mediaBytesPerToken + (request.mediaBytes > 0 ? 1 : 0)
    let text = min(max(0, request.textBytes), Usage.plausibleTokens)
    let tokens = min(Usage.plausibleTokens, text + templateTokens + images + min(media, Usage.plausibleTokens))
    return min(tokens, endpoint.contextLength ?? .max)
  }

  /// How many completion tokens fit into `money`, prompt and all; nil when they cost nothing.
  package func completionTokens(within money: Money) -> Int64? {
    guard completionPrice > .zero else { return nil }
    return max(0, (money.units - promptCost.units) / completionPrice.units)
  }

  private static func clamp(_ count: Int64, times tokens: Int64) -> Int64 {
    let (product, overflow) = count.multipliedReportingOverflow(by: tokens)
    return overflow ? Usage.plausibleTokens : min(product, Usage.plausibleTokens)
  }

  private static func saturating(_ sum: Money, plus price: Money, times count: Int64) -> Money {
    price.multiplied(by: count).flatMap { sum.adding($0) } ?? Money(units: .max)
  }
}

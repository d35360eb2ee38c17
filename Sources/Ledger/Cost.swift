import Core

/// What one answer costs; a pure function of counts and prices.
package enum Cost {
  /// The exact cost of `usage` at `prices`, with `images` input images. Counts are clamped first. Nil only when the sum
  /// leaves the range of `Money` (9.2 million USD).
  package static func of(_ usage: Usage, at prices: PriceList, images: Int64 = 0) -> Money? {
    let usage = usage.clamped
    let parts: [(Int64, Money)] = [
      (usage.promptTokens - usage.cachedTokens - usage.cacheWriteTokens, prices.prompt),
      (usage.cachedTokens, prices.cacheRead),
      (usage.cacheWriteTokens, prices.cacheWrite),
      (usage.completionTokens - usage.reasoningTokens, prices.completion),
      (usage.reasoningTokens, prices.reasoning),
      (1, prices.request),
      (images, prices.image),
    ]
    var sum = Money.zero
    for (count, price) in parts {
      guard let product = price.multiplied(by: count), let next = sum.adding(product) else { return nil }
      sum = next
    }
    return sum
  }
}

import Core

/// What an endpoint charges. Every member is exact; a price per token is in 10⁻¹² USD per token.
package struct PriceList: Sendable, Hashable {
  /// Per prompt token that is neither read from nor written to a cache.
  package var prompt: Money
  /// Per completion token that is not a reasoning token.
  package var completion: Money
  /// Per prompt token read from the provider's prompt cache. Default: `prompt`.
  package var cacheRead: Money
  /// Per prompt token written to the provider's prompt cache. Default: `prompt`.
  package var cacheWrite: Money
  /// Per reasoning token. Default: `completion`.
  package var reasoning: Money
  /// Per request, in USD.
  package var request: Money
  /// Per input image, in USD.
  package var image: Money

  /// A price list; what is left out takes the default of the contract (section 2).
  package init(
    prompt: Money, completion: Money, cacheRead: Money? = nil, cacheWrite: Money? = nil, reasoning: Money? = nil,
    request: Money = .zero, image: Money = .zero
  ) {
    self.prompt = prompt
    self.completion = completion
    self.cacheRead = cacheRead ?? prompt
    self.cacheWrite = cacheWrite ?? prompt
    self.reasoning = reasoning ?? completion
    self.request = request
    self.image = image
  }

  /// Nothing costs anything.
  package static let free = PriceList(prompt: .zero, completion: .zero)

  /// Whether every member is zero.
  package var isFree: Bool { self == .free }
}

import Core
import Ledger
import Testing

@Suite("Cost")
struct CostTests {
  /// 2.50 in, 10 out, 0.25 read, 3.125 written, 12 reasoning (USD per million), 1 cent a request, 0.1 cent an image.
  static let prices = PriceList(
    prompt: Money(units: 2_500_000), completion: Money(units: 10_000_000), cacheRead: Money(units: 250_000),
    cacheWrite: Money(units: 3_125_000), reasoning: Money(units: 12_000_000), request: Money(units: 10_000_000_000),
    image: Money(units: 1_000_000_000))

  struct Row: Sendable, CustomTestStringConvertible {
    let usage: Usage
    var images: Int64 = 0
    let dollars: String
    let why: String
    var testDescription: String { why }
  }

  static let rows: [Row] = [
    Row(usage: Usage(promptTokens: 0, completionTokens: 0), dollars: "0.01", why: "an empty answer costs the request"),
    Row(
      usage: Usage(promptTokens: 1000, completionTokens: 500), dollars: "0.0175",
      why: "prompt and completion tokens have their prices"),
    Row(
      usage: Usage(promptTokens: 1000, completionTokens: 0, cachedTokens: 600, cacheWriteTokens: 300),
      dollars: "0.0113375", why: "cached and written tokens are a part of the prompt, not added to it"),
    Row(
      usage: Usage(promptTokens: 0, completionTokens: 100, reasoningTokens: 100), dollars: "0.0112",
      why: "reasoning tokens are a part of the completion, at their own price"),
    Row(
      usage: Usage(promptTokens: 10, completionTokens: 0, cachedTokens: 50, cacheWriteTokens: 50), dollars: "0.0100025",
      why: "more cached tokens than prompt tokens are not believed"),
    Row(
      usage: Usage(promptTokens: -5, completionTokens: -5), dollars: "0.01", why: "negative counts are zero"),
    Row(
      usage: Usage(promptTokens: 0, completionTokens: 0), images: 3, dollars: "0.013",
      why: "each input image has a price"
    ),
  ]

  @Test("The cost is exact", arguments: rows)
  func computes(_ row: Row) {
    #expect(Cost.of(row.usage, at: CostTests.prices, images: row.images)?.dollars == row.dollars)
  }

  @Test("One token at the finest price costs one unit")
  func finest() {
    let prices = PriceList(prompt: Money(units: 1), completion: .zero)
    #expect(Cost.of(Usage(promptTokens: 1, completionTokens: 0), at: prices) == Money(units: 1))
  }

  @Test("Prices that are left out take their defaults")
  func defaults() {
    let prices = PriceList(prompt: Money(units: 3), completion: Money(units: 5))
    #expect(prices.cacheRead.units == 3)
    #expect(prices.cacheWrite.units == 3)
    #expect(prices.reasoning.units == 5)
    #expect(prices.request == .zero)
    #expect(!prices.isFree)
    #expect(PriceList.free.isFree)
  }

  @Test("A cost beyond the range of money is nil")
  func overflow() {
    let prices = PriceList(prompt: Money(units: .max / 2), completion: .zero)
    #expect(Cost.of(Usage(promptTokens: 3, completionTokens: 0), at: prices) == nil)
  }

  @Test("An absurd token count is capped, so that a broken provider cannot empty an account")
  func caps() {
    let prices = PriceList(prompt: Money(units: 1), completion: .zero)
    #expect(Cost.of(Usage(promptTokens: .max, completionTokens: 0), at: prices)?.units == Usage.plausibleTokens)
  }
}

import Core
import Testing

@Suite("Money")
struct MoneyTests {
  struct Reading: Sendable, CustomTestStringConvertible {
    let text: String
    let exponent: Int
    let units: Int64?
    let why: String
    var testDescription: String { "'\(text)' × 10^\(exponent): \(why)" }
  }

  static let readings: [Reading] = [
    Reading(text: "1", exponent: -6, units: 1_000_000, why: "1 USD per million tokens is a million units per token"),
    Reading(text: "2.50", exponent: -6, units: 2_500_000, why: "trailing zeros mean nothing"),
    Reading(text: "0.000001", exponent: -6, units: 1, why: "the finest price per million"),
    Reading(text: "0.0000001", exponent: -6, units: nil, why: "finer than a unit"),
    Reading(text: "0.0000025", exponent: 0, units: 2_500_000, why: "a price per token, as OpenRouter writes it"),
    Reading(
      text: "0.00000250000000000000000000", exponent: 0, units: 2_500_000, why: "zeros beyond the range of digits"),
    Reading(text: "2.5e-6", exponent: 0, units: 2_500_000, why: "an exponent"),
    Reading(text: "2.5E+1", exponent: 0, units: 25_000_000_000_000, why: "a positive exponent with its sign"),
    Reading(text: "0", exponent: 0, units: 0, why: "nothing"),
    Reading(text: "0.000000000000000000000", exponent: -6, units: 0, why: "nothing with many zeros"),
    Reading(text: ".5", exponent: 0, units: 500_000_000_000, why: "no digit before the point"),
    Reading(text: "5.", exponent: 0, units: 5_000_000_000_000, why: "no digit behind the point"),
    Reading(text: "9223372.036854775807", exponent: 0, units: .max, why: "the largest amount"),
    Reading(text: "9223372.036854775808", exponent: 0, units: nil, why: "one unit more than the largest amount"),
    Reading(text: "99999999999999999999", exponent: 0, units: nil, why: "more digits than fit"),
    Reading(text: "-1", exponent: 0, units: nil, why: "negative"),
    Reading(text: "", exponent: 0, units: nil, why: "empty"),
    Reading(text: ".", exponent: 0, units: nil, why: "a point alone"),
    Reading(text: "1.2.3", exponent: 0, units: nil, why: "two points"),
    Reading(text: "1e", exponent: 0, units: nil, why: "an exponent without digits"),
    Reading(text: "1e999", exponent: 0, units: nil, why: "an absurd exponent"),
    Reading(text: "1,5", exponent: 0, units: nil, why: "a comma"),
    Reading(text: " 1", exponent: 0, units: nil, why: "a space"),
    Reading(text: "NaN", exponent: 0, units: nil, why: "no number"),
  ]

  @Test("Decimals are read exactly or not at all", arguments: readings)
  func reads(_ reading: Reading) {
    #expect(Money(decimal: reading.text, exponent: reading.exponent)?.units == reading.units)
  }

  @Test("A tenth and two tenths are exactly three tenths")
  func addsExactly() throws {
    let tenth = try #require(Money(decimal: "0.1"))
    let fifth = try #require(Money(decimal: "0.2"))
    #expect(tenth.adding(fifth) == Money(decimal: "0.3"))
  }

  @Test("Sums and products that leave the range are nil, never wrapped")
  func overflows() {
    #expect(Money(units: .max).adding(Money(units: 1)) == nil)
    #expect(Money(units: .min).adding(Money(units: -1)) == nil)
    #expect(Money(units: 1 << 40).multiplied(by: 1 << 40) == nil)
    #expect(Money(units: 3).multiplied(by: 4) == Money(units: 12))
  }

  @Test(
    "Amounts are written as plain decimals",
    arguments: [
      (Int64(0), "0"), (1, "0.000000000001"), (2_500_000, "0.0000025"), (12_500_000_000_000, "12.5"),
      (-1_000_000_000_000, "-1"), (Int64.max, "9223372.036854775807"), (Int64.min, "-9223372.036854775808"),
    ])
  func writes(units: Int64, text: String) {
    #expect(Money(units: units).dollars == text)
  }

  @Test("A price per token is written per million, and reading that gives the price back")
  func writesPerMillion() {
    for units in [0, 1, 75_000, 2_500_000, 435_000, 123_456_789] as [Int64] {
      let price = Money(units: units)
      #expect(Money(decimal: price.dollarsPerMillion, exponent: -6) == price)
    }
    #expect(Money(units: 435_000).dollarsPerMillion == "0.435")
  }
}

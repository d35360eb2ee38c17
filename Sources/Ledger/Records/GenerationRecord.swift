import Core

/// The one record of an admitted request: how it began and how it ended.
package struct GenerationRecord: Sendable, Hashable {
  /// What was known at admission.
  package var opening: Opening
  /// What was known at the end.
  package var ending: Ending

  /// A record of a request that has ended.
  package init(opening: Opening, ending: Ending) {
    self.opening = opening
    self.ending = ending
  }

  /// The record of a request whose process ended first. Billed by the policy of `Docs/ledger.md`: the prompt's bound, as
  /// the opening says, and marked as an estimate.
  package init(unknown opening: Opening) {
    self.opening = opening
    ending = Ending(
      outcome: .unknown, status: 0, usage: Usage(promptTokens: opening.promptBound, completionTokens: 0),
      usageSource: .estimated, cost: opening.costIfUnknown)
  }

  /// The UTC day the record counts for: that of the admission, so that a request belongs to the window that admitted it.
  /// Unit: days since 1970.
  package var day: Int64 { UTCDay.of(milliseconds: opening.createdAt) }

  /// The model it counts for: the one that answered, else the one that was asked for.
  package var model: String { ending.served?.model ?? opening.requestedModel }

  /// Whether the charge was higher than what was held for it: the provider counted more than the bound allows.
  package var exceedsHold: Bool { ending.cost > opening.hold && ending.outcome != .unknown }

  /// What the prompt cache changed: positive when it made the prompt cheaper, negative when writing cost extra; nil
  /// without a price or without cached tokens.
  package var cacheDiscount: Money? {
    let usage = ending.usage.clamped
    guard let prices = ending.prices, usage.cachedTokens + usage.cacheWriteTokens > 0,
      let read = Money(units: prices.prompt.units - prices.cacheRead.units).multiplied(by: usage.cachedTokens),
      let written = Money(units: prices.prompt.units - prices.cacheWrite.units).multiplied(by: usage.cacheWriteTokens)
    else { return nil }
    return read.adding(written)
  }
}

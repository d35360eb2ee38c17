import Configuration

/// How many requests may ask a second endpoint: a share of all requests, saved up a little. Belongs to one loop.
struct HedgeBudget {
  /// Most hedges that can be saved up.
  private static let most = 10.0
  private var credit = 1.0

  /// Counts a request that could be hedged.
  mutating func note(_ settings: HedgeSettings) {
    credit = min(HedgeBudget.most, credit + Double(settings.maxExtraPercent) / 100)
  }

  /// Takes one hedge; false when the share is used up or none is allowed.
  mutating func take(_ settings: HedgeSettings) -> Bool {
    guard settings.maxExtraPercent > 0, credit >= 1 else { return false }
    credit -= 1
    return true
  }

  /// Gives one back that could not be used.
  mutating func giveBack() { credit = min(HedgeBudget.most, credit + 1) }
}

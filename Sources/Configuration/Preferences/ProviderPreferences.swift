import Core
import JSON

/// Routing preferences: the `provider` object of a request, of a preset or of the configuration (reference section 3.1).
/// Names of providers are kept in lower case. A class, because a request without preferences shares its defaults.
package final class ProviderPreferences: Sendable {
  /// Providers to try first, in this order; empty: no order given.
  package let order: [FoldedName]
  /// Lists of which an endpoint must be on every one; empty: no restriction.
  package let only: [[FoldedName]]
  /// Never these providers (`ignore` and `avoid`).
  package let ignore: [FoldedName]
  /// Whether providers beyond the primary or beyond `order` may be used.
  package let allowsFallbacks: Bool
  /// Whether an endpoint must support every parameter of the request.
  package let requiresParameters: Bool
  /// Whether endpoints that train on the data, or may, are out.
  package let deniesCollection: Bool
  /// Whether only endpoints that retain nothing are used.
  package let requiresZDR: Bool
  /// Whether only models whose text may be distilled are used.
  package let requiresDistillable: Bool
  /// Allowed quantizations; empty: all.
  package let quantizations: [String]
  /// Most to be paid; nil: no bound.
  package let maxPrice: PriceCeiling?
  /// How to sort; nil: the default.
  package let sort: Sort?
  /// Whether endpoints of all models are sorted together; nil: not said.
  package let partition: Partition?
  /// Least output speed; endpoints below it are tried last. Unit: tokens per second.
  package let minThroughput: PercentileCutoffs?
  /// Longest time to the first token; endpoints above it are tried last. Unit: seconds.
  package let maxLatency: PercentileCutoffs?
  /// Whether nothing at all is preferred, so that none of the above has to be looked at.
  package let isNeutral: Bool

  /// What endpoints are sorted by. Latency and throughput need measurements.
  package enum Sort: String, Sendable, CaseIterable { case price, throughput, latency, exacto }

  /// How a sort treats a chain of models.
  package enum Partition: String, Sendable, CaseIterable {
    /// Each model's endpoints by themselves, models in the order of the chain.
    case model
    /// All endpoints of all models together.
    case none
  }

  /// No preferences.
  package static let neutral = ProviderPreferences(PreferenceMembers())

  /// No preferences.
  package convenience init() { self.init(PreferenceMembers()) }

  /// The preferences that `members` describe.
  package init(_ members: PreferenceMembers) {
    order = members.order ?? []
    only = members.only
    ignore = members.ignore
    allowsFallbacks = members.allowsFallbacks ?? true
    requiresParameters = members.requiresParameters ?? false
    deniesCollection = members.deniesCollection
    requiresZDR = members.requiresZDR
    requiresDistillable = members.requiresDistillable ?? false
    quantizations = members.quantizations ?? []
    maxPrice = members.maxPrice
    sort = members.sort
    partition = members.partition
    minThroughput = members.minThroughput
    maxLatency = members.maxLatency
    isNeutral =
      order.isEmpty && only.isEmpty && ignore.isEmpty && allowsFallbacks && !requiresParameters && !deniesCollection
      && !requiresZDR && !requiresDistillable && quantizations.isEmpty && maxPrice == nil && sort == nil
      && minThroughput == nil && maxLatency == nil
  }

  /// Reads the `provider` member of a request over `defaults`. Throws a 400 that names the field.
  package convenience init(_ value: JSONValue?, over defaults: PreferenceMembers = .init()) throws(GatewayError) {
    self.init(try PreferenceMembers(value).over(defaults))
  }
}

/// Cutoffs at percentiles, counted from the good side: pN is met when N % of requests do at least as well.
package struct PercentileCutoffs: Sendable, Hashable {
  /// Half of the requests; a plain number means this one.
  package var p50: Double?
  /// Three quarters.
  package var p75: Double?
  /// Nine tenths.
  package var p90: Double?
  /// All but one in a hundred.
  package var p99: Double?

  /// No cutoff.
  package init() {}
}

/// Upper bounds of prices; a missing one is no bound. Prices per audio unit are read and have no effect, because no
/// endpoint declares one.
package struct PriceCeiling: Sendable, Hashable {
  /// Per prompt token.
  package var prompt: Money?
  /// Per completion token.
  package var completion: Money?
  /// Per request.
  package var request: Money?
  /// Per input image.
  package var image: Money?

  /// No bound.
  package init() {}
}

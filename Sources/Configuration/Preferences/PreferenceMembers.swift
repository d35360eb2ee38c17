import Core
import JSON

/// The members of a `provider` object as they were written, so that a request's can be laid over a preset's and the
/// configuration's. A missing member is nil.
package struct PreferenceMembers: Sendable, Hashable {
  /// `order`, in lower case.
  package var order: [FoldedName]?
  /// Every list called `only`, in lower case; all of them hold.
  package var only: [[FoldedName]] = []
  /// `ignore` and `avoid`, in lower case.
  package var ignore: [FoldedName] = []
  /// `allow_fallbacks`.
  package var allowsFallbacks: Bool?
  /// `require_parameters`.
  package var requiresParameters: Bool?
  /// Whether `data_collection` is deny.
  package var deniesCollection = false
  /// Whether `zdr` is true.
  package var requiresZDR = false
  /// `enforce_distillable_text`.
  package var requiresDistillable: Bool?
  /// `quantizations`, in lower case, with the variants that a plain name covers.
  package var quantizations: [String]?
  /// `max_price`.
  package var maxPrice: PriceCeiling?
  /// `sort`, or `sort.by`.
  package var sort: ProviderPreferences.Sort?
  /// `sort.partition`.
  package var partition: ProviderPreferences.Partition?
  /// `preferred_min_throughput`. Unit: tokens per second.
  package var minThroughput: PercentileCutoffs?
  /// `preferred_max_latency`. Unit: seconds.
  package var maxLatency: PercentileCutoffs?

  /// No members.
  package init() {}

  /// These members over others: deny lists add up, allow lists and data policies all hold, of the rest the upper one wins.
  /// An order or a sort of the upper one replaces both of the lower one, since a default must not hide a wish.
  package func over(_ lower: PreferenceMembers) -> PreferenceMembers {
    var merged = self
    merged.only = lower.only + only
    merged.ignore = lower.ignore + ignore
    merged.deniesCollection = deniesCollection || lower.deniesCollection
    merged.requiresZDR = requiresZDR || lower.requiresZDR
    if order == nil, sort == nil {
      merged.order = lower.order
      merged.sort = lower.sort
    }
    merged.allowsFallbacks = allowsFallbacks ?? lower.allowsFallbacks
    merged.requiresParameters = requiresParameters ?? lower.requiresParameters
    merged.requiresDistillable = requiresDistillable ?? lower.requiresDistillable
    merged.quantizations = quantizations ?? lower.quantizations
    merged.maxPrice = maxPrice ?? lower.maxPrice
    merged.partition = partition ?? lower.partition
    merged.minThroughput = minThroughput ?? lower.minThroughput
    merged.maxLatency = maxLatency ?? lower.maxLatency
    return merged
  }
}

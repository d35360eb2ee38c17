import Catalog
import Core

/// What will be tried, in order, and what will not, and why. Immutable: the same request, catalogue, health and seed give
/// the same plan. Endpoints that cannot be used just now stand at the end of their model; dispatch asks again when it
/// gets there.
package final class Plan: Sendable {
  /// One try against one endpoint.
  package struct Attempt: Sendable {
    /// The model it serves.
    package let model: CatalogModel
    /// The endpoint.
    package let endpoint: CatalogEndpoint
    /// Why it stands where it stands.
    package let placement: Placement
    /// What it was ordered by; the unit depends on `placement`. Nil when it was ordered by nothing measurable.
    package let score: Double?
    /// The suffixes of the name that led to the model.
    package let variants: ModelVariants
  }

  /// The attempts in order; never empty.
  package let attempts: [Attempt]
  /// The endpoints left out.
  package let exclusions: [Exclusion]
  /// What the model's name or the chain made of the request.
  package let strategy: Strategy
  /// The seed of every draw.
  package let seed: UInt64
  /// Which conversation it belongs to; nil when nothing is to be remembered.
  private let conversation: ConversationHash?

  /// How the request came to its model (reference section 4.4).
  package enum Strategy: String, Sendable {
    /// It named one model.
    case direct
    /// It named one by another name.
    case alias
    /// It asked for the newest of a family.
    case latest
    /// It named several, or one with configured fallbacks.
    case fallback
  }

  init(
    attempts: [Attempt], exclusions: [Exclusion], strategy: Strategy, seed: UInt64, conversation: ConversationHash?
  ) {
    self.attempts = attempts
    self.exclusions = exclusions
    self.strategy = strategy
    self.seed = seed
    self.conversation = conversation
  }

  /// The plan without endpoints whose price is unknown; nil when no other is there.
  package var withoutUnpriced: Plan? { without(.unpriced) { $0.pricing == nil } }

  /// The plan without the endpoints for which `isLeftOut` holds, for a reason; nil when no other is there.
  package func without(_ reason: ExclusionReason, where isLeftOut: (CatalogEndpoint) -> Bool) -> Plan? {
    var kept: [Attempt] = []
    var left: [Exclusion] = []
    for attempt in attempts {
      if isLeftOut(attempt.endpoint) {
        left.append(Exclusion(model: attempt.model, endpoint: attempt.endpoint, reason: reason))
      } else {
        kept.append(attempt)
      }
    }
    if kept.isEmpty { return nil }
    return Plan(
      attempts: kept, exclusions: exclusions + left, strategy: strategy, seed: seed, conversation: conversation)
  }

  /// What to remember a success at an endpoint under, for `StickyTable.remember`; nil when it is not to be remembered:
  /// there was no choice, the caller gave an order, or prompts in that provider's cache are not cheaper and no session id
  /// was given.
  package func stickyKey(for endpoint: CatalogEndpoint) -> StickyKey? {
    guard let conversation, conversation.isExplicit || endpoint.discountsCache else { return nil }
    return conversation.key(model: endpoint.modelID)
  }
}

/// Why an attempt stands where it stands.
package enum Placement: String, Sendable, CaseIterable {
  /// It is the model's only endpoint in question.
  case only
  /// Drawn by price; the score is its weight, the inverse square of USD per million tokens.
  case draw
  /// By price; the score is USD per million tokens, prompt and completion together.
  case price
  /// By speed; the score is tokens per second.
  case throughput
  /// By latency; the score is milliseconds to the first token.
  case latency
  /// By quality: good, unknown or poor; the score is 1, 2 or 3.
  case quality
  /// Named in `order`.
  case order
  /// The conversation's prompt may be cached there.
  case sticky
  /// Put first to be measured, which happens to a small part of the requests.
  case exploration
  /// Behind those that were measured.
  case unmeasured
  /// Behind, because it missed `preferred_min_throughput` or `preferred_max_latency`.
  case belowThreshold = "below_threshold"
  /// Behind, because it lately failed or was slow.
  case outage
  /// Behind, because the provider limits us just now.
  case rateLimited = "rate_limited"
  /// Behind, because its circuit is open.
  case circuitOpen = "circuit_open"

  /// In plain words.
  package var words: String {
    switch self {
    case .only: "the only endpoint"
    case .draw: "drawn by price"
    case .price: "by price"
    case .throughput: "by speed"
    case .latency: "by latency"
    case .quality: "by quality for tools"
    case .order: "named in provider.order"
    case .sticky: "the conversation went there before"
    case .exploration: "first, to be measured"
    case .unmeasured: "behind the measured ones"
    case .belowThreshold: "behind, because it misses a preferred speed or latency"
    case .outage: "behind, because it lately failed or was slow"
    case .rateLimited: "behind, because its provider limits us just now"
    case .circuitOpen: "behind, because its circuit is open"
    }
  }
}

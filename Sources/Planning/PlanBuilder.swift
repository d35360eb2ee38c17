import Catalog
import Configuration
import Core

/// A plan while it is made.
struct PlanBuilder {
  private let request: RoutingRequest
  private let context: PlanningContext
  private let eligibility: Eligibility
  /// The eligible endpoints, model after model.
  private var candidates: [Candidate] = []
  private(set) var exclusions: [Exclusion] = []
  private(set) var attempts: [Plan.Attempt] = []
  private var conversation: ConversationHash?

  /// An empty plan.
  init(_ request: RoutingRequest, _ context: PlanningContext) {
    self.request = request
    self.context = context
    eligibility = Eligibility(request)
  }

  // MARK: Filter

  /// Adds the eligible endpoints of a model, and the reasons of the others.
  mutating func filter(_ resolution: ModelResolution, leastTokens: () -> Int) {
    let model = resolution.model
    if let reason = eligibility.exclusion(of: model) {
      for endpoint in model.endpoints { exclusions.append(Exclusion(model: model, endpoint: endpoint, reason: reason)) }
      return
    }
    let tiers = TierAdmission(request, resolution)
    var found: [Candidate] = []
    found.reserveCapacity(model.endpoints.count)
    for endpoint in model.endpoints {
      if let reason = eligibility.exclusion(of: endpoint, variants: resolution.variants, tiers: tiers) {
        exclusions.append(Exclusion(model: model, endpoint: endpoint, reason: reason))
      } else {
        found.append(Candidate(model, endpoint, resolution.variants))
      }
    }
    eligibility.checkLength(&found, &exclusions, leastTokens: leastTokens)
    eligibility.preferDeclared(&found, &exclusions)
    if candidates.isEmpty { candidates = found } else { candidates += found }
  }

  // MARK: Order

  /// Orders the endpoints: by model, or all together.
  mutating func order(_ chain: [ModelResolution], _ opening: () -> UInt64?) {
    if candidates.isEmpty { return }
    if candidates.count == 1 {
      candidates[0].placement = .only
      attempts = [candidates[0].attempt]
      return
    }
    var ordering = Ordering(request, context)
    if (request.preferences.partition ?? request.partition) == ProviderPreferences.Partition.none, chain.count > 1 {
      orderTogether(&ordering)
    } else {
      orderByModel(chain, &ordering, opening)
    }
    cut()
  }

  /// All endpoints of all models in one order; without a sort, by price.
  private mutating func orderTogether(_ ordering: inout Ordering) {
    let way: Ordering.Way
    if !request.preferences.order.isEmpty {
      way = .order
    } else {
      switch request.preferences.sort {
      case .throughput: way = .throughput
      case .latency: way = .latency
      case .price, .exacto, nil: way = .price
      }
    }
    var all = take()
    ordering.arrange(&all, way)
    keepPrimary(&all)
    candidates = all
  }

  /// The candidates, to be worked on and put back.
  private mutating func take() -> [Candidate] {
    var taken: [Candidate] = []
    swap(&taken, &candidates)
    return taken
  }

  private mutating func orderByModel(
    _ chain: [ModelResolution], _ ordering: inout Ordering, _ opening: () -> UInt64?
  ) {
    if chain.count == 1 {
      var all = take()
      arrange(&all, chain[0], &ordering, opening)
      candidates = all
      return
    }
    var ordered: [Candidate] = []
    ordered.reserveCapacity(candidates.count)
    for resolution in chain {
      var part = candidates.filter { $0.model === resolution.model && $0.variants == resolution.variants }
      if part.isEmpty { continue }
      arrange(&part, resolution, &ordering, opening)
      ordered += part
    }
    candidates = ordered
  }

  private mutating func arrange(
    _ part: inout [Candidate], _ resolution: ModelResolution, _ ordering: inout Ordering, _ opening: () -> UInt64?
  ) {
    let way = ordering.way(resolution)
    ordering.arrange(&part, way)
    if way != .order, part.count > 1 { stick(&part, ordering, opening) }
    keepPrimary(&part)
  }

  private mutating func stick(_ part: inout [Candidate], _ ordering: Ordering, _ opening: () -> UInt64?) {
    guard let table = context.sticky else { return }
    let hasSession = request.conversation.sessionID != nil
    guard hasSession || part.contains(where: { $0.endpoint.discountsCache }) else { return }
    if conversation == nil { conversation = ConversationHash(request.conversation, opening: opening) }
    guard let key = conversation?.key(model: part[0].model.id), let last = table.endpoint(key, now: context.now) else {
      return
    }
    ordering.stick(&part, to: last)
  }

  /// Without fallbacks only the first endpoint stays, or those that `order` names.
  private mutating func keepPrimary(_ part: inout [Candidate]) {
    guard !request.preferences.allowsFallbacks else { return }
    let named = request.preferences.order
    let kept =
      named.isEmpty
      ? Array(part.prefix(1)) : part.filter { EndpointName.anyMeans(named, $0.endpoint) }
    for candidate in part where !kept.contains(where: { $0.endpoint === candidate.endpoint }) {
      exclusions.append(Exclusion(model: candidate.model, endpoint: candidate.endpoint, reason: .notInOrder))
    }
    part = kept
  }

  /// Keeps the order, drops what is too much: one attempt of every model is kept before any second one.
  private mutating func cut() {
    attempts.reserveCapacity(min(candidates.count, context.maxAttempts))
    if candidates.count <= context.maxAttempts {
      for candidate in candidates { attempts.append(candidate.attempt) }
      return
    }
    var seen: [CatalogModel] = []
    for candidate in candidates where !seen.contains(where: { $0 === candidate.model }) { seen.append(candidate.model) }
    var left = max(0, context.maxAttempts - seen.count)
    seen.removeAll(keepingCapacity: true)
    for candidate in candidates {
      if !seen.contains(where: { $0 === candidate.model }) {
        seen.append(candidate.model)
        attempts.append(candidate.attempt)
      } else if left > 0 {
        left -= 1
        attempts.append(candidate.attempt)
      }
    }
  }

  /// The finished plan.
  func plan(_ strategy: Plan.Strategy) -> Plan {
    Plan(
      attempts: attempts, exclusions: exclusions, strategy: strategy, seed: context.seed, conversation: conversation)
  }
}

import Catalog
import Configuration
import Core

/// A plan while it is made: filter, then order. Candidates of one model are next to each other.
struct PlanBuilder {
  private let request: RoutingRequest
  private let context: PlanningContext
  private let eligibility: Eligibility
  private var candidates: Candidates
  private(set) var exclusions: [Exclusion] = []
  private var conversation: ConversationHash?

  /// An empty plan for a chain.
  init(_ request: RoutingRequest, _ chain: [ModelResolution], _ context: PlanningContext) {
    self.request = request
    self.context = context
    eligibility = Eligibility(request)
    candidates = Candidates(chain)
  }

  /// Whether nothing may serve the request.
  var isEmpty: Bool { candidates.list.isEmpty }

  // MARK: Filter

  /// Adds the eligible endpoints of all models, and the reasons of the others.
  mutating func filter(leastTokens: () -> Int) {
    for index in candidates.chain.indices { filter(index, leastTokens: leastTokens) }
  }

  private mutating func filter(_ place: Int, leastTokens: () -> Int) {
    let resolution = candidates.chain[place]
    let model = resolution.model
    for endpoint in model.disabledEndpoints {
      exclusions.append(Exclusion(model: model, endpoint: endpoint, reason: .disabled))
    }
    if let reason = eligibility.exclusion(of: model) {
      for endpoint in model.endpoints { exclusions.append(Exclusion(model: model, endpoint: endpoint, reason: reason)) }
      return
    }
    let tiers = TierAdmission(request, resolution)
    let start = candidates.list.count
    candidates.list.reserveCapacity(start + model.endpoints.count)
    for (index, endpoint) in model.endpoints.enumerated() {
      if let reason = eligibility.exclusion(of: endpoint, variants: resolution.variants, tiers: tiers) {
        exclusions.append(Exclusion(model: model, endpoint: endpoint, reason: reason))
      } else {
        candidates.list.append(Candidate(model: place, endpoint: index))
      }
    }
    eligibility.checkLength(&candidates, from: start, &exclusions, leastTokens: leastTokens)
    eligibility.preferDeclared(&candidates, from: start, &exclusions)
  }

  // MARK: Order

  /// Orders the endpoints: by model, or all together.
  mutating func order(_ opening: () -> UInt64?) {
    let count = candidates.list.count
    if count < 2 { return }
    var ordering = Ordering(request, context)
    let partition = request.preferences.partition ?? request.partition
    if candidates.chain.count > 1, partition == ProviderPreferences.Partition.none {
      ordering.arrange(&candidates, 0..<count, ordering.wayOfAll)
      keepPrimary(from: 0)
      return
    }
    var start = 0
    while start < candidates.list.count {
      let place = candidates.list[start].model
      var end = start + 1
      while end < candidates.list.count, candidates.list[end].model == place { end += 1 }
      let way = ordering.way(candidates.chain[place])
      ordering.arrange(&candidates, start..<end, way)
      if way != .order, end - start > 1 { stick(start..<end, ordering, opening) }
      start = keepPrimary(from: start, to: end)
    }
  }

  private mutating func stick(_ part: Range<Int>, _ ordering: Ordering, _ opening: () -> UInt64?) {
    guard let table = context.sticky else { return }
    let hasSession = request.conversation.sessionID != nil
    guard hasSession || part.contains(where: { candidates.endpoint(at: $0).discountsCache }) else { return }
    if conversation == nil { conversation = ConversationHash(request.conversation, opening: opening) }
    let model = candidates.chain[candidates.list[part.lowerBound].model].model.id
    guard let key = conversation?.key(model: model), let last = table.endpoint(key, now: context.now) else { return }
    ordering.stick(&candidates, part, to: last)
  }

  /// Without fallbacks only the first endpoint of a part stays, or those that `order` names. Returns the part's new end.
  @discardableResult
  private mutating func keepPrimary(from start: Int, to end: Int? = nil) -> Int {
    let end = end ?? candidates.list.count
    guard !request.preferences.allowsFallbacks else { return end }
    let named = request.preferences.order
    var kept = start
    for index in start..<end {
      let candidate = candidates.list[index]
      let endpoint = candidates.endpoint(candidate)
      if named.isEmpty ? index == start : EndpointName.anyMeans(named, endpoint) {
        candidates.list[kept] = candidate
        kept += 1
      } else {
        let model = candidates.chain[candidate.model].model
        exclusions.append(Exclusion(model: model, endpoint: endpoint, reason: .notInOrder))
      }
    }
    candidates.list.removeSubrange(kept..<end)
    return kept
  }

  // MARK: Result

  /// The finished plan: in order, without what is too much, but with one attempt of every model before any second one.
  func plan(_ strategy: Plan.Strategy) -> Plan {
    Plan(
      attempts: attempts(), exclusions: exclusions, strategy: strategy, seed: context.seed, conversation: conversation)
  }

  private func attempts() -> [Plan.Attempt] {
    let list = candidates.list
    if list.count <= context.maxAttempts { return list.map { candidates.attempt($0) } }
    var seen = Set(list.map(\.model))
    var left = max(0, context.maxAttempts - seen.count)
    return list.compactMap { candidate in
      if seen.remove(candidate.model) == nil {
        guard left > 0 else { return nil }
        left -= 1
      }
      return candidates.attempt(candidate)
    }
  }
}

import Catalog
import Configuration
import Core
import Glibc

/// The order of eligible endpoints (reference sections 3.4 to 3.9). Pure, given the context.
struct Ordering {
  /// How the endpoints of a model, or of a whole chain, are ordered.
  enum Way {
    /// At random by price, the healthy ones first.
    case draw
    /// As `provider.order` names them.
    case order
    /// Cheapest first.
    case price
    /// Fastest first.
    case throughput
    /// The priority tier first, each tier fastest first.
    case priorityTier
    /// Soonest first.
    case latency
    /// Drawn, then by what is known of their quality with tools.
    case quality
  }

  /// One in so many streams sorted by a measurement tries an endpoint that has too few samples first, or it would never
  /// get any. Chosen so that a sort is right for 97 of 100 requests even while endpoints are new.
  private static let explorationPart = 32

  private let request: RoutingRequest
  private let context: PlanningContext
  private var random: SeededGenerator

  /// An order for a request.
  init(_ request: RoutingRequest, _ context: PlanningContext) {
    self.request = request
    self.context = context
    random = SeededGenerator(seed: context.seed)
  }

  /// The way for a model. A suffix stands nearer to its model than `provider.sort`, except `:exacto`, which any explicit
  /// sort overrides.
  func way(_ resolution: ModelResolution) -> Way {
    let preferences = request.preferences
    let variants = resolution.variants
    if !preferences.order.isEmpty { return .order }
    if variants.contains(.nitro), resolution.prefersSpeed || !variants.contains(.floor) { return .throughput }
    if variants.contains(.floor) { return .price }
    switch preferences.sort {
    case .price: return .price
    case .throughput: return .throughput
    case .latency: return .latency
    case .exacto: return .quality
    case nil: break
    }
    switch request.serviceTier {
    case .priority: return .priorityTier
    case .flex where resolution.model.hasFlexTier: return .price
    case .flex, .standard, nil: break
    }
    return variants.contains(.exacto) || request.needs.tools ? .quality : .draw
  }

  /// Puts candidates in order.
  mutating func arrange(_ candidates: inout [Candidate], _ way: Way) {
    if candidates.count == 1 {
      candidates[0].placement = way == .order ? orderPlacement(candidates[0].endpoint) : .only
      return
    }
    switch way {
    case .draw: draw(&candidates)
    case .order: byName(&candidates)
    case .price: byPrice(&candidates)
    case .throughput, .latency, .priorityTier: byMeasurement(&candidates, way)
    case .quality:
      draw(&candidates)
      byQuality(&candidates)
    }
    if request.preferences.minThroughput != nil || request.preferences.maxLatency != nil { pushSlow(&candidates) }
    if let health = context.health { pushUnusable(&candidates, health, way) }
    candidates.sortByPlace()
  }

  private func orderPlacement(_ endpoint: CatalogEndpoint) -> Placement {
    EndpointName.anyMeans(request.preferences.order, endpoint) ? .order : .only
  }

  // MARK: Keys

  /// Draws without replacement, each time with a probability in proportion to the weight: the smaller the exponential
  /// variable of a weight, the earlier. Free endpoints come first; those of unknown price last, as the catalogue has them.
  private mutating func draw(_ candidates: inout [Candidate]) {
    for index in candidates.indices {
      let weight = candidates[index].endpoint.drawWeight
      if weight == .infinity {
        candidates[index].place(.draw, key: -random.unit(), score: weight)
      } else if weight > 0 {
        candidates[index].place(.draw, key: -log(random.unit()) / weight, score: weight)
      } else {
        candidates[index].place(.draw, key: .infinity)
      }
    }
  }

  /// The named ones in the order of the names, then the others by price.
  private func byName(_ candidates: inout [Candidate]) {
    let order = request.preferences.order
    byPrice(&candidates)
    let behind = candidates.count * order.count
    candidates.sortByPlace()
    for index in candidates.indices {
      if let place = order.firstIndex(where: { EndpointName.means($0, candidates[index].endpoint) }) {
        candidates[index].place(.order, key: Double(place * candidates.count + index))
      } else {
        candidates[index].key = Double(behind + index)
      }
    }
  }

  /// Catalogues list a model's endpoints by price, so that equal prices keep the order of the file.
  private func byPrice(_ candidates: inout [Candidate]) {
    for index in candidates.indices {
      let price = candidates[index].endpoint.blendedPrice.map { Double($0.units) / 1_000_000 }
      candidates[index].place(.price, key: price ?? .infinity, score: price)
    }
  }

  /// Those with enough samples first; the others keep their order by price.
  private mutating func byMeasurement(_ candidates: inout [Candidate], _ way: Way) {
    byPrice(&candidates)
    candidates.sortByPlace()
    guard let health = context.health else { return }
    var measured = 0
    for index in candidates.indices {
      let speeds = health.measured(candidates[index].endpoint, now: context.now)
      let tier = way == .priorityTier && candidates[index].endpoint.serviceTier != .priority ? 1e12 : 0
      let value = way == .latency ? speeds.firstToken?.p50 : speeds.throughput?.p50
      if let value {
        measured += 1
        let placement = way == .latency ? Placement.latency : .throughput
        candidates[index].place(placement, key: tier + (way == .latency ? value : 1e9 - value), score: value)
      } else {
        candidates[index].place(.unmeasured, key: tier + 2e9 + Double(index), score: candidates[index].score)
      }
    }
    let unmeasured = candidates.count - measured
    if measured == 0 {
      for index in candidates.indices { candidates[index].placement = .price }
    } else if unmeasured > 0, request.needs.isStream, random.index(below: Ordering.explorationPart) == 0 {
      explore(&candidates, random.index(below: unmeasured))
    }
  }

  private func explore(_ candidates: inout [Candidate], _ number: Int) {
    var number = number
    for index in candidates.indices where candidates[index].placement == .unmeasured {
      if number == 0 { return candidates[index].place(.exploration, key: -1) }
      number -= 1
    }
  }

  private func byQuality(_ candidates: inout [Candidate]) {
    guard let health = context.health else { return }
    for index in candidates.indices {
      let tier = health.qualityTier(candidates[index].endpoint, of: candidates[index].model, now: context.now)
      candidates[index].quality = tier.rawValue
      // Where nothing is known the draw alone decides, and says so.
      guard tier != .unknown else { continue }
      candidates[index].placement = .quality
      candidates[index].score = Double(tier.rawValue)
    }
  }

  // MARK: Groups

  /// Thresholds push down, never out. What is not measured is not known to miss them.
  private func pushSlow(_ candidates: inout [Candidate]) {
    guard let health = context.health else { return }
    let preferences = request.preferences
    for index in candidates.indices {
      let speeds = health.measured(candidates[index].endpoint, now: context.now)
      if let cutoffs = preferences.minThroughput, let speed = speeds.throughput, !cutoffs.areReached(by: speed) {
        candidates[index].push(.belowThreshold, .belowThreshold)
      } else if let cutoffs = preferences.maxLatency, let time = speeds.firstToken, !cutoffs.areKept(by: time) {
        candidates[index].push(.belowThreshold, .belowThreshold)
      }
    }
  }

  /// What cannot be used goes to the end; an endpoint that waits for its probe keeps its place, or it would never be
  /// found out that it works again. Recent outages matter to the draw only: an order or a sort is the caller's will.
  private func pushUnusable(_ candidates: inout [Candidate], _ health: HealthTable, _ way: Way) {
    let isDraw = way == .draw || way == .quality
    for index in candidates.indices {
      let entry = health.entry(candidates[index].endpoint)
      switch entry.cell.isQuiet ? .closed : entry.cell.state(at: context.now) {
      case .closed:
        if isDraw, entry.isInOutage(at: context.now) { candidates[index].push(.outage, .outage) }
      case .probeFree: break
      case .open, .probing: candidates[index].push(.unusable, .circuitOpen)
      case .limited: candidates[index].push(.unusable, .rateLimited)
      }
    }
  }

  /// Puts the endpoint that a conversation went to before first, if nothing speaks against it.
  func stick(_ candidates: inout [Candidate], to identity: UInt64) {
    guard
      let index = candidates.firstIndex(where: { $0.endpoint.identityHash == identity }),
      candidates[index].group == .first
    else { return }
    var chosen = candidates.remove(at: index)
    chosen.placement = .sticky
    candidates.insert(chosen, at: 0)
  }
}

extension PercentileCutoffs {
  /// Whether a speed is at least as high at every given percentile.
  fileprivate func areReached(by speed: EndpointHealthView.Percentiles) -> Bool {
    speed.p50 >= p50 ?? 0 && speed.p75 >= p75 ?? 0 && speed.p90 >= p90 ?? 0 && speed.p99 >= p99 ?? 0
  }

  /// Whether a time in milliseconds is at most as long, in seconds, at every given percentile.
  fileprivate func areKept(by time: EndpointHealthView.Percentiles) -> Bool {
    time.p50 <= (p50 ?? .infinity) * 1000 && time.p75 <= (p75 ?? .infinity) * 1000
      && time.p90 <= (p90 ?? .infinity) * 1000 && time.p99 <= (p99 ?? .infinity) * 1000
  }
}

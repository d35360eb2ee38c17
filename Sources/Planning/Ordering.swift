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

  /// The way for a chain whose endpoints are ordered together; without a sort, by price.
  var wayOfAll: Way {
    if !request.preferences.order.isEmpty { return .order }
    switch request.preferences.sort {
    case .throughput: return .throughput
    case .latency: return .latency
    case .price, .exacto, nil: return .price
    }
  }

  /// Puts a part of the candidates in order.
  mutating func arrange(_ candidates: inout Candidates, _ part: Range<Int>, _ way: Way) {
    if part.count == 1 {
      let isNamed =
        way == .order && EndpointName.anyMeans(request.preferences.order, candidates.endpoint(at: part.lowerBound))
      candidates.list[part.lowerBound].placement = isNamed ? .order : .only
      return
    }
    switch way {
    case .draw: draw(&candidates, part)
    case .order: byName(&candidates, part)
    case .price: byPrice(&candidates, part)
    case .throughput, .latency, .priorityTier: byMeasurement(&candidates, part, way)
    case .quality:
      draw(&candidates, part)
      byQuality(&candidates, part)
    }
    if let health = context.health {
      if request.preferences.minThroughput != nil || request.preferences.maxLatency != nil {
        pushSlow(&candidates, part, health)
      }
      pushUnusable(&candidates, part, health, way)
    }
    candidates.sort(part)
  }

  // MARK: Keys

  /// Draws without replacement, each time with a probability in proportion to the weight: the smaller the exponential
  /// variable of a weight, the earlier. Free endpoints come first; those of unknown price last, as the catalogue has them.
  private mutating func draw(_ candidates: inout Candidates, _ part: Range<Int>) {
    for index in part {
      let weight = candidates.endpoint(at: index).drawWeight
      if weight == .infinity {
        candidates.list[index].place(.draw, key: -random.unit(), score: weight)
      } else if weight > 0 {
        candidates.list[index].place(.draw, key: -log(random.unit()) / weight, score: weight)
      } else {
        candidates.list[index].place(.draw, key: .infinity)
      }
    }
  }

  /// The named ones in the order of the names, then the others by price.
  private func byName(_ candidates: inout Candidates, _ part: Range<Int>) {
    let order = request.preferences.order
    byPrice(&candidates, part)
    candidates.sort(part)
    for index in part {
      let endpoint = candidates.endpoint(at: index)
      if let place = order.firstIndex(where: { EndpointName.means($0, endpoint) }) {
        candidates.list[index].place(.order, key: Double(place))
      } else {
        candidates.list[index].key = Double(order.count)
      }
    }
  }

  /// Catalogues list a model's endpoints by price, so that equal prices keep the order of the file.
  private func byPrice(_ candidates: inout Candidates, _ part: Range<Int>) {
    for index in part {
      if let price = candidates.endpoint(at: index).blendedPrice {
        let dollars = Double(price.units) / 1_000_000
        candidates.list[index].place(.price, key: dollars, score: dollars)
      } else {
        candidates.list[index].place(.price, key: .infinity)
      }
    }
  }

  /// Those with enough samples first; the others keep their order by price.
  private mutating func byMeasurement(_ candidates: inout Candidates, _ part: Range<Int>, _ way: Way) {
    byPrice(&candidates, part)
    guard let health = context.health else { return }
    candidates.sort(part)
    var unmeasured = 0
    for index in part {
      let endpoint = candidates.endpoint(at: index)
      let entry = health.entry(endpoint)
      let tier = way == .priorityTier && endpoint.serviceTier != .priority ? 1e12 : 0
      let value = way == .latency ? entry.firstToken(at: context.now)?.p50 : entry.throughput(at: context.now)?.p50
      if let value {
        candidates.list[index].place(
          way == .latency ? .latency : .throughput, key: tier + (way == .latency ? value : -value), score: value)
      } else {
        unmeasured += 1
        candidates.list[index].place(.unmeasured, key: tier + 1e9, score: candidates.list[index].score)
      }
    }
    if unmeasured == part.count {
      for index in part { candidates.list[index].placement = .price }
    } else if unmeasured > 0, request.needs.isStream, random.index(below: Ordering.explorationPart) == 0 {
      explore(&candidates, part, random.index(below: unmeasured))
    }
  }

  private func explore(_ candidates: inout Candidates, _ part: Range<Int>, _ number: Int) {
    var number = number
    for index in part where candidates.list[index].placement == .unmeasured {
      if number == 0 { return candidates.list[index].place(.exploration, key: -.infinity) }
      number -= 1
    }
  }

  private func byQuality(_ candidates: inout Candidates, _ part: Range<Int>) {
    guard let health = context.health else { return }
    for index in part {
      let model = candidates.chain[candidates.list[index].model].model
      let tier = health.qualityTier(candidates.endpoint(at: index), of: model, now: context.now)
      candidates.list[index].quality = tier.rawValue
      // Where nothing is known the draw alone decides, and says so.
      guard tier != .unknown else { continue }
      candidates.list[index].placement = .quality
      candidates.list[index].score = Double(tier.rawValue)
    }
  }

  // MARK: Groups

  /// Thresholds push down, never out. What is not measured is not known to miss them.
  private func pushSlow(_ candidates: inout Candidates, _ part: Range<Int>, _ health: HealthTable) {
    let minThroughput = request.preferences.minThroughput
    let maxLatency = request.preferences.maxLatency
    for index in part {
      let entry = health.entry(candidates.endpoint(at: index))
      if let minThroughput, let speed = entry.throughput(at: context.now), !minThroughput.areReached(by: speed) {
        candidates.list[index].push(.belowThreshold, .belowThreshold)
      } else if let maxLatency, let time = entry.firstToken(at: context.now), !maxLatency.areKept(by: time) {
        candidates.list[index].push(.belowThreshold, .belowThreshold)
      }
    }
  }

  /// What cannot be used goes to the end; an endpoint that waits for its probe keeps its place, or it would never be
  /// found out that it works again. Recent outages matter to the draw only: an order or a sort is the caller's will.
  private func pushUnusable(
    _ candidates: inout Candidates, _ part: Range<Int>, _ health: HealthTable, _ way: Way
  ) {
    let isDraw = way == .draw || way == .quality
    for index in part {
      let entry = health.entry(candidates.endpoint(at: index))
      switch entry.cell.isQuiet ? .closed : entry.cell.state(at: context.now) {
      case .closed:
        if isDraw, entry.isInOutage(at: context.now) { candidates.list[index].push(.outage, .outage) }
      case .probeFree: break
      case .open, .probing: candidates.list[index].push(.unusable, .circuitOpen)
      case .limited: candidates.list[index].push(.unusable, .rateLimited)
      }
    }
  }

  /// Puts the endpoint that a conversation went to before first, if nothing speaks against it.
  func stick(_ candidates: inout Candidates, _ part: Range<Int>, to identity: UInt64) {
    for index in part where candidates.endpoint(at: index).identityHash == identity {
      guard candidates.list[index].group == .first else { return }
      var chosen = candidates.list.remove(at: index)
      chosen.placement = .sticky
      candidates.list.insert(chosen, at: part.lowerBound)
      return
    }
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

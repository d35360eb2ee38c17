import Catalog
import Core

/// How well an endpoint does with tools: Auto Exacto (reference section 3.6). The raw value is the order.
package enum QualityTier: UInt8, Sendable {
  /// No signal speaks against it.
  case good = 1
  /// Too little is known.
  case unknown = 2
  /// At least one signal does.
  case poor = 3
}

/// What the signals are taken from, for one endpoint.
struct QualitySample {
  /// Attempts of the last 30 minutes.
  var requests: Int
  /// Answers with tool calls of the last 2 hours.
  var toolCallAnswers: Int
  /// Part of these whose calls were sound.
  var soundPart: Double
  /// Median speed. Unit: tokens per second; nil when unknown.
  var throughput: Double?
  /// The configured score; nil: none.
  var benchmark: Double?

  /// Whether there is enough to judge it.
  var isSufficient: Bool { requests >= 100 && toolCallAnswers >= 200 }
}

extension QualityTier {
  /// Providers that a signal needs.
  private static let signalMinimum = 4
  /// Turns a median absolute deviation into a standard deviation.
  private static let deviationFactor = 1.4826
  /// A standard deviation is taken for at least this part of the median: where all do the same, a hair's breadth is no
  /// reason.
  private static let leastDeviation = 0.01

  /// The tiers of all endpoints of a model, in their order.
  static func tiers(_ samples: [QualitySample]) -> [QualityTier] {
    let known = samples.filter(\.isSufficient)
    let speed = limit(known.compactMap(\.throughput), deviations: 1.5)
    let soundness = limit(known.map(\.soundPart), deviations: 2)
    let benchmark = limit(samples.compactMap(\.benchmark), deviations: 2)
    return samples.map { sample in
      guard sample.isSufficient else { return .unknown }
      if let speed, let own = sample.throughput, own < speed { return .poor }
      if let soundness, sample.soundPart < soundness { return .poor }
      if let benchmark, sample.benchmark.map({ $0 < benchmark }) ?? true { return .poor }
      return .good
    }
  }

  /// The value below which a signal is bad; nil when too few providers have it.
  private static func limit(_ values: [Double], deviations: Double) -> Double? {
    guard values.count >= signalMinimum else { return nil }
    let middle = median(values)
    let spread = median(values.map { abs($0 - middle) }) * deviationFactor
    return middle - deviations * max(spread, abs(middle) * leastDeviation)
  }

  private static func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    let half = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2
  }
}

extension HealthTable {
  /// How long tiers are used again. Unit: nanoseconds. Shorter than OpenRouter's 5 minutes, because it costs little.
  static let qualityTime: Int64 = 30_000_000_000

  /// The tier of an endpoint among those of its model, at most 30 s old.
  func qualityTier(_ endpoint: CatalogEndpoint, of model: CatalogModel, now: MonotonicTime) -> QualityTier {
    if let cached = qualities[model.id], cached.until > now.nanoseconds, cached.model === model {
      return cached.tiers[endpoint.index - model.endpoints[0].index]
    }
    let samples = model.endpoints.map { endpoint in
      let entry = entry(endpoint)
      entry.windows?.halfHour.advance(to: now)
      entry.windows?.toolCalls.advance(to: now)
      var requests = entry.windows?.halfHour.sum ?? AttemptCounts()
      var calls = entry.windows?.toolCalls.sum ?? AttemptCounts()
      if let remote = entry.remote?.figures {
        requests += remote.halfHour
        calls += remote.toolCalls
      }
      return QualitySample(
        requests: Int(requests.total), toolCallAnswers: Int(calls.total),
        soundPart: calls.total == 0 ? 0 : Double(calls.succeeded) / Double(calls.total),
        throughput: entry.throughput(at: now)?.p50, benchmark: endpoint.quality)
    }
    let tiers = QualityTier.tiers(samples)
    qualities[model.id] = Qualities(
      model: model, tiers: tiers, until: now.nanoseconds + HealthTable.qualityTime)
    return tiers[endpoint.index - model.endpoints[0].index]
  }

  /// The tiers of a model's endpoints, for a while.
  struct Qualities {
    let model: CatalogModel
    let tiers: [QualityTier]
    let until: Int64
  }
}

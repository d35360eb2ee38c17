import Catalog
import Configuration
import Core

/// Which attempt of a plan comes next: the one place that decides about fallback, repeats and waiting. Pure; the clock,
/// chance and the state of endpoints are passed in. A value of one call.
///
/// The order: the next endpoint of the same model; the model's last endpoint once more when that is safe; a short wait for
/// a provider that named a time; the next model. A request that was refused for what it holds goes to the next model at once.
package struct AttemptSequence: Sendable {
  /// What to do.
  package enum Step: Sendable, Equatable {
    /// Start attempt `index` of the plan now: `admit` has granted it.
    case attempt(Int)
    /// Start attempt `index` at `time`, by way of `resume`.
    case wait(Int, until: MonotonicTime)
    /// Nothing is left to try.
    case giveUp
  }

  /// What stands in the way of an attempt at an endpoint.
  package enum Admission: Sendable, Equatable {
    /// Nothing: the attempt may start, and must, since whoever grants counts it.
    case granted
    /// The provider asked for patience until then.
    case rateLimited(until: MonotonicTime)
    /// The endpoint has failed too often lately; it is tried again then.
    case circuitOpen(until: MonotonicTime)
    /// The model has had its share of extra attempts.
    case overBudget
  }

  /// An endpoint that was passed over without an attempt.
  package struct Skip: Sendable, Equatable {
    /// Its place in the plan.
    package let index: Int
    /// Why.
    package let admission: Admission

    /// An endpoint at place `index`.
    package init(index: Int, admission: Admission) {
      self.index = index
      self.admission = admission
    }
  }

  /// Grants or refuses an attempt: its index in the plan, and whether it is an extra one for its model.
  package typealias Admit = (_ index: Int, _ isExtra: Bool) -> Admission

  /// Endpoints passed over so far, in order.
  package private(set) var skips: [Skip] = []
  /// Attempts started so far.
  package private(set) var started = 0

  private let attempts: [Plan.Attempt]
  private let rules: RetrySettings
  /// Attempts per place of the plan.
  private var tries: [Int]
  /// Places that named a time, and the time.
  private var patience: [(index: Int, until: MonotonicTime)] = []
  /// First places of models that refused the request itself.
  private var refused: [Int] = []
  private var hasWaited = false

  /// The sequence over a plan's attempts.
  package init(_ attempts: [Plan.Attempt], rules: RetrySettings) {
    self.attempts = attempts
    self.rules = rules
    tries = [Int](repeating: 0, count: attempts.count)
  }

  /// The first attempt.
  package mutating func first(now: MonotonicTime, admit: Admit) -> Step {
    advance(after: -1, now: now, admit: admit)
  }

  /// What follows the failure of attempt `index`. `random` in 0..<1 spreads repeats.
  package mutating func next(
    after index: Int, _ error: GatewayError, now: MonotonicTime, random: Double, admit: Admit
  ) -> Step {
    switch error.kind {
    case .providerRejected, .contextLengthExceeded, .moderated:
      // Another endpoint of the model would say the same.
      refused.append(firstPlace(of: index))
      return advance(after: index, now: now, admit: admit)
    default: break
    }
    if let seconds = error.retryAfterSeconds {
      patience.append((index, now.adding(milliseconds: Int64(seconds) * 1000)))
    }
    if isLastOfModel(index), error.resend == .safe, error.kind != .rateLimited, error.retryAfterSeconds == nil,
      tries[index] < rules.attemptsPerEndpoint, hasRoom(forExtraOf: index)
    {
      return .wait(index, until: now.adding(milliseconds: rules.backoff(tries[index], random: random)))
    }
    return advance(after: index, now: now, admit: admit)
  }

  /// The time of a `wait` has come.
  package mutating func resume(_ index: Int, now: MonotonicTime, admit: Admit) -> Step {
    let admission = admit(index, true)
    if admission == .granted { return start(index) }
    skips.append(Skip(index: index, admission: admission))
    return advance(after: index, now: now, admit: admit)
  }

  /// The next endpoint of the same model that may be started beside or after attempt `index`, without waiting and without
  /// leaving the model: for a hedge or a rescue. Nil when there is none.
  package mutating func sibling(of index: Int, admit: Admit) -> Int? {
    for place in attempts.indices.dropFirst(index + 1)
    where attempts[place].model === attempts[index].model && tries[place] == 0 {
      guard hasRoom(forExtraOf: place) else { return nil }
      let admission = admit(place, true)
      if admission == .granted {
        _ = start(place)
        return place
      }
      skips.append(Skip(index: place, admission: admission))
      if admission == .overBudget { return nil }
    }
    return nil
  }

  /// Whether an endpoint of the same model stands behind attempt `index` that has not been tried.
  package func hasSibling(of index: Int) -> Bool {
    attempts.indices.dropFirst(index + 1).contains {
      attempts[$0].model === attempts[index].model && tries[$0] == 0
    }
  }

  /// Whether another endpoint or model would be tried if attempt `index` failed.
  package func hasAlternative(to index: Int) -> Bool {
    attempts.indices.dropFirst(index + 1).contains { tries[$0] == 0 && !isRefused($0) }
  }

  // MARK: Steps

  private mutating func start(_ index: Int) -> Step {
    tries[index] += 1
    started += 1
    return .attempt(index)
  }

  private mutating func advance(after index: Int, now: MonotonicTime, admit: Admit) -> Step {
    var spent: CatalogModel?
    for place in attempts.indices.dropFirst(index + 1) where tries[place] == 0 && !isRefused(place) {
      let model = attempts[place].model
      if model === spent { continue }
      if index >= 0, model !== attempts[index].model, let step = patientStep(now, modelOf: index) { return step }
      let isExtra = isTried(model)
      if isExtra, !hasRoom(forExtraOf: place) { continue }
      let admission = admit(place, isExtra)
      switch admission {
      case .granted: return start(place)
      case .overBudget: spent = model
      case .rateLimited(let until): patience.append((place, until))
      case .circuitOpen: break
      }
      skips.append(Skip(index: place, admission: admission))
    }
    return patientStep(now, modelOf: nil) ?? .giveUp
  }

  /// Waits for the earliest time that an endpoint named, of the model at `place` or of any: once in a call, and not long.
  private mutating func patientStep(_ now: MonotonicTime, modelOf place: Int?) -> Step? {
    guard !hasWaited, started < rules.maxAttempts else { return nil }
    let candidates = patience.filter { entry in
      !isRefused(entry.index) && (place.map { attempts[$0].model === attempts[entry.index].model } ?? true)
    }
    guard let earliest = candidates.min(by: { $0.until < $1.until }),
      earliest.until <= now.adding(milliseconds: Int64(rules.waitForModelMilliseconds))
    else { return nil }
    hasWaited = true
    return .wait(earliest.index, until: max(earliest.until, now))
  }

  // MARK: Places

  /// Every model that was not tried yet keeps one attempt.
  private func hasRoom(forExtraOf index: Int) -> Bool {
    var untried = 0
    for place in attempts.indices.dropFirst(index + 1)
    where firstPlace(of: place) == place && !isTried(attempts[place].model) && !isRefused(place) {
      untried += 1
    }
    return started + untried < rules.maxAttempts
  }

  private func isTried(_ model: CatalogModel) -> Bool {
    attempts.indices.contains { tries[$0] > 0 && attempts[$0].model === model }
  }

  private func firstPlace(of index: Int) -> Int {
    attempts.firstIndex { $0.model === attempts[index].model } ?? index
  }

  private func isRefused(_ index: Int) -> Bool {
    !refused.isEmpty && refused.contains { attempts[$0].model === attempts[index].model }
  }

  private func isLastOfModel(_ index: Int) -> Bool {
    !attempts.indices.dropFirst(index + 1).contains {
      attempts[$0].model === attempts[index].model && tries[$0] == 0
    }
  }
}

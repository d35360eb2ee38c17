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
    /// The provider is overloaded and asked for patience until then.
    case overloaded(until: MonotonicTime)
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

  /// The first attempt. `random` in 0..<1 spreads those who wait for the same time.
  package mutating func first(now: MonotonicTime, random: Double = 0, admit: Admit) -> Step {
    advance(after: -1, now: now, again: nil, random: random, admit: admit)
  }

  /// Keeps what a failure says about attempts to come: that the model refused the request itself, or when the provider
  /// wants to be asked again.
  package mutating func note(_ index: Int, _ error: GatewayError, now: MonotonicTime) {
    switch error.kind {
    case .providerRejected, .contextLengthExceeded, .moderated:
      // Another endpoint of the model would say the same.
      refused.append(firstPlace(of: index))
    default:
      if let seconds = error.retryAfterSeconds {
        patience.append((index, now.adding(milliseconds: Int64(seconds) * 1000)))
      }
    }
  }

  /// What follows the failure of attempt `index`, which has been noted. `random` in 0..<1 spreads repeats.
  package mutating func next(
    after index: Int, _ error: GatewayError, now: MonotonicTime, random: Double, admit: Admit
  ) -> Step {
    var again: MonotonicTime?
    if error.resend == .safe, error.kind != .rateLimited, error.retryAfterSeconds == nil, !isRefused(index),
      tries[index] < rules.attemptsPerEndpoint
    {
      again = now.adding(milliseconds: rules.backoff(tries[index], random: random))
    }
    return advance(after: index, now: now, again: again, random: random, admit: admit)
  }

  /// The time of a `wait` has come.
  package mutating func resume(_ index: Int, now: MonotonicTime, random: Double = 0, admit: Admit) -> Step {
    let admission = admit(index, isTried(attempts[index].model))
    if admission == .granted { return start(index) }
    skips.append(Skip(index: index, admission: admission))
    return advance(after: index, now: now, again: nil, random: random, admit: admit)
  }

  /// Attempt `index` once more at once, asked in another way; false when it is not admitted.
  package mutating func repeatNow(_ index: Int, admit: Admit) -> Bool {
    guard mayStart, admit(index, true) == .granted else { return false }
    _ = start(index)
    return true
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

  /// Whether an endpoint of the same model stands behind attempt `index` that has not been tried and could be now.
  package func hasSibling(of index: Int, isUsable: (Int) -> Bool) -> Bool {
    mayStart
      && attempts.indices.dropFirst(index + 1).contains {
        attempts[$0].model === attempts[index].model && tries[$0] == 0 && isUsable($0)
      }
  }

  /// Whether another endpoint or model that can be used now would be tried if attempt `index` failed.
  package func hasAlternative(to index: Int, isUsable: (Int) -> Bool) -> Bool {
    mayStart && attempts.indices.dropFirst(index + 1).contains { tries[$0] == 0 && !isRefused($0) && isUsable($0) }
  }

  // MARK: Steps

  private mutating func start(_ index: Int) -> Step {
    tries[index] += 1
    started += 1
    return .attempt(index)
  }

  /// The next place that is admitted. Before a model is left, its last endpoint is tried again at `again`, or a short wait
  /// is made for one of its endpoints.
  private mutating func advance(
    after index: Int, now: MonotonicTime, again: MonotonicTime?, random: Double, admit: Admit
  ) -> Step {
    var again = again
    var leaving = index >= 0 ? attempts[index].model : nil
    var spent: CatalogModel?
    for place in attempts.indices.dropFirst(index + 1) where tries[place] == 0 && !isRefused(place) {
      guard mayStart else { return .giveUp }
      let model = attempts[place].model
      if model === spent { continue }
      if let old = leaving, model !== old, !isAhead(old, from: place) {
        if let step = leave(old, index, &again, now, random) { return step }
        leaving = nil
      }
      let isExtra = isTried(model)
      if isExtra, !hasRoom(forExtraOf: place) { continue }
      let admission = admit(place, isExtra)
      switch admission {
      case .granted: return start(place)
      case .overBudget:
        spent = model
        if model === leaving { again = nil }
      case .rateLimited(let until), .overloaded(let until): patience.append((place, until))
      case .circuitOpen: break
      }
      skips.append(Skip(index: place, admission: admission))
      if leaving == nil { leaving = model }
    }
    if let old = leaving, let step = leave(old, index, &again, now, random) { return step }
    return patientStep(now, random, of: nil) ?? .giveUp
  }

  /// What is still done for a model before the next one has its turn.
  private mutating func leave(
    _ model: CatalogModel, _ index: Int, _ again: inout MonotonicTime?, _ now: MonotonicTime, _ random: Double
  ) -> Step? {
    if let time = again, attempts[index].model === model, hasRoom(forExtraOf: index) {
      again = nil
      return .wait(index, until: time)
    }
    return patientStep(now, random, of: model)
  }

  /// Waits for the earliest time that an endpoint named, of `model` or of any: once in a call, and not long. Those who wait
  /// for the same time come back spread over a tenth of a second.
  private mutating func patientStep(_ now: MonotonicTime, _ random: Double, of model: CatalogModel?) -> Step? {
    guard !hasWaited, mayStart else { return nil }
    let candidates = patience.filter { entry in
      !isRefused(entry.index) && (model == nil || attempts[entry.index].model === model)
    }
    guard let earliest = candidates.min(by: { $0.until < $1.until }),
      earliest.until <= now.adding(milliseconds: Int64(rules.waitForModelMilliseconds))
    else { return nil }
    hasWaited = true
    return .wait(earliest.index, until: max(earliest.until, now).adding(milliseconds: Int64(random * 100)))
  }

  // MARK: Places

  /// Whether the call has an attempt left. Contract section 3: those of a whole chain are within `max_attempts`.
  private var mayStart: Bool { started < rules.maxAttempts }

  /// Every model that was not tried yet keeps one attempt, as long as there are enough of them.
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

  /// Whether an untried place of `model` stands at or behind `place`: where models stand mixed, none is left before its last.
  private func isAhead(_ model: CatalogModel, from place: Int) -> Bool {
    attempts.indices.dropFirst(place).contains { attempts[$0].model === model && tries[$0] == 0 }
  }
}

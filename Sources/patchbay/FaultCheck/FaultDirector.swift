import Commands
import Core
import JSON
import Ledger
import Simulator
import Synchronization

/// Tells the simulator how to fail, request by request, and keeps the provider's side of the story: who was asked, how
/// often, and what was counted. Called on the simulator's loop and by the threads that play checks.
final class FaultDirector: Sendable {
  private struct Story {
    /// The endpoint that was asked before any other.
    var first: FaultStage.Place?
    /// Requests that arrived.
    var arrivals = 0
    /// Where the latest answer came from, and what it counted.
    var answered: (place: FaultStage.Place, usage: Usage)?
  }

  private let stage: FaultStage
  /// One per check.
  private let stories: Mutex<[Story]>
  /// The simulator's words, read once. By their text.
  private let lists: [String: FaultList]

  /// A director of a stage. Throws when a fault of the catalogue is none of the simulator's.
  init(_ stage: FaultStage) throws(GatewayError) {
    self.stage = stage
    stories = Mutex([Story](repeating: Story(), count: stage.checks.count))
    var lists: [String: FaultList] = [:]
    for check in stage.checks {
      for text in [check.fault.faults, check.fault.othersFaults] { lists[text] = try FaultList(text) }
    }
    self.lists = lists
  }

  /// What happens to a request for `upstreamModel` that has just arrived.
  func faults(for upstreamModel: String) -> FaultList {
    guard let place = FaultStage.Place(upstreamModel: upstreamModel), stage.endpoint(place) != nil else {
      return FaultList()
    }
    let first = stories.withLock { stories in
      stories[place.check].arrivals += 1
      let first = stories[place.check].first ?? place
      stories[place.check].first = first
      return first
    }
    return lists[stage.faults(at: place, first: first)] ?? FaultList()
  }

  /// Notes a request that has ended, from its entry of the simulator's log.
  func note(_ entry: [UInt8]) {
    guard let entry = try? JSONValue.parse(entry), let body = entry["body"]?.stringValue,
      let model = (try? JSONValue.parse(Array(body.utf8)))?["model"]?.stringValue,
      let place = FaultStage.Place(upstreamModel: model), stage.endpoint(place) != nil,
      let usage = entry["usage"], let prompt = usage["prompt_tokens"]?.integerValue,
      let completion = usage["completion_tokens"]?.integerValue
    else { return }
    stories.withLock {
      $0[place.check].answered = (place, Usage(promptTokens: prompt, completionTokens: completion))
    }
  }

  /// Requests of a check that arrived so far.
  func arrivals(_ check: FaultStage.Check) -> Int { stories.withLock { $0[check.index].arrivals } }

  /// What the provider's side says of a check's latest answer; nil when there was none.
  func account(_ check: FaultStage.Check) -> FaultAccount? {
    guard let (place, usage) = stories.withLock({ $0[check.index].answered }) else { return nil }
    let pricing = stage.endpoint(place)?.pricing
    return FaultAccount(usage: usage, cost: pricing.flatMap { Cost.of(usage, at: $0) })
  }
}

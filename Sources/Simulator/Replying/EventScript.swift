import JSON

/// The events of a streamed answer, in order.
struct EventScript {
  /// What an event is for, which tells what faults leave out.
  enum Part {
    /// The answer's beginning and content.
    case content
    /// Why it ends, and what it has cost.
    case finish
    /// Only that it has ended.
    case end
  }

  private var steps: [(name: String?, json: JSONValue, isToken: Bool, part: Part)] = []

  /// No events.
  init() {}

  /// Adds an event. `name`: as the format names events; nil where it does not. `isToken`: it carries a token, which takes
  /// time.
  mutating func add(_ name: String?, _ json: JSONValue, isToken: Bool = false, part: Part = .content) {
    steps.append((name, json, isToken, part))
  }

  /// The events one by one; without what the faults leave out.
  func player(_ faults: FaultList) -> () -> Answer.Event? {
    var rest = steps[...]
    let isCutShort = faults.has(.noFinish)
    let hasNoEnd = faults.has(.noDone)
    return {
      while let step = rest.popFirst() {
        if isCutShort, step.part != .content { continue }
        if hasNoEnd, step.part == .end { continue }
        return Answer.Event(name: step.name, data: step.json.serialized(), isToken: step.isToken)
      }
      return nil
    }
  }
}

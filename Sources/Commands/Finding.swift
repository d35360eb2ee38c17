/// What `doctor` found out about one thing.
package struct Finding: Sendable, Hashable {
  /// How it is.
  package enum Outcome: String, Sendable {
    case ok, warn, fail
  }

  /// What was looked at.
  package let name: String
  /// How it is.
  package let outcome: Outcome
  /// What was seen.
  package let detail: String
  /// What to do; nil when all is well.
  package let remedy: String?

  /// All is well.
  package static func ok(_ name: String, _ detail: String) -> Finding {
    Finding(name: name, outcome: .ok, detail: detail, remedy: nil)
  }

  /// It works, but not for long or not for everything.
  package static func warn(_ name: String, _ detail: String, remedy: String) -> Finding {
    Finding(name: name, outcome: .warn, detail: detail, remedy: remedy)
  }

  /// It will not work.
  package static func fail(_ name: String, _ detail: String, remedy: String) -> Finding {
    Finding(name: name, outcome: .fail, detail: detail, remedy: remedy)
  }
}

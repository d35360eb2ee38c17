/// Whether and how much a model thinks before it answers (reference section 10.5).
package struct ReasoningSettings: Sendable, Equatable {
  /// `none`, `minimal`, `low`, `medium`, `high`, `xhigh`, `max`.
  package var effort: String?
  /// Most tokens of thought.
  package var budget: Int64?
  /// Whether it thinks at all.
  package var isEnabled: Bool?
  /// Whether the model itself decides how much (Anthropic).
  package var isAdaptive = false
  /// Whether the thoughts are kept from the caller.
  package var isExcluded: Bool?
  /// How they are summarised: `auto`, `concise`, `detailed`.
  package var summary: String?
  /// Whether their text is shown: `summarized`, `omitted` (Anthropic).
  package var display: String?
  /// Members that have no field here.
  package var extras: [Member] = []

  /// Settings, of which nothing is said yet.
  package init() {}

  /// Whether the caller has asked for no thoughts at all.
  package var isOff: Bool { isEnabled == false || effort == "none" }

  /// Whether the caller has asked for thoughts.
  package var isOn: Bool { !isOff && (isEnabled == true || isAdaptive || effort != nil || budget != nil) }

  /// The part of the answer's tokens that an effort stands for (reference section 10.5).
  package static func share(of effort: String) -> Double {
    switch effort {
    case "max", "xhigh": 0.95
    case "high": 0.8
    case "low": 0.2
    case "minimal": 0.1
    default: 0.5
    }
  }

  /// The effort that comes nearest to a budget of `tokens` among `limit` tokens of the answer.
  package static func effort(budget tokens: Int64, of limit: Int64) -> String {
    let share = Double(tokens) / Double(max(limit, 1))
    let efforts = ["minimal", "low", "medium", "high", "xhigh"]
    return efforts.min { abs(self.share(of: $0) - share) < abs(self.share(of: $1) - share) } ?? "medium"
  }
}

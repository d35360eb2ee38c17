import JSON

/// Writes `thinkingConfig`: a level for models from 3 on, a budget of tokens for 2.5 (reference section 10.5).
struct GeminiThinkingWriter {
  private let model: GeminiModel
  private let isNative: Bool
  /// Whether something of the settings had no equivalent.
  private(set) var isIncomplete = false

  /// A writer for a model; `isNative` when the settings were read from this format.
  init(model: GeminiModel, isNative: Bool) {
    self.model = model
    self.isNative = isNative
  }

  /// The object; nil where the model is to do as it does. `limit` is that of the answer's tokens, thoughts included.
  mutating func config(_ settings: ReasoningSettings, limit: Int64) -> JSONValue? {
    if isNative { return native(settings) }
    if !settings.extras.isEmpty { isIncomplete = true }
    if settings.isOff { return rest() }
    guard settings.isOn else { return nil }
    guard model.canThink else {
      isIncomplete = true
      return nil
    }
    var writer = ObjectWriter()
    if let budget = settings.budget {
      writer.add("thinkingBudget", clamped(budget))
    } else if model.takesLevel {
      writer.add("thinkingLevel", settings.effort.map(level))
    } else if settings.isAdaptive, settings.effort == nil {
      writer.add("thinkingBudget", Int64(-1))
    } else {
      let share = ReasoningSettings.share(of: settings.effort ?? "medium")
      writer.add("thinkingBudget", clamped(Int64(Double(min(limit, 1_000_000)) * share)))
    }
    if settings.isExcluded != true { writer.add("includeThoughts", true) }
    return writer.isEmpty ? nil : writer.value
  }

  /// What keeps a model from thinking. The large ones always do.
  private mutating func rest() -> JSONValue? {
    guard model.canThink else { return nil }
    guard model.canRest else {
      isIncomplete = true
      return nil
    }
    return model.takesLevel
      ? .object([("thinkingLevel", .string("MINIMAL"))]) : .object([("thinkingBudget", .integer(0))])
  }

  private func clamped(_ budget: Int64) -> Int64 {
    min(max(budget, model.budgets.lowerBound), model.budgets.upperBound)
  }

  private func level(_ effort: String) -> String {
    switch effort {
    case "minimal": model.canRest ? "MINIMAL" : "LOW"
    case "low": "LOW"
    case "medium": model.takesMediumLevel ? "MEDIUM" : "HIGH"
    default: "HIGH"
    }
  }

  private func native(_ settings: ReasoningSettings) -> JSONValue? {
    var writer = ObjectWriter()
    writer.add("includeThoughts", settings.isExcluded.map { !$0 })
    if settings.isEnabled == false {
      writer.add("thinkingBudget", Int64(0))
    } else if settings.isAdaptive {
      writer.add("thinkingBudget", Int64(-1))
    } else {
      writer.add("thinkingBudget", settings.budget)
    }
    writer.add("thinkingLevel", settings.effort?.uppercased())
    writer.add(settings.extras)
    return writer.isEmpty ? nil : writer.value
  }
}

/// What a Gemini model takes, as far as its name tells. The rules are those of Google's pages on thinking, thought
/// signatures, structured output and function calling (October 2026). A model that is no Gemini, such as one behind a
/// compatible server, is taken to know the forms of 2.5.
struct GeminiModel {
  private let words: [Substring]
  /// `2.5` as 205; nil when the name has no version.
  private let version: Int?

  /// Reads a provider's model name: `gemini-2.5-flash-lite`, `models/gemini-3-pro-preview`, `gemini-flash-latest`.
  init(_ name: String) {
    words = ModelWords.of(name)
    guard let start = words.firstIndex(of: "gemini") else {
      version = nil
      return
    }
    let major = words.index(after: start)
    guard major < words.endIndex, words[major].utf8.count <= 2, let number = Int(words[major]) else {
      // An alias of the newest one, or the first one, which had no number.
      version = words.contains("latest") ? 300 : 100
      return
    }
    let next = words.index(after: major)
    let minor = next < words.endIndex && words[next].utf8.count == 1 ? Int(words[next]) ?? 0 : 0
    version = number * 100 + minor
  }

  private func isAtLeast(_ wanted: Int) -> Bool { version.map { $0 >= wanted } ?? false }
  private func has(_ word: Substring) -> Bool { words.contains(word) }

  /// Thinks.
  var canThink: Bool {
    guard let version else { return !has("gemma") }
    return version >= 205 && !has("tts") && (version >= 300 || !has("image"))
  }
  /// Thinks as much as `thinkingLevel` says, rather than as `thinkingBudget` does.
  var takesLevel: Bool { isAtLeast(300) }
  /// Can be told not to think, or nearly.
  var canRest: Bool { has("flash") || version == nil }
  /// Knows `medium` beside `low` and `high`, which the first Pro of 3 did not.
  var takesMediumLevel: Bool { has("flash") || version != 300 }
  /// The budgets that a thinking model takes.
  var budgets: ClosedRange<Int64> {
    if has("lite") { return 512...24_576 }
    return has("pro") ? 128...32_768 : 1...24_576
  }
  /// Takes a form of the answer beside functions.
  var combinesFormatAndFunctions: Bool { isAtLeast(300) }
  /// Takes pictures and documents within a function's result.
  var takesMediaInResults: Bool { isAtLeast(300) }
  /// Refuses a call of the current turn that has no signature.
  var requiresSignatures: Bool { isAtLeast(300) }
}

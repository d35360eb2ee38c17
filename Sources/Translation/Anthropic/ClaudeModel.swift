/// What a Claude model takes, as far as its name tells. The rules are those of Anthropic's pages on adaptive thinking,
/// sampling parameters, structured outputs and mid-conversation system messages (October 2026). A model that is no Claude,
/// such as one behind a compatible server, is taken to know the oldest form of everything.
struct ClaudeModel {
  /// `4.5` as 405; nil when the name has no version.
  private let version: Int?
  private let isPreview: Bool
  /// Whether it is a Claude at all.
  private let isClaude: Bool
  /// Whether nothing keeps it from thinking.
  let alwaysThinks: Bool

  /// Reads a provider's model name: `claude-sonnet-4-5-20250929`, `anthropic.claude-3-7-sonnet-20250219-v1:0`.
  init(_ name: String) {
    let words = ModelWords.of(name)
    guard let start = words.firstIndex(of: "claude") else {
      version = nil
      isPreview = false
      isClaude = false
      alwaysThinks = false
      return
    }
    isClaude = true
    alwaysThinks = words.contains("fable") || words.contains("mythos")
    isPreview = words.contains("mythos") && words.contains("preview")
    let rest = words[(start + 1)...]
    guard let major = rest.firstIndex(where: { $0.utf8.count <= 2 && Int($0) != nil }) else {
      version = nil
      return
    }
    let next = rest.index(after: major)
    let minor = next < rest.endIndex && rest[next].utf8.count <= 2 ? Int(rest[next]) ?? 0 : 0
    version = (Int(rest[major]) ?? 0) * 100 + minor
  }

  private func isAtLeast(_ wanted: Int) -> Bool { isPreview || version.map { $0 >= wanted } ?? false }

  /// Thinks when it is asked to.
  var canThink: Bool { isPreview || version.map { $0 >= 307 } ?? true }
  /// Knows `{"type":"disabled"}` as a change: older models think only when they are asked to.
  var takesDisabled: Bool { !alwaysThinks && (!isClaude || isAtLeast(407)) }
  /// Thinks with `{"type":"adaptive"}` and an effort.
  var isAdaptive: Bool { isAtLeast(406) }
  /// Thinks with a budget of tokens.
  var takesBudget: Bool { !isAtLeast(407) }
  /// Takes `temperature`, `top_p` and `top_k`.
  var takesSampling: Bool { !isAtLeast(407) }
  /// Takes `temperature` beside `top_p`.
  var takesBothSamplers: Bool { !isAtLeast(401) }
  /// Takes `output_config.format` and `strict` tools.
  var hasStructuredOutput: Bool { isAtLeast(405) }
  /// Takes `output_config.effort`.
  var takesEffort: Bool { isAtLeast(405) }
  /// Takes instructions among the turns.
  var takesLateInstructions: Bool { isAtLeast(408) }
  /// Tokens of an answer where the caller names no limit, which the interface requires: no model takes less.
  var defaultMaxTokens: Int64 { version.map { $0 < 305 } ?? true ? 4096 : isAdaptive ? 16_384 : 8192 }
}

/// What a Claude model takes, as far as its name tells. The rules are those of Anthropic's pages on adaptive thinking,
/// sampling parameters, structured outputs and mid-conversation system messages (October 2026). A model that is no Claude,
/// such as one behind a compatible server, is taken to know the oldest form of everything.
struct ClaudeModel {
  /// `4.5` as 405; nil when the name has no version.
  private let version: Int?
  private let isPreview: Bool
  private let isOpus: Bool
  /// Whether it is a Claude at all.
  let isClaude: Bool
  /// Whether nothing keeps it from thinking.
  let alwaysThinks: Bool

  /// Reads a provider's model name: `claude-sonnet-4-5-20250929`, `anthropic.claude-3-7-sonnet-20250219-v1:0`.
  init(_ name: String) {
    let words = ModelWords.of(name)
    guard let start = words.firstIndex(of: "claude") else {
      version = nil
      isPreview = false
      isOpus = false
      isClaude = false
      alwaysThinks = false
      return
    }
    isClaude = true
    alwaysThinks = words.contains("fable") || words.contains("mythos")
    isPreview = words.contains("mythos") && words.contains("preview")
    isOpus = words.contains("opus")
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
  /// May know `{"type":"adaptive"}`: its name does not say that it is too old for it.
  var mayBeAdaptive: Bool { version == nil || isAdaptive }
  /// Keeps the text of its thoughts to itself unless `display` asks for it.
  var omitsThoughts: Bool { isAtLeast(407) }
  /// Thinks with a budget of tokens.
  var takesBudget: Bool { !isAtLeast(407) }
  /// Takes `temperature`, `top_p` and `top_k`.
  var takesSampling: Bool { !isAtLeast(407) }
  /// Takes `temperature` beside `top_p`.
  var takesBothSamplers: Bool { !isAtLeast(401) }
  /// Takes `output_config.format` and `strict` tools.
  var hasStructuredOutput: Bool { isAtLeast(405) }
  /// Takes `output_config.effort`: Opus from 4.5 on, the others from 4.6 on.
  var takesEffort: Bool { isAtLeast(isOpus ? 405 : 406) }
  /// The effort that comes nearest to a wanted one: `max` is known from 4.6 on, `xhigh` from 4.7 on.
  func effort(_ wanted: String) -> String {
    switch wanted {
    case "minimal": "low"
    case "xhigh" where !isAtLeast(407): isAtLeast(406) ? "max" : "high"
    case "max" where !isAtLeast(406): "high"
    default: wanted
    }
  }

  /// Takes instructions among the turns.
  var takesLateInstructions: Bool { isAtLeast(408) }
  /// Tokens of an answer where the caller names no limit, which the interface requires: no model takes less.
  var defaultMaxTokens: Int64 { version.map { $0 < 305 } ?? true ? 4096 : isAdaptive ? 16_384 : 8192 }
}

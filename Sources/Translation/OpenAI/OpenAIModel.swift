/// What a model behind one of OpenAI's formats takes, as far as its name tells (OpenAI's pages on reasoning and on the
/// models, October 2026). Names that are not OpenAI's tell nothing.
struct OpenAIModel {
  /// Whether it reasons: only then it takes `reasoning`, and gives encrypted reasoning when it is asked to.
  let reasons: Bool
  /// Whether it is known not to reason, and refuses to be asked.
  let neverReasons: Bool
  /// Whether it takes `temperature`, `top_p` and wishes for probabilities while it reasons.
  let takesSampling: Bool
  /// The least effort it can be asked for; nil where it cannot be kept from reasoning, or does not reason.
  let leastEffort: String?

  /// Reads a provider's model name: `gpt-5.1-codex`, `openai/o3`.
  init(_ name: String) {
    let name = (name.split(separator: "/").last ?? "").lowercased()
    let isOpen = name.hasPrefix("gpt-oss")
    let isSeries = ["o1", "o3", "o4"].contains { name == $0 || name.hasPrefix($0 + "-") }
    let version = name.hasPrefix("gpt-") ? OpenAIModel.version(name.dropFirst(4)) : nil
    let isChat = name.hasPrefix("chatgpt-") || name.hasPrefix("gpt-5-chat")
    neverReasons = isChat || (version.map { $0 < 500 } ?? false)
    reasons =
      !neverReasons
      && (version != nil || isSeries || isOpen || name.hasPrefix("codex") || name.hasPrefix("computer-use"))
    takesSampling = !reasons || isOpen
    leastEffort = version.flatMap { $0 >= 501 ? "none" : $0 == 500 && !isChat ? "minimal" : nil }
  }

  /// `5.1-codex` as 501, `4o` as 400; nil without a number at the beginning.
  private static func version(_ text: Substring) -> Int? {
    let major = text.prefix { $0.isNumber }
    guard let number = Int(major), number < 100 else { return nil }
    let rest = text.dropFirst(major.count)
    let minor = rest.first == "." ? Int(rest.dropFirst().prefix { $0.isNumber }) ?? 0 : 0
    return number * 100 + min(minor, 99)
  }
}

/// What a model behind the Responses format takes, as far as its name tells (OpenAI's page on reasoning, October 2026).
struct ResponsesModel {
  /// Whether it reasons: only then it takes `reasoning`, and gives encrypted reasoning when it is asked to. Others refuse
  /// to be asked.
  let reasons: Bool
  /// Whether it takes `temperature`, `top_p` and wishes for probabilities while it reasons.
  let takesSampling: Bool

  /// Reads a provider's model name: `gpt-5.1-codex`, `openai/o3`.
  init(_ name: String) {
    let name = (name.split(separator: "/").last ?? "").lowercased()
    let isGPT = name.hasPrefix("gpt-") && (name.dropFirst(4).prefix { $0.isNumber }.first.map { $0 >= "5" } ?? false)
    let isSeries = ["o1", "o3", "o4"].contains { name == $0 || name.hasPrefix($0 + "-") }
    let isOpen = name.hasPrefix("gpt-oss")
    reasons =
      !name.hasPrefix("gpt-5-chat")
      && (isGPT || isSeries || isOpen || name.hasPrefix("codex") || name.hasPrefix("computer-use"))
    takesSampling = !reasons || isOpen
  }
}

/// Models that cut text into tokens alike.
package enum TokenFamily: String, Sendable, CaseIterable {
  /// OpenAI since GPT-4o.
  case o200k
  /// GPT-4 and GPT-3.5.
  case cl100k
  /// Claude 2 and Instant.
  case claude2
  /// Claude 3 to 4.6: `o200k` times a factor, since its tokenizer is not public.
  case claude
  /// Claude from Opus 4.7 on, whose tokenizer makes more tokens.
  case claude47
  /// Gemini and Gemma: `o200k` with a token for each digit; not measured.
  case gemini
  case llama3, llama4
  case qwen
  case deepseek
  /// Mistral since Nemo.
  case tekken
  /// Mistral before: 7B, Mixtral.
  case mistral
  /// Any other: the mean of `o200k`, `llama4`, `qwen`, `deepseek` and `tekken`.
  case other

  /// The family of a model, by its id: with or without the author's name before it.
  package init(model: String) {
    let id = model.lowercased()
    let name = id.split(separator: "/").last ?? ""
    if let known = Self.names.first(where: { id.contains($0.part) }) {
      self = known.family
    } else if name.hasPrefix("o1") || name.hasPrefix("o3") || name.hasPrefix("o4") {
      self = .o200k
    } else {
      self = .other
    }
    if self == .claude, Self.isNewClaude(name) { self = .claude47 }
  }

  /// Tokens of a text of that shape, not rounded.
  package func tokens(of shape: TextShape) -> Double { factor * shape.weighed(weights) }

  /// Bytes of text per token, for what is known by its length only. Measured over what is asked most.
  package var bytesPerToken: Double {
    switch self {
    case .claude: (TokenWeights.bytesPerToken[.o200k] ?? Self.commonBytesPerToken) / factor
    case .claude47: (TokenWeights.bytesPerToken[.o200k] ?? Self.commonBytesPerToken) / factor
    case .gemini: TokenWeights.bytesPerToken[.o200k] ?? Self.commonBytesPerToken
    default: TokenWeights.bytesPerToken[self] ?? Self.commonBytesPerToken
    }
  }

  /// Parts of ids, the longer ones first where one is a part of the other.
  private static let names: [(part: String, family: TokenFamily)] = [
    ("gpt-oss", .o200k), ("gpt-4o", .o200k), ("gpt-4.", .o200k), ("gpt-4", .cl100k), ("gpt-3", .cl100k),
    ("gpt-", .o200k), ("chatgpt", .o200k), ("text-embedding", .cl100k), ("codex", .o200k),
    ("claude-2", .claude2), ("claude-instant", .claude2), ("claude", .claude),
    ("gemini", .gemini), ("gemma", .gemini),
    ("deepseek", .deepseek), ("llama-4", .llama4), ("llama4", .llama4), ("llama", .llama3),
    ("qwen", .qwen), ("qwq", .qwen),
    ("mixtral", .mistral), ("mistral-7b", .mistral), ("mistral", .tekken), ("ministral", .tekken),
    ("magistral", .tekken), ("devstral", .tekken), ("codestral", .tekken), ("pixtral", .tekken), ("voxtral", .tekken),
  ]

  /// Opus 4.7 and later, and version 5 of any: ids such as `claude-opus-4.7`, `claude-opus-4-7-20260401`.
  private static func isNewClaude(_ name: some StringProtocol) -> Bool {
    let numbers = name.split(whereSeparator: { !$0.isNumber }).compactMap { Int($0) }.filter { $0 < 100 }
    guard let major = numbers.first else { return false }
    return major >= 5 || (major == 4 && numbers.count > 1 && numbers[1] >= 7)
  }

  /// Tokens of Claude for one of o200k. Source: a comparison with Anthropic's own count in the calibration of
  /// github.com/sammcj/ingest, pull request 65 of August 2026; English and program text.
  private var factor: Double {
    switch self {
    case .claude: 1.18
    case .claude47: 1.53
    default: 1
    }
  }

  private var weights: [Double] {
    switch self {
    case .claude, .claude47: TokenWeights.measured[.o200k] ?? Self.common
    case .gemini: Self.geminiWeights
    default: TokenWeights.measured[self] ?? Self.common
    }
  }

  private static let common: [Double] = {
    let rows = [TokenFamily.o200k, .llama4, .qwen, .deepseek, .tekken].compactMap { TokenWeights.measured[$0] }
    return TextFeature.allCases.map { feature in
      rows.reduce(0) { $0 + $1[feature.rawValue] } / Double(max(1, rows.count))
    }
  }()

  private static let geminiWeights: [Double] = {
    var weights = TokenWeights.measured[.o200k] ?? common
    weights[TextFeature.digitRuns.rawValue] = 0
    weights[TextFeature.digitGroups.rawValue] = 0
    weights[TextFeature.digits.rawValue] = 1
    return weights
  }()

  private static let commonBytesPerToken = 4.0
}

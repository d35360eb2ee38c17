/// How a provider counts pictures.
enum ImageTokens: Equatable {
  /// OpenAI: `base`, and `tile` for each square of 512 pixels once the picture is fitted into 2048 and its shorter side
  /// is at most 768.
  case tiles(base: Int, tile: Int)
  /// OpenAI's newer models: a patch of 32 pixels is `factor` tokens, at most 1536 patches.
  case patches(factor: Double)
  /// Anthropic: a token for a square of 28 pixels, about 750 of them, once the longer side is at most `longest`.
  case squares28(longest: Int, most: Int)
  /// Gemini: 258, or 258 for each square of 768 pixels where a side is longer than 384.
  case squares
  /// Qwen, Mistral: a token for a square of that many pixels, once the longer side is at most `longest`.
  case grid(side: Int, longest: Int)

  /// The way of a model. Sources: OpenAI's guide to images and vision as programs quote it, with the factors that users
  /// measured for GPT-5 mini and nano in June 2026; for Claude, counts that users got from Anthropic's count_tokens in 2026,
  /// which agree with its table; ai.google.dev, "Understand and count tokens"; a maintainer on Qwen2-VL; mistral-common
  /// 1.13. The figures of o1 and o3 were not looked up again.
  init(model: String) {
    let id = model.lowercased()
    switch TokenFamily(model: model) {
    case .claude2, .claude: self = Self.usual
    case .claude47: self = .squares28(longest: 2576, most: 4784)
    case .gemini: self = .squares
    case .qwen: self = .grid(side: 28, longest: 1280)
    case .tekken, .mistral: self = .grid(side: 28, longest: 1540)
    case .o200k, .cl100k:
      let known = Self.openAI.first { id.contains($0.part) }
      self = known?.way ?? .patches(factor: 1.2)
    case .llama3, .llama4, .deepseek, .other: self = Self.usual
    }
  }

  /// Claude's before Opus 4.7; also for models that tell nothing.
  private static let usual = ImageTokens.squares28(longest: 1568, most: 1568)

  /// Parts of ids, the longer ones first where one is a part of the other.
  private static let openAI: [(part: String, way: ImageTokens)] = [
    ("gpt-4o-mini", .tiles(base: 2833, tile: 5667)), ("gpt-4.1-mini", .patches(factor: 1.62)),
    ("gpt-4.1-nano", .patches(factor: 2.46)), ("o4-mini", .patches(factor: 1.72)),
    ("gpt-4", .tiles(base: 85, tile: 170)),
    ("chatgpt-4o", .tiles(base: 85, tile: 170)), ("gpt-5-mini", .patches(factor: 1.2)),
    ("gpt-5-nano", .patches(factor: 1.5)), ("gpt-5.", .patches(factor: 1.2)), ("gpt-5", .tiles(base: 70, tile: 140)),
    ("o1", .tiles(base: 75, tile: 150)), ("o3", .tiles(base: 75, tile: 150)),
  ]

  /// Tokens of a picture of that size. `isLow`: the caller wants it looked at coarsely.
  func tokens(_ size: ImageSize, isLow: Bool) -> Int64 {
    let width = Double(size.width)
    let height = Double(size.height)
    switch self {
    case .tiles(let base, let tile):
      return Int64(isLow ? base : base + tile * Self.tiles(width, height))
    case .patches(let factor):
      let patches = (width / 32).rounded(.up) * (height / 32).rounded(.up)
      return Int64((min(1536, patches) * factor).rounded())
    case .squares28(let longest, let most):
      return min(Int64(most), Self.grid(width, height, side: 28, longest: longest))
    case .squares:
      if width <= 384, height <= 384 { return 258 }
      return Int64(min(64, (width / 768).rounded(.up) * (height / 768).rounded(.up)) * 258)
    case .grid(let side, let longest): return Self.grid(width, height, side: side, longest: longest)
    }
  }

  private static func grid(_ width: Double, _ height: Double, side: Int, longest: Int) -> Int64 {
    let scale = min(1, Double(longest) / max(width, height)) / Double(side)
    return Int64((width * scale).rounded(.up) * (height * scale).rounded(.up))
  }

  private static func tiles(_ width: Double, _ height: Double) -> Int {
    let fit = min(1, 2048 / max(width, height))
    let scale = fit * min(1, 768 / (min(width, height) * fit))
    return Int((width * scale / 512).rounded(.up) * (height * scale / 512).rounded(.up))
  }
}

/// How a provider counts pictures.
enum ImageTokens: Equatable {
  /// OpenAI: `base`, and `tile` for each square of 512 pixels once the picture is fitted into 2048 and its shorter side
  /// is at most 768.
  case tiles(base: Int, tile: Int)
  /// OpenAI's newer models: a patch of 32 pixels is `factor` tokens, at most 1536 patches.
  case patches(factor: Double)
  /// Anthropic: a token for 750 pixels once the longer side is at most 1568; at most 1600.
  case area
  /// Gemini: 258, or 258 for each square of 768 pixels where a side is longer than 384.
  case squares
  /// Qwen, Mistral: a token for a square of that many pixels, once the longer side is at most `longest`.
  case grid(side: Int, longest: Int)

  /// The way of a model. Sources, November 2026: OpenAI's guide to images and vision, with the factor 1.2 that users
  /// measured in June 2026 for models since GPT-5 mini; Anthropic's guide to vision; ai.google.dev, "Understand and count
  /// tokens"; the model cards of Qwen2-VL and Pixtral.
  init(model: String) {
    let id = model.lowercased()
    switch TokenFamily(model: model) {
    case .claude2, .claude, .claude47: self = .area
    case .gemini: self = .squares
    case .qwen: self = .grid(side: 28, longest: 1280)
    case .tekken, .mistral: self = .grid(side: 28, longest: 1540)
    case .o200k, .cl100k:
      let known = Self.openAI.first { id.contains($0.part) }
      self = known?.way ?? .patches(factor: 1.2)
    case .llama3, .llama4, .deepseek, .other: self = .area
    }
  }

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
    case .area:
      let scale = min(1, 1568 / max(width, height))
      return Int64(min(1600, (width * scale * height * scale / 750).rounded(.up)))
    case .squares:
      if width <= 384, height <= 384 { return 258 }
      return Int64(min(64, (width / 768).rounded(.up) * (height / 768).rounded(.up)) * 258)
    case .grid(let side, let longest):
      let scale = min(1, Double(longest) / max(width, height))
      return Int64((width * scale / Double(side)).rounded(.up) * (height * scale / Double(side)).rounded(.up))
    }
  }

  private static func tiles(_ width: Double, _ height: Double) -> Int {
    let fit = min(1, 2048 / max(width, height))
    let scale = fit * min(1, 768 / (min(width, height) * fit))
    return Int((width * scale / 512).rounded(.up) * (height * scale / 512).rounded(.up))
  }
}

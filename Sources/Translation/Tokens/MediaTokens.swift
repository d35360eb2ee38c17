/// Tokens of what is no text.
struct MediaTokens {
  private let images: ImageTokens
  private let family: TokenFamily

  /// Tokens of a page of PDF: its text and, but for Gemini, its picture. Sources: ai.google.dev (258 a page), Anthropic's
  /// guide to PDFs (1,500 to 3,000), and users' counts of dense pages (2,750 to 3,150) in 2026.
  private static let pageTokens: (gemini: Int64, others: Int64) = (258, 2_500)
  /// Pages of a document of which nothing is known.
  private static let assumedPages: Int64 = 5
  /// Bytes of a page where a document hides its pages in compressed streams.
  private static let bytesPerPage = 50_000
  /// Tokens of a second of sound. Sources: ai.google.dev (32), model cards of Voxtral (80 ms a token); OpenAI's 10 was not
  /// looked up again.
  private static let soundTokens: (gemini: Double, openAI: Double, others: Double) = (32, 10, 12.5)
  /// Bytes of a second of sound: 16-bit samples at 24 kHz, and what MP3 and its like are mostly made with.
  private static let soundBytes: (raw: Double, compressed: Double) = (48_000, 16_000)
  /// Tokens of a second of film at a picture a second. Source: ai.google.dev (263).
  private static let filmTokens: Int64 = 263
  /// Bytes of a second of film, and seconds of one of which nothing is known.
  private static let film: (bytes: Int, seconds: Int64) = (250_000, 60)

  /// The ways of a model.
  init(model: String) {
    images = ImageTokens(model: model)
    family = TokenFamily(model: model)
  }

  /// Tokens of a picture. One behind an address is taken for a square of 1024 pixels.
  func image(_ image: ImageContent) -> Int64 {
    var size: ImageSize?
    if case .data(_, let base64) = image.source { size = ImageSize(base64: base64) }
    return images.tokens(size ?? .assumed, isLow: image.detail == "low")
  }

  /// Tokens of a document.
  func file(_ source: MediaSource) -> Int64 {
    let perPage = family == .gemini ? Self.pageTokens.gemini : Self.pageTokens.others
    switch source {
    case .data(let type, let base64):
      if type.hasPrefix("image/") { return image(ImageContent(source)) }
      let bytes = Base64.decode(base64) ?? []
      if type.hasPrefix("text/") { return text(bytes) }
      return perPage * Self.pages(bytes)
    case .text(let words): return text(Array(words.utf8))
    case .url, .file: return perPage * Self.assumedPages
    }
  }

  /// Tokens of sound.
  func audio(_ audio: AudioContent) -> Int64 {
    let bytes = Double((audio.base64?.utf8.count ?? 0) / 4 * 3)
    let isRaw = audio.format == "wav" || audio.format?.hasPrefix("pcm") == true
    let seconds = bytes / (isRaw ? Self.soundBytes.raw : Self.soundBytes.compressed)
    let perSecond =
      switch family {
      case .gemini: Self.soundTokens.gemini
      case .o200k, .cl100k: Self.soundTokens.openAI
      default: Self.soundTokens.others
      }
    return TokenEstimate.rounded(seconds * perSecond)
  }

  /// Tokens of a film.
  func video(_ source: MediaSource) -> Int64 {
    guard case .data(_, let base64) = source else { return Self.film.seconds * Self.filmTokens }
    return max(1, Int64(base64.utf8.count / 4 * 3 / Self.film.bytes)) * Self.filmTokens
  }

  private func text(_ bytes: [UInt8]) -> Int64 {
    var shape = TextShape()
    bytes.withUnsafeBytes { shape.add($0) }
    return TokenEstimate.rounded(family.tokens(of: shape))
  }

  /// The objects that are pages (ISO 32000-1, section 7.7.3.3): `/Type /Page`, not `/Pages`.
  private static func pages(_ bytes: [UInt8]) -> Int64 {
    let mark = Array("/Page".utf8)
    var found: Int64 = 0
    var position = 0
    while let slash = bytes[position...].firstIndex(of: UInt8(ascii: "/")) {
      position = slash + 1
      guard bytes[slash...].starts(with: mark), slash + mark.count < bytes.count else { continue }
      let next = bytes[slash + mark.count]
      let isName = next < 0x80 && CharacterKind.ascii[Int(next)] == .latin
      let before = bytes[max(0, slash - 8)..<slash].filter { $0 > 32 }
      if !isName, before.suffix(5).elementsEqual("/Type".utf8) { found += 1 }
    }
    return found > 0 ? found : max(1, Int64((bytes.count + bytesPerPage - 1) / bytesPerPage))
  }
}

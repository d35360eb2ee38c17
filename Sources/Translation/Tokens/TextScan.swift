/// The run of like characters that a scan of a text is in, and the counts it adds to.
struct TextScan {
  /// Frequent words of English that were met.
  private(set) var functionWords = 0
  /// Letters beyond the fourth of words after spaces.
  private(set) var spacedOver4 = 0
  private let counts: UnsafeMutableBufferPointer<Int>
  private var run = CharacterKind.lines
  private var length = 0
  private var capitals = 0
  private var isSpaced = true
  /// The word's letters, a byte each; longer words than eight letters lose their first ones.
  private var word: UInt64 = 0
  private var known: (codes: Range<UInt32>, kind: CharacterKind) = (0..<0, .controls)

  /// A scan at the beginning of a text, which adds to `counts`: one for each `TextFeature`.
  init(counts: UnsafeMutableBufferPointer<Int>) { self.counts = counts }

  /// Takes a character. `ascii` has the kinds of the bytes below 128.
  @inline(__always)
  mutating func take(_ code: UInt32, _ ascii: UnsafeBufferPointer<CharacterKind>) {
    let exact = code < 0x80 ? ascii[Int(code)] : kind(of: code)
    let kind = exact == .farLatin ? .latin : exact
    let isCapital = code &- 65 < 26
    if kind != run || (isCapital && capitals < length) { begin(kind) }
    length += 1
    if kind == .latin {
      word = word << 8 | UInt64(code < 0x80 ? code : 0)
      if isCapital { capitals += 1 }
      if code >= 0x80 { countAccent(code, isFar: exact == .farLatin) }
    } else if kind.rawValue >= CharacterKind.cyrillic.rawValue {
      countLetter(code, kind)
    } else {
      countSingle(kind)
    }
  }

  /// Ends the run.
  mutating func close() {
    switch run {
    case .latin: closeWord()
    case .digits:
      count(.digitRuns)
      count(.digitGroups, (length + 2) / 3)
    case .spaces where length > 1:
      count(.spaceRuns)
      count(.spaces, length)
    default: break
    }
  }

  private mutating func begin(_ kind: CharacterKind) {
    close()
    isSpaced = run == .spaces || run == .lines
    run = kind
    length = 0
    capitals = 0
    word = 0
    if kind == .marks { count(.markRuns) }
    if kind.isScript { counts[Self.words(of: kind)] += 1 }
  }

  private mutating func closeWord() {
    if capitals == length, length > 1 {
      count(.capitalWords)
      count(.capitalLetters, length)
      return
    }
    count(isSpaced ? .words : .gluedWords)
    if !isSpaced, length < 3 { count(capitals > 0 ? .shortCapitals : .shortGlued) }
    if length > 4 { count(.lettersOver4, length - 4) }
    if length > 8 { count(.lettersOver8, length - 8) }
    if length > 12 { count(.lettersOver12, length - 12) }
    guard isSpaced else { return }
    spacedOver4 += max(0, length - 4)
    if length > 1, Self.isVowel(UInt8(truncatingIfNeeded: word)) { count(.vowelEnds) }
    if length > 1, length <= FunctionWords.longest, FunctionWords.contains(word) { functionWords += 1 }
  }

  private func countAccent(_ code: UInt32, isFar: Bool) {
    count(.accents)
    if isFar { count(.farAccents) }
    switch code {
    case 0xC5, 0xC6, 0xD8, 0xE5, 0xE6, 0xF8: count(.northernAccents)
    default: break
    }
  }

  private func countLetter(_ code: UInt32, _ kind: CharacterKind) {
    counts[Self.words(of: kind) + 1] += 1
    if kind == .cyrillic, code > 0x451 || code == 0x400 || (0x402..<0x410).contains(code) { count(.rareCyrillic) }
    if kind == .arabic, (0x66E..<0x6F0).contains(code) { count(.rareArabic) }
  }

  private func countSingle(_ kind: CharacterKind) {
    switch kind {
    case .lines: count(.lines)
    case .digits: count(.digits)
    case .marks: count(.marks)
    case .controls: count(.controls)
    case .typography: count(.typography)
    case .fullWidth: count(.fullWidth)
    case .symbols: count(.symbols)
    case .emoji: count(.emoji)
    case .joiners: count(.joiners)
    default: break
    }
  }

  /// Neighbours are of one script nearly always.
  private mutating func kind(of code: UInt32) -> CharacterKind {
    if !known.codes.contains(code) { known = CharacterKind.range(of: code) }
    return known.kind
  }

  /// Where a script's words are counted; its letters are next to them.
  private static func words(of kind: CharacterKind) -> Int {
    TextFeature.cyrillicWords.rawValue + 2 * Int(kind.rawValue - CharacterKind.cyrillic.rawValue)
  }

  private static func isVowel(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "a") || byte == UInt8(ascii: "i") || byte == UInt8(ascii: "o") || byte == UInt8(ascii: "u")
  }

  @inline(__always)
  private func count(_ feature: TextFeature, _ amount: Int = 1) { counts[feature.rawValue] += amount }
}

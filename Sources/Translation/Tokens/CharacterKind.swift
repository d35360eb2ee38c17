/// What a character is to a tokenizer. `Scripts/tokens/shape.py` has the same table.
enum CharacterKind: UInt8 {
  case latin, digits, spaces, lines, marks, controls, typography, fullWidth, symbols, emoji, joiners
  case cyrillic, greek, arabic, hebrew, devanagari, bengali, gujarati, tamil, telugu, malayalam
  case thai, georgian, armenian, hangul, kana, han, otherScript
  /// Latin letters beyond those of western Europe; a part of `latin` but for one count.
  case farLatin

  /// Whether words and letters of it are counted.
  var isScript: Bool { rawValue >= CharacterKind.cyrillic.rawValue && rawValue <= CharacterKind.otherScript.rawValue }

  /// The kinds of the bytes below 128.
  static let ascii: [CharacterKind] = (0..<128).map { code in
    switch UInt8(code) {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): .latin
    case UInt8(ascii: "0")...UInt8(ascii: "9"): .digits
    case UInt8(ascii: " "), UInt8(ascii: "\t"): .spaces
    case UInt8(ascii: "\n"): .lines
    case 33...126: .marks
    default: .controls
    }
  }

  /// The range of characters above ASCII that a character lies in: they all are of one kind.
  static func range(of code: UInt32) -> (codes: Range<UInt32>, kind: CharacterKind) {
    var low = 0
    var high = starts.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if starts[middle].code <= code { low = middle } else { high = middle }
    }
    let end = low + 1 < starts.count ? starts[low + 1].code : .max
    return (starts[low].code..<end, starts[low].kind)
  }

  /// Where each kind begins. Source: the blocks of Unicode 15.
  private static let starts: [(code: UInt32, kind: CharacterKind)] = [
    (0x80, .controls), (0xA0, .typography), (0xC0, .latin), (0x100, .farLatin), (0x250, .otherScript),
    (0x300, .joiners), (0x370, .greek), (0x400, .cyrillic), (0x530, .armenian), (0x590, .hebrew), (0x600, .arabic),
    (0x780, .otherScript), (0x900, .devanagari), (0x980, .bengali), (0xA00, .gujarati), (0xB00, .otherScript),
    (0xB80, .tamil), (0xC00, .telugu), (0xD00, .malayalam), (0xD80, .otherScript), (0xE00, .thai),
    (0xE80, .otherScript), (0x10A0, .georgian), (0x1100, .hangul), (0x1200, .otherScript), (0x1E00, .farLatin),
    (0x1F00, .greek), (0x2000, .joiners), (0x2010, .typography), (0x2070, .symbols), (0x2600, .emoji),
    (0x2800, .symbols), (0x2E80, .han), (0x3000, .fullWidth), (0x3040, .kana), (0x3100, .han), (0x3130, .hangul),
    (0x3190, .fullWidth), (0x3400, .han), (0xA000, .otherScript), (0xAC00, .hangul), (0xD800, .symbols),
    (0xF900, .han), (0xFB00, .otherScript), (0xFB1D, .hebrew), (0xFB50, .arabic), (0xFE00, .joiners),
    (0xFE10, .fullWidth), (0xFE70, .arabic), (0xFEFF, .joiners), (0xFF00, .fullWidth), (0xFF66, .kana),
    (0xFFA0, .fullWidth), (0x10000, .symbols), (0x1F000, .emoji), (0x1F3FB, .joiners), (0x1F400, .emoji),
    (0x1FB00, .symbols), (0x20000, .han), (0x32000, .joiners),
  ]
}

/// Frequent words that no English text is without, but other languages are. `Scripts/tokens/shape.py` has the same list.
enum FunctionWords {
  /// Letters of the longest.
  static let longest = 5

  /// Whether it is one of them. `word` has a byte for each letter, the last one lowest.
  static func contains(_ word: UInt64) -> Bool {
    var place = Self.place(of: word)
    while table[place] != 0 {
      if table[place] == word { return true }
      place = (place + 1) & (table.count - 1)
    }
    return false
  }

  private static let all = """
    the of to and is it for that with this are be you can as on or not by if your from an have was will which at we my
    has but they its what when their one out all there how
    """

  /// The words at places that follow from their letters, a fifth of it full.
  private static let table: [UInt64] = {
    var table = [UInt64](repeating: 0, count: 256)
    for text in all.split(whereSeparator: \.isWhitespace) where text.utf8.count <= longest {
      let word = text.utf8.reduce(0) { $0 << 8 | UInt64($1) }
      var place = place(of: word)
      while table[place] != 0 { place = (place + 1) & (table.count - 1) }
      table[place] = word
    }
    return table
  }()

  /// Multiplicative hashing by the golden ratio (Knuth, TAOCP 3, section 6.4).
  private static func place(of word: UInt64) -> Int { Int((word &* 0x9E37_79B9_7F4A_7C15) >> 56) }
}

/// The simulator's idea of tokens: a run of letters and digits, or one other character, each
/// with the blanks in front of it.
/// Counts in `usage` are counts of these.
enum Tokens {
  /// The pieces of a text, in order; joined they are the text.
  static func split(_ text: String) -> [String] {
    var pieces: [String] = []
    var current = ""
    var holdsWord = false
    for character in text {
      let isWord = character.isLetter || character.isNumber
      if holdsWord, !isWord {
        pieces.append(current)
        current = ""
        holdsWord = false
      }
      current.append(character)
      if isWord {
        holdsWord = true
      } else if character != " ", character != "\n", character != "\t" {
        pieces.append(current)
        current = ""
      }
    }
    if !current.isEmpty { pieces.append(current) }
    return pieces
  }

  /// How many pieces a text has.
  static func count(_ text: String) -> Int { split(text).count }

  /// Made-up text of so many tokens.
  static func lorem(_ count: Int, _ generator: inout SeededGenerator) -> [String] {
    let words = [
      "lorem", "ipsum", "dolor", "sit", "amet", "consectetur", "adipiscing", "elit", "sed", "do", "eiusmod", "tempor",
      "incididunt", "ut", "labore", "et", "dolore", "magna", "aliqua", "enim", "minim", "veniam", "quis", "nostrud",
    ]
    return (0..<max(0, count)).map { index in
      let word = words[Int.random(in: 0..<words.count, using: &generator)]
      return index == 0 ? word : " " + word
    }
  }
}

/// Embeddings: every word has a fixed pseudo-random direction and a text is the normalised sum of its words, so that equal
/// texts are equal and similar ones close.
enum WordVector {
  /// Length of a vector when the request names none.
  static let dimensions = 256

  /// The vector of a text, of length 1.
  static func of(_ tokens: [String], _ size: Int) -> [Float] {
    var sum = [Float](repeating: 0, count: size)
    for token in tokens.isEmpty ? [""] : tokens {
      var generator = SeededGenerator(text: token.lowercased().drop { $0 == " " })
      for index in 0..<size { sum[index] += Float.random(in: -1...1, using: &generator) }
    }
    let length = sum.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return length > 0 ? sum.map { $0 / length } : sum
  }
}

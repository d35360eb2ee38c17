/// What a text is made of, counted in one pass over its bytes, 3 to 4 ns each. Shapes of several
/// texts add up. `Scripts/tokens/shape.py` counts the same; a test holds the two together.
package struct TextShape: Sendable, Equatable {
  /// Bytes that were looked at.
  package private(set) var bytes = 0
  private var counts = [Int](repeating: 0, count: TextFeature.allCases.count)
  private var functionWords = 0
  private var spacedOver4 = 0

  /// One word in so many is a frequent word of English in English prose.
  private static let wordsPerFunctionWord = 4

  /// Of no text.
  package init() {}

  /// Adds a text.
  package mutating func add(_ text: String) {
    var text = text
    text.withUTF8 { add(UnsafeRawBufferPointer($0)) }
  }

  /// Adds bytes of UTF-8: text, or JSON that a model reads as it is. Broken bytes count as controls.
  package mutating func add(_ text: UnsafeRawBufferPointer) {
    add(text, isInsideJSON: false)
  }

  /// Adds the inside of a JSON string, or of a whole JSON document whose strings a model reads: escapes count as what
  /// they mean.
  package mutating func add(insideJSON text: UnsafeRawBufferPointer) {
    add(text, isInsideJSON: true)
  }

  /// The counts as the weights are applied to them.
  package subscript(feature: TextFeature) -> Double {
    switch feature {
    case .foreignWords: Double(counts[TextFeature.words.rawValue]) * foreign
    case .foreignOver4: Double(spacedOver4) * foreign
    default: Double(counts[feature.rawValue])
    }
  }

  /// The sum of the counts, each times its weight. `weights` has one for every feature.
  func weighed(_ weights: [Double]) -> Double {
    var sum = 0.0
    for feature in TextFeature.allCases { sum += self[feature] * weights[feature.rawValue] }
    return sum
  }

  /// The share of words for which English would have frequent words that are not there. Range: 0...1.
  private var foreign: Double {
    let words = counts[TextFeature.words.rawValue]
    return Double(max(0, words - Self.wordsPerFunctionWord * functionWords)) / Double(max(1, words))
  }

  private mutating func add(_ text: UnsafeRawBufferPointer, isInsideJSON: Bool) {
    bytes += text.count
    var functionWords = functionWords
    var spacedOver4 = spacedOver4
    counts.withUnsafeMutableBufferPointer { counts in
      var scan = TextScan(counts: counts)
      var reader = CharacterReader(text, isInsideJSON: isInsideJSON)
      CharacterKind.ascii.withUnsafeBufferPointer { kinds in
        while let code = reader.next() { scan.take(code, kinds) }
      }
      scan.close()
      functionWords += scan.functionWords
      spacedOver4 += scan.spacedOver4
    }
    self.functionWords = functionWords
    self.spacedOver4 = spacedOver4
  }
}

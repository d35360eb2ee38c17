/// A YAML text as a tree. The subset is the one that people write by hand: one document of scalars, sequences and
/// mappings with unique text keys. Anchors, aliases and tags are refused: nothing in a configuration needs them,
/// and aliases let a small file unfold into a huge one.
package struct YAMLDocument: Sendable {
  /// What is wrong with the text.
  package struct Problem: Sendable, Hashable {
    /// Where.
    package var position: SourcePosition
    /// What is wrong.
    package var message: String
    /// What to do about it.
    package var remedy: String
  }

  /// Deepest nesting that is read.
  package static let depthLimit = 32

  /// The tree; nil when the text is empty or cannot be read.
  package let root: YAMLNode?
  /// Everything wrong with it; a syntax error ends the reading, all others let it go on.
  package let problems: [Problem]

  /// Reads a text in UTF-8. Cost: about 20 ns per byte.
  package static func parse(_ bytes: UnsafeRawBufferPointer) -> YAMLDocument {
    let builder = YAMLTreeBuilder(bytes)
    let root = builder.build()
    return YAMLDocument(root: root, problems: builder.problems)
  }

  /// Reads a text in UTF-8.
  package static func parse(_ text: String) -> YAMLDocument {
    var text = text
    return text.withUTF8 { parse(UnsafeRawBufferPointer($0)) }
  }
}

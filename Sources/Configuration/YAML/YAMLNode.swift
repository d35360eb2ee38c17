/// A place in a text. Lines and columns count from 1.
package struct SourcePosition: Sendable, Hashable {
  /// The line.
  package var line: Int
  /// The column, in characters.
  package var column: Int

  /// A place.
  package init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }
}

/// A piece of a YAML document and where it stands.
package struct YAMLNode: Sendable {
  /// What a node holds.
  package enum Content: Sendable {
    /// A text; what it means is up to the reader. Quoted texts are never numbers, flags or null.
    case scalar(String, isQuoted: Bool)
    case sequence([YAMLNode])
    /// Members in the order of the text; keys are unique.
    case mapping([YAMLMember])
  }

  /// What it holds.
  package var content: Content
  /// Where it begins.
  package var position: SourcePosition

  /// Whether it is an unquoted null or nothing at all.
  package var isNull: Bool {
    guard case .scalar(let text, false) = content else { return false }
    return text.isEmpty || text == "~" || text == "null" || text == "Null" || text == "NULL"
  }

  /// The value of a mapping's key; nil when there is none or this is no mapping.
  package func member(_ key: String) -> YAMLNode? {
    guard case .mapping(let members) = content else { return nil }
    return members.first { $0.key == key }?.value
  }
}

/// One key of a mapping with its value.
package struct YAMLMember: Sendable {
  /// The key.
  package var key: String
  /// Where the key begins.
  package var position: SourcePosition
  /// The value.
  package var value: YAMLNode
}

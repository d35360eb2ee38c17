/// A name in lower case with its hash, so that unequal ones are told apart by a number.
package struct FoldedName: Hashable, Sendable, ExpressibleByStringLiteral {
  /// The name in lower case.
  package let text: String
  private let number: UInt64

  /// A name in any case.
  package init(_ name: String) {
    text = name.lowercased()
    number = StableHash.of(text)
  }

  /// A name in any case, as a literal.
  package init(stringLiteral name: String) { self.init(name) }

  /// Whether two names are the same.
  package static func == (a: FoldedName, b: FoldedName) -> Bool { a.number == b.number && a.text == b.text }

  /// The number is hash enough.
  package func hash(into hasher: inout Hasher) { hasher.combine(number) }
}

/// A hash that is the same in every process. Not for tables whose keys strangers choose.
package enum StableHash {
  /// FNV-1a, 64 bits.
  package static func of(_ text: String) -> UInt64 {
    text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }
}

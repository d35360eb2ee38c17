/// A number as the caller wrote it: its digits survive every dialect.
package struct JSONNumber: Sendable, Equatable {
  /// Valid JSON.
  package let text: String

  /// A number from its JSON text, which must be valid.
  package init(text: String) { self.text = text }

  /// A whole number.
  package init(_ value: some BinaryInteger) { text = String(value) }

  /// Its value; 0 for one no `Double` can be read from.
  package var value: Double { Double(text) ?? 0 }
}

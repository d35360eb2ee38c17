/// Why bytes are not the JSON they should be: what is wrong and where.
package struct JSONProblem: Error, Sendable, Equatable, CustomStringConvertible {
  /// What is wrong, in plain words.
  package let reason: String
  /// Byte offset from the start of the text.
  package let offset: Int

  /// A problem at a byte offset.
  package init(_ reason: String, at offset: Int) {
    self.reason = reason
    self.offset = offset
  }

  /// `… at byte 17`.
  package var description: String { "\(reason) at byte \(offset)" }
}

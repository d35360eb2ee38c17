/// The rules for keys that callers present.
package enum KeyText {
  /// Shortest and longest key. Unit: characters.
  package static let lengths = 16...256

  /// Why a text cannot be a key, as a continuation of "the key …"; nil when it can. Quotes nothing of it.
  package static func problem(with text: String) -> String? {
    if text.isEmpty { return "is empty" }
    if !text.utf8.allSatisfy({ $0 > 32 && $0 < 127 }) {
      return "contains a space or a character that is not visible ASCII"
    }
    let count = text.utf8.count
    if count < lengths.lowerBound { return "has \(count) characters, fewer than \(lengths.lowerBound)" }
    if count > lengths.upperBound { return "has \(count) characters, more than \(lengths.upperBound)" }
    return nil
  }
}

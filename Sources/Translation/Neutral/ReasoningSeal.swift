/// Reasoning that only its own provider can read, on its way through a caller whose format knows one signature or one run
/// of bytes and nothing else. Everything that the provider must see again is written into that text, behind a mark; what
/// comes back with the mark is taken apart again. A text without it is the format's own.
package enum ReasoningSeal {
  private static let mark = "pb1:"

  /// `pb1:KIND:FORMAT:LENGTH:ID` and the signature or the encrypted data; LENGTH is that of the id in bytes.
  package static func seal(_ piece: Reasoning) -> String {
    let kind: String
    let payload: String
    switch piece.content {
    case .text:
      kind = "t"
      payload = piece.signature ?? ""
    case .summary:
      kind = "s"
      payload = piece.signature ?? ""
    case .encrypted(let data):
      kind = "e"
      payload = data
    }
    let id = piece.id ?? ""
    return mark + kind + ":" + piece.format.rawValue + ":" + String(id.utf8.count) + ":" + id + payload
  }

  /// Whether a text in a request is sealed.
  static func isSealed(_ text: JSONText) -> Bool { text.bytes.starts(with: mark.utf8) }

  /// Whether a text is sealed.
  static func isSealed(_ text: String) -> Bool { text.hasPrefix(mark) }

  /// The piece behind a sealed text; `text` is what stood readable beside it. Nil for a text that is not sealed.
  package static func open(_ sealed: String, text: String = "") -> Reasoning? {
    guard sealed.hasPrefix(mark) else { return nil }
    let fields = sealed.dropFirst(mark.count).split(separator: ":", maxSplits: 3, omittingEmptySubsequences: false)
    guard fields.count == 4, let length = Int(fields[2]), length >= 0, length <= fields[3].utf8.count else {
      return nil
    }
    let rest = fields[3].utf8
    let middle = rest.index(rest.startIndex, offsetBy: length)
    guard let id = String(rest[..<middle]), let payload = String(rest[middle...]) else { return nil }
    let content: Reasoning.Content
    switch fields[0] {
    case "t": content = .text(text)
    case "s": content = .summary(text)
    case "e": content = .encrypted(payload)
    default: return nil
    }
    return Reasoning(
      content, signature: fields[0] == "e" || payload.isEmpty ? nil : payload, id: id.isEmpty ? nil : id,
      format: ReasoningFormat(rawValue: String(fields[1])))
  }
}

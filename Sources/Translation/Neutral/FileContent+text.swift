extension FileContent {
  /// A document of plain text as words of the turn, behind its name, for formats that have no documents; nil for any other.
  var plainText: String? {
    let text: String?
    switch source {
    case .text(let plain): text = plain
    case .data(let type, let base64) where type.hasPrefix("text/") || type == "application/json":
      text = Base64.decode(base64).map { String(decoding: $0, as: UTF8.self) }
    default: text = nil
    }
    guard let text else { return nil }
    return name.map { "\($0):\n\(text)" } ?? text
  }
}

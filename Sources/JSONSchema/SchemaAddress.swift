import JSON

/// The address of a schema: of its document, and what the fragment says within it.
struct SchemaAddress {
  /// The document's URI without its fragment; empty for one that says none.
  let document: String
  /// Behind the `#`, percent-decoded.
  let fragment: String

  /// The whole schema's, before it says another.
  static let root = SchemaAddress(document: "", fragment: "")

  /// Both together.
  var text: String { document + "#" + fragment }

  /// The base that counts within a schema: another one when it has an `$id`.
  func within(_ schema: JSONValue) -> SchemaAddress {
    guard let id = schema.member("$id")?.stringValue else { return self }
    let address = resolving(id)
    return address.document == document ? self : SchemaAddress(document: address.document, fragment: "")
  }

  /// The address that a reference means here (RFC 3986 section 5.2, as far as schemas use it).
  func resolving(_ reference: String) -> SchemaAddress {
    let parts = reference.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
    let fragment = parts.count > 1 ? SchemaAddress.decoded(parts[1]) : ""
    guard let path = parts.first, !path.isEmpty else { return SchemaAddress(document: document, fragment: fragment) }
    return SchemaAddress(document: SchemaAddress.joined(document, String(path)), fragment: fragment)
  }

  private static func joined(_ base: String, _ reference: String) -> String {
    if hasScheme(reference) { return reference }
    let scheme = hasScheme(base) ? base.prefix { $0 != ":" } + ":" : ""
    let behindScheme = base.dropFirst(scheme.count)
    if reference.hasPrefix("//") { return scheme + reference }
    let authority = behindScheme.hasPrefix("//") ? behindScheme.dropFirst(2).prefix { $0 != "/" } : ""
    let opening = behindScheme.hasPrefix("//") ? scheme + "//" + authority : String(scheme)
    if reference.hasPrefix("/") { return opening + withoutDots(reference) }
    let path = base.dropFirst(opening.count)
    let folder = path.lastIndex(of: "/").map { path[...$0] } ?? (authority.isEmpty ? "" : "/")
    return opening + withoutDots(folder + reference)
  }

  private static func hasScheme(_ text: String) -> Bool {
    guard let colon = text.firstIndex(of: ":"), text.first?.isLetter == true else { return false }
    return text[..<colon].allSatisfy { $0.isLetter || $0.isNumber || "+-.".contains($0) }
  }

  private static func withoutDots(_ path: String) -> String {
    var kept: [Substring] = []
    let segments = path.split(separator: "/", omittingEmptySubsequences: false)
    for (index, segment) in segments.enumerated() {
      let isLast = index == segments.count - 1
      if segment == ".." {
        if kept.count > 1 || kept.first?.isEmpty == false { kept.removeLast() }
        if isLast { kept.append("") }
      } else if segment == "." {
        if isLast { kept.append("") }
      } else {
        kept.append(segment)
      }
    }
    return kept.joined(separator: "/")
  }

  private static func decoded(_ text: Substring) -> String {
    var bytes: [UInt8] = []
    var left = text.utf8
    while let byte = left.popFirst() {
      if byte == UInt8(ascii: "%"), let value = UInt8(String(decoding: left.prefix(2), as: UTF8.self), radix: 16) {
        bytes.append(value)
        left = left.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

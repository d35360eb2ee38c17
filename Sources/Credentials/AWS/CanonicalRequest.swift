/// A request in the one form that both sides hash (AWS Signature Version 4, "create a canonical request").
struct CanonicalRequest {
  /// The whole text.
  let text: String
  /// The names of the signed fields, joined by semicolons.
  let signedNames: String

  /// The form of a request whose body has the given digest. `added` are the fields of the signature itself.
  init(_ request: AWSRequest, added: [AWSRequest.Pair], bodyDigest: SHA256Digest) {
    var pairs = [AWSRequest.Pair("host", request.host)] + added
    for pair in request.fields { pairs.append(AWSRequest.Pair(pair.name.lowercased(), pair.value)) }
    var names: [String] = []
    var lines = ""
    // Fields of one name keep their order.
    for (_, pair) in pairs.enumerated().sorted(by: { ($0.element.name, $0.offset) < ($1.element.name, $1.offset) }) {
      let isFurther = names.last == pair.name
      if !isFurther { names.append(pair.name) }
      lines += isFurther ? "," : lines.isEmpty ? "\(pair.name):" : "\n\(pair.name):"
      lines += CanonicalRequest.collapsed(pair.value)
    }
    signedNames = names.joined(separator: ";")
    text =
      "\(request.method)\n\(request.canonicalPath)\n\(request.canonicalQuery)\n\(lines)\n\n\(signedNames)\n"
      + bodyDigest.hexadecimal
  }

  /// A value without white space at its ends and with one space for each run of it.
  private static func collapsed(_ value: String) -> String {
    guard value.utf8.contains(where: isBlank) else { return value }
    return value.utf8.split(whereSeparator: isBlank).map { String(Substring($0)) }.joined(separator: " ")
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }
}

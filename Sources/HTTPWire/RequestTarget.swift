import Core

/// A request target taken apart (RFC 9112 section 3.2): origin form, absolute form, or `*`.
struct RequestTarget {
  /// The path, decoded exactly once.
  var path: String
  /// Where in the target the query lies, behind the first `?`.
  var query: Range<Int>?
  /// Where in the target its authority lies, if it is an absolute one; it replaces the `Host` field.
  var authority: Range<Int>?

  /// Takes a target apart and decodes its path exactly once. Throws a 400 that names the trouble.
  init(_ bytes: UnsafeRawBufferPointer, method: String) throws(GatewayError) {
    for byte in bytes where byte <= 32 || byte >= 127 || byte == UInt8(ascii: "#") {
      throw .caller(
        .invalidRequest,
        "The request target holds a character that must be percent-encoded (blanks, '#', control and non-ASCII ones).")
    }
    if bytes.count == 1, bytes[0] == UInt8(ascii: "*"), method == "OPTIONS" {
      path = "*"
      return
    }
    let start = try RequestTarget.skipAuthority(bytes, method: method)
    if start > 0 { authority = try RequestTarget.authority(bytes, end: start) }
    let mark = Grammar.position(of: UInt8(ascii: "?"), in: bytes, from: start)
    if let mark {
      try RequestTarget.checkEscapes(bytes, mark + 1..<bytes.count)
      query = mark + 1..<bytes.count
    }
    let raw = start..<(mark ?? bytes.count)
    path = raw.isEmpty ? "/" : try RequestTarget.decodePath(UnsafeRawBufferPointer(rebasing: bytes[raw]))
  }

  /// A query name or value: `+` is a space, escapes are decoded; an escape that is none stays as it is.
  static func queryText(_ text: Substring) -> String {
    guard text.utf8.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") }) else { return String(text) }
    let bytes = Array(text.utf8)
    var decoded: [UInt8] = []
    var index = 0
    while index < bytes.count {
      if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count, let high = Grammar.hexadecimal(bytes[index + 1]),
        let low = Grammar.hexadecimal(bytes[index + 2])
      {
        decoded.append(high << 4 | low)
        index += 3
      } else {
        decoded.append(bytes[index] == UInt8(ascii: "+") ? Grammar.space : bytes[index])
        index += 1
      }
    }
    return String(decoding: decoded, as: UTF8.self)
  }

  /// Where the path begins: 0 in origin form, behind the authority in absolute form.
  private static func skipAuthority(_ bytes: UnsafeRawBufferPointer, method: String) throws(GatewayError) -> Int {
    if bytes.first == UInt8(ascii: "/") { return 0 }
    guard let start = schemeEnd(bytes) else {
      throw .caller(
        .invalidRequest,
        method == "CONNECT"
          ? "This is not a proxy: CONNECT is not served; send requests to it directly."
          : "The request target must begin with '/' or be an http:// or https:// URL.")
    }
    var end = start
    while end < bytes.count, bytes[end] != UInt8(ascii: "/"), bytes[end] != UInt8(ascii: "?") { end += 1 }
    return end
  }

  private static func schemeEnd(_ bytes: UnsafeRawBufferPointer) -> Int? {
    for scheme in ["http://", "https://"] as [StaticString] where bytes.count > scheme.utf8CodeUnitCount {
      let prefix = UnsafeRawBufferPointer(rebasing: bytes[0..<scheme.utf8CodeUnitCount])
      if Grammar.matches(prefix, scheme) { return scheme.utf8CodeUnitCount }
    }
    return nil
  }

  private static func authority(_ bytes: UnsafeRawBufferPointer, end: Int) throws(GatewayError) -> Range<Int> {
    guard let start = schemeEnd(bytes), HostName.isValid(UnsafeRawBufferPointer(rebasing: bytes[start..<end])) else {
      throw .caller(.invalidRequest, "The host in the request target is not valid; write it as HOST or HOST:PORT.")
    }
    return start..<end
  }

  private static func checkEscapes(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) throws(GatewayError) {
    for index in range where bytes[index] == UInt8(ascii: "%") {
      guard index + 2 < range.upperBound, Grammar.hexadecimal(bytes[index + 1]) != nil,
        Grammar.hexadecimal(bytes[index + 2]) != nil
      else { throw badEscape }
    }
  }

  private static var badEscape: GatewayError {
    .caller(
      .invalidRequest, "The URL holds a '%' without two hexadecimal digits behind it; write a percent sign as %25.")
  }

  private static func decodePath(_ raw: UnsafeRawBufferPointer) throws(GatewayError) -> String {
    guard Grammar.position(of: UInt8(ascii: "%"), in: raw, from: 0) != nil else {
      try refuseDotSegments(raw)
      return String(decoding: raw, as: UTF8.self)
    }
    try checkEscapes(raw, 0..<raw.count)
    var decoded: [UInt8] = []
    decoded.reserveCapacity(raw.count)
    var index = 0
    while index < raw.count {
      guard raw[index] == UInt8(ascii: "%") else {
        decoded.append(raw[index])
        index += 1
        continue
      }
      let high = Grammar.hexadecimal(raw[index + 1]) ?? 0
      decoded.append(high << 4 | (Grammar.hexadecimal(raw[index + 2]) ?? 0))
      index += 3
    }
    guard let text = String(validating: decoded, as: UTF8.self) else {
      throw .caller(.invalidRequest, "The URL's path is not UTF-8 once its escapes are decoded.")
    }
    if text.unicodeScalars.contains(where: { $0.value < 32 || (127...159).contains($0.value) }) {
      throw .caller(.invalidRequest, "The URL's path holds an escaped control character; remove it.")
    }
    let bytes = decoded
    let failure = bytes.withUnsafeBytes { raw -> GatewayError? in
      do throws(GatewayError) {
        try refuseDotSegments(raw)
        return nil
      } catch { return error }
    }
    if let failure { throw failure }
    return text
  }

  /// Refuses `.` and `..` segments, so that no two readers of the path can disagree about where it leads.
  private static func refuseDotSegments(_ path: UnsafeRawBufferPointer) throws(GatewayError) {
    var start = 0
    while start <= path.count {
      let end = Grammar.position(of: UInt8(ascii: "/"), in: path, from: start) ?? path.count
      let length = end - start
      if length == 1 || length == 2, path[start..<end].allSatisfy({ $0 == UInt8(ascii: ".") }) {
        throw .caller(.invalidRequest, "The URL's path holds a '.' or '..' segment; write the path without it.")
      }
      start = end + 1
    }
  }
}

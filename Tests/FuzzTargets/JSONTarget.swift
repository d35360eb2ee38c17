import JSON

extension FuzzTarget {
  /// JSON texts: the scanner, the document and a plain reader agree on what is JSON, and a document survives being
  /// written and read again.
  static let json = FuzzTarget(
    name: "json", seeds: { JSONSeeds.all + RequestSeeds.all },
    check: { input in
      let scanned = problem(input)
      let plain = PlainJSON.accepts(Array(input))
      if (scanned == nil) != plain { return "scanner: \(String(describing: scanned)), plain reader: \(plain)" }
      let value: JSONValue
      do throws(JSONProblem) {
        value = try JSONValue.parse(input)
      } catch {
        return scanned == error ? nil : "scanner: \(String(describing: scanned)), document: \(error)"
      }
      if let scanned { return "the scanner says \(scanned), the document accepts" }
      let written = value.serialized()
      guard let again = try? JSONValue.parse(written), again.serialized() == written else {
        return "written and read again it is another document"
      }
      return nil
    })

  private static func problem(_ text: UnsafeRawBufferPointer) -> JSONProblem? {
    do throws(JSONProblem) {
      var scanner = JSONScanner(text)
      try scanner.value()
      try scanner.end()
      return nil
    } catch {
      return error
    }
  }
}

/// RFC 8259 by its grammar, character by character, with the scanner's bounds on depth and numbers.
struct PlainJSON {
  private let text: [Unicode.Scalar]
  private var position = 0

  /// Whether the bytes are a JSON text.
  static func accepts(_ bytes: [UInt8]) -> Bool {
    guard let text = String(validating: bytes, as: UTF8.self) else { return false }
    var reader = PlainJSON(text: Array(text.unicodeScalars))
    guard reader.value(depth: 0) else { return false }
    reader.blanks()
    return reader.next == nil
  }

  private init(text: [Unicode.Scalar]) { self.text = text }

  private var next: Unicode.Scalar? { position < text.count ? text[position] : nil }

  private mutating func blanks() { while let next, " \t\r\n".unicodeScalars.contains(next) { position += 1 } }

  private mutating func take(_ word: String) -> Bool {
    guard text[position...].starts(with: word.unicodeScalars) else { return false }
    position += word.unicodeScalars.count
    return true
  }

  private mutating func value(depth: Int) -> Bool {
    blanks()
    switch next {
    case "{": return list("}", depth: depth + 1) { $0.member(depth: depth + 1) }
    case "[": return list("]", depth: depth + 1) { $0.value(depth: depth + 1) }
    case "\"": return string()
    case "t": return take("true")
    case "f": return take("false")
    case "n": return take("null")
    default: return number()
    }
  }

  private mutating func list(_ end: String, depth: Int, _ item: (inout PlainJSON) -> Bool) -> Bool {
    guard depth <= JSONScanner.depthLimit else { return false }
    position += 1
    blanks()
    if take(end) { return true }
    while item(&self) {
      blanks()
      if take(end) { return true }
      guard take(",") else { return false }
    }
    return false
  }

  private mutating func member(depth: Int) -> Bool {
    blanks()
    guard next == "\"", string() else { return false }
    blanks()
    return take(":") && value(depth: depth)
  }

  private mutating func string() -> Bool {
    position += 1
    while let character = next {
      position += 1
      if character == "\"" { return true }
      if character.value < 32 { return false }
      guard character == "\\" else { continue }
      guard let escaped = next else { return false }
      position += 1
      if escaped == "u" {
        for _ in 0..<4 {
          guard let digit = next, digit.isASCII, digit.properties.isASCIIHexDigit else { return false }
          position += 1
        }
      } else if !"\"\\/bfnrt".unicodeScalars.contains(escaped) {
        return false
      }
    }
    return false
  }

  private mutating func number() -> Bool {
    let start = position
    _ = take("-")
    if !take("0") { guard digits() else { return false } }
    if take(".") { guard digits() else { return false } }
    if take("e") || take("E") {
      if !take("+") { _ = take("-") }
      guard digits() else { return false }
    }
    return position - start <= JSONScanner.numberLimit
  }

  private mutating func digits() -> Bool {
    let start = position
    while let next, ("0"..."9").contains(next) { position += 1 }
    return position > start
  }
}

/// Texts to begin with.
private enum JSONSeeds {
  static let all: [[UInt8]] = [
    "{}", "[]", "null", " [ 1 , -2.5e+10 , 0 ] ", #"{"a":{"b":[true,false,null]}}"#, #""\u00e9\ud83d\ude00\n\/""#,
    #"{"a":1,"a":2}"#, "\"\u{e9}\u{6F22}\u{1F600}\"", "01", "[1,]", "{\"a\":}", "nul", "\"\\ud800\"", "1e", "-",
    String(repeating: "[", count: 130), String(repeating: "{\"a\":", count: 5),
  ].map { Array($0.utf8) }
}

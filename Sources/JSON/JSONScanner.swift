import CBytes

/// One strict, validating pass over a JSON text (RFC 8259) that builds nothing: it walks values, hands out the members
/// of objects and the elements of arrays as spans, and checks everything on the way: grammar, UTF-8, depth, the length
/// of numbers. What a room does not ask for is skipped but still checked.
package struct JSONScanner {
  /// Deepest nesting accepted. A JSON schema in a tool rarely passes 20; a text of brackets only must not exhaust the stack.
  package static let depthLimit = 128
  /// Longest number accepted. Unit: bytes. A double needs 25; numbers are relayed as written, never computed with.
  package static let numberLimit = 1024

  /// The text being scanned.
  package let text: UnsafeRawBufferPointer
  /// Byte offset of what comes next.
  package private(set) var position = 0
  private let base: UnsafePointer<UInt8>
  private let count: Int
  private var depth = 0

  /// A scanner at the start of `text`, which must outlive it.
  package init(_ text: UnsafeRawBufferPointer) {
    self.text = text
    count = text.count
    base = text.baseAddress?.assumingMemoryBound(to: UInt8.self) ?? UnsafePointer(JSONScanner.empty)
  }

  /// Something to point at where a text is empty; never read.
  private nonisolated(unsafe) static let empty = UnsafeMutablePointer<UInt8>.allocate(capacity: 1)

  // MARK: Walking

  /// What the next value is, without taking it. Throws when nothing or no value follows.
  @inline(__always)
  package mutating func peek() throws(JSONProblem) -> JSONKind {
    skipWhitespace()
    guard position < count else { throw problem("the text ends where a value should begin") }
    switch base[position] {
    case UInt8(ascii: "{"): return .object
    case UInt8(ascii: "["): return .array
    case UInt8(ascii: "\""): return .string
    case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
    case UInt8(ascii: "n"): return .null
    case UInt8(ascii: "-"), 48...57: return .number
    default: throw problem("no JSON value begins here")
    }
  }

  /// Takes the next value whatever it is.
  @discardableResult
  package mutating func value() throws(JSONProblem) -> JSONSpan {
    let kind = try peek()
    let start = position
    switch kind {
    case .object:
      var hasMember = try enterObject()
      while hasMember {
        _ = try key()
        try value()
        hasMember = try nextMember()
      }
    case .array:
      var hasElement = try enterArray()
      while hasElement {
        try value()
        hasElement = try nextElement()
      }
    case .string: _ = try string()
    case .number: try number()
    case .bool: try literal(base[position] == UInt8(ascii: "t") ? "true" : "false")
    case .null: try literal("null")
    }
    return JSONSpan(start: start, end: position, kind: kind)
  }

  /// Walks the object that comes next. `member` is called for each member and must take its value from the scanner.
  package mutating func object(
    _ member: (JSONKey, inout JSONScanner) throws(JSONProblem) -> Void
  ) throws(JSONProblem) {
    var hasMember = try enterObject()
    while hasMember {
      try member(try key(), &self)
      hasMember = try nextMember()
    }
  }

  /// Walks the array that comes next. `element` is called with each index and must take the value from the scanner.
  package mutating func array(
    _ element: (Int, inout JSONScanner) throws(JSONProblem) -> Void
  ) throws(JSONProblem) {
    var hasElement = try enterArray()
    var index = 0
    while hasElement {
      try element(index, &self)
      index += 1
      hasElement = try nextElement()
    }
  }

  // MARK: Walking step by step, for the paths on which a closure per object would show

  /// Takes the opening brace; whether a member follows.
  package mutating func enterObject() throws(JSONProblem) -> Bool {
    try open(UInt8(ascii: "{"))
    return !close(UInt8(ascii: "}"))
  }

  /// Takes a member's name and its colon. The value must be taken next.
  package mutating func key() throws(JSONProblem) -> JSONKey {
    skipWhitespace()
    let start = position
    guard position < count, base[position] == UInt8(ascii: "\"") else {
      throw problem("a member name in double quotes should stand here")
    }
    let hasEscapes = try string()
    let key = JSONKey(span: JSONSpan(start: start, end: position, kind: .string), hasEscapes: hasEscapes, text: text)
    skipWhitespace()
    guard position < count, base[position] == UInt8(ascii: ":") else { throw problem("a colon should stand here") }
    position += 1
    return key
  }

  /// Takes the comma or the closing brace behind a member; whether another one follows.
  package mutating func nextMember() throws(JSONProblem) -> Bool { try !separator(UInt8(ascii: "}")) }

  /// Takes the opening bracket; whether an element follows.
  package mutating func enterArray() throws(JSONProblem) -> Bool {
    try open(UInt8(ascii: "["))
    return !close(UInt8(ascii: "]"))
  }

  /// Takes the comma or the closing bracket behind an element; whether another one follows.
  package mutating func nextElement() throws(JSONProblem) -> Bool { try !separator(UInt8(ascii: "]")) }

  /// Checks that nothing but white space is left.
  package mutating func end() throws(JSONProblem) {
    skipWhitespace()
    if position < count { throw problem("something follows the end of the JSON value") }
  }

  /// A problem at the current position.
  package func problem(_ reason: String) -> JSONProblem { JSONProblem(reason, at: position) }

  // MARK: Structure

  private mutating func open(_ bracket: UInt8) throws(JSONProblem) {
    skipWhitespace()
    guard position < count, base[position] == bracket else {
      throw problem(bracket == UInt8(ascii: "{") ? "an object should begin here" : "an array should begin here")
    }
    position += 1
    depth += 1
    if depth > JSONScanner.depthLimit { throw problem("values are nested more than \(JSONScanner.depthLimit) deep") }
  }

  private mutating func close(_ bracket: UInt8) -> Bool {
    skipWhitespace()
    guard position < count, base[position] == bracket else { return false }
    position += 1
    depth -= 1
    return true
  }

  /// Takes a comma (false) or the closing bracket (true).
  @inline(__always)
  private mutating func separator(_ bracket: UInt8) throws(JSONProblem) -> Bool {
    skipWhitespace()
    guard position < count else { throw problem("the text ends inside an object or array") }
    let byte = base[position]
    position += 1
    if byte == UInt8(ascii: ",") { return false }
    if byte == bracket {
      depth -= 1
      return true
    }
    position -= 1
    throw problem("a comma or a closing bracket should stand here")
  }

  @inline(__always)
  private mutating func skipWhitespace() {
    while position < count {
      switch base[position] {
      case 32, 10, 13, 9: position += 1
      default: return
      }
    }
  }

  // MARK: Scalars

  private mutating func literal(_ word: StaticString) throws(JSONProblem) {
    let length = word.utf8CodeUnitCount
    guard count - position >= length else { throw problem("no JSON value begins here") }
    for index in 0..<length where base[position + index] != word.utf8Start[index] {
      throw problem("no JSON value begins here")
    }
    position += length
  }

  private mutating func number() throws(JSONProblem) {
    let start = position
    if base[position] == UInt8(ascii: "-") { position += 1 }
    guard position < count, isDigit(base[position]) else { throw problem("a digit should stand here") }
    if base[position] == 48 {
      position += 1
    } else {
      digits()
    }
    if position < count, base[position] == UInt8(ascii: ".") {
      position += 1
      guard position < count, isDigit(base[position]) else { throw problem("a digit should follow the point") }
      digits()
    }
    if position < count, base[position] | 32 == UInt8(ascii: "e") {
      position += 1
      if position < count, base[position] == UInt8(ascii: "+") || base[position] == UInt8(ascii: "-") { position += 1 }
      guard position < count, isDigit(base[position]) else { throw problem("a digit should stand in the exponent") }
      digits()
    }
    if position - start > JSONScanner.numberLimit {
      throw JSONProblem("a number is longer than \(JSONScanner.numberLimit) characters", at: start)
    }
  }

  private mutating func digits() {
    while position < count, isDigit(base[position]) { position += 1 }
  }

  @inline(__always)
  private func isDigit(_ byte: UInt8) -> Bool { byte &- 48 < 10 }

  /// Takes a string with its quotes; returns whether it has escapes. Most strings end behind their first plain run.
  private mutating func string() throws(JSONProblem) -> Bool {
    position = plainEnd(from: position + 1)
    if position < count, base[position] == UInt8(ascii: "\"") {
      position += 1
      return false
    }
    return try stringRest()
  }

  private mutating func stringRest() throws(JSONProblem) -> Bool {
    var hasEscapes = false
    while true {
      guard position < count else { throw problem("a string is not closed") }
      let byte = base[position]
      if byte == UInt8(ascii: "\"") {
        position += 1
        return hasEscapes
      } else if byte == UInt8(ascii: "\\") {
        hasEscapes = true
        try escape()
      } else if byte < 32 {
        throw problem("a control character stands in a string; write it as an escape such as \\n")
      } else {
        try multibyte(byte)
      }
      position = plainEnd(from: position)
    }
  }

  /// Where the first byte at or behind `start` stands that is a quote, a backslash, a control character or not ASCII. Names
  /// and short values end within two words, for which the call would cost more than the search.
  @inline(__always)
  private func plainEnd(from start: Int) -> Int {
    var at = start
    for _ in 0..<2 {
      guard at + 8 <= count else { break }
      let word = UInt64(littleEndian: UnsafeRawPointer(base).loadUnaligned(fromByteOffset: at, as: UInt64.self))
      let plain = JSONScanner.plainBytes(word)
      at += plain
      if plain < 8 { return at }
    }
    return at < count ? at + pb_plain_run(base + at, count - at) : at
  }

  /// How many of a word's bytes, from the lowest on, are plain. Each difference carries into the top bit of the bytes that
  /// are to be found; above the first one the carry may tell untruths, which are not looked at.
  @inline(__always)
  private static func plainBytes(_ word: UInt64) -> Int {
    (word & 0x8080_8080_8080_8080 | JSONString.escapedBytes(word)).trailingZeroBitCount / 8
  }

  private mutating func escape() throws(JSONProblem) {
    guard position + 1 < count else { throw problem("a string is not closed") }
    switch base[position + 1] {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
      UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      position += 2
    case UInt8(ascii: "u"):
      guard position + 6 <= count else { throw problem("a \\u escape needs four hexadecimal digits") }
      for index in 2..<6 {
        let byte = base[position + index]
        guard isDigit(byte) || (byte | 32) &- 97 < 6 else {
          throw problem("a \\u escape needs four hexadecimal digits")
        }
      }
      position += 6
    default: throw problem("an unknown escape stands in a string")
    }
  }

  /// Passes over one multi-byte character; ill-formed UTF-8 (RFC 3629: overlong, surrogates, above U+10FFFF) is refused.
  @inline(__always)
  private mutating func multibyte(_ lead: UInt8) throws(JSONProblem) {
    let left = count - position
    if lead >= 0xC2, lead < 0xE0 {
      if left >= 2, isContinuation(1) {
        position += 2
        return
      }
    } else if lead >= 0xE0, lead < 0xF0 {
      if left >= 3, isContinuation(1), isContinuation(2) {
        let second = base[position + 1]
        if !(lead == 0xE0 && second < 0xA0), !(lead == 0xED && second >= 0xA0) {
          position += 3
          return
        }
      }
    } else if lead >= 0xF0, lead < 0xF5, left >= 4, isContinuation(1), isContinuation(2), isContinuation(3) {
      let second = base[position + 1]
      if !(lead == 0xF0 && second < 0x90), !(lead == 0xF4 && second >= 0x90) {
        position += 4
        return
      }
    }
    throw problem("the text is not valid UTF-8")
  }

  @inline(__always)
  private func isContinuation(_ offset: Int) -> Bool { base[position + offset] & 0xC0 == 0x80 }
}

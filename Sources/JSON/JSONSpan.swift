import Glibc

/// What a JSON value is.
package enum JSONKind: Sendable {
  case null, bool, number, string, array, object

  /// The word for messages: `a number`, `null`.
  package var words: String {
    switch self {
    case .null: "null"
    case .bool: "a boolean"
    case .number: "a number"
    case .string: "a string"
    case .array: "an array"
    case .object: "an object"
    }
  }
}

/// Where a value lies in the scanned text: from `start` up to `end`, quotes and brackets included.
package struct JSONSpan: Sendable {
  /// Byte offset of the first byte.
  package let start: Int
  /// Byte offset behind the last byte.
  package let end: Int
  /// What it is.
  package let kind: JSONKind

  /// Bytes of the value as written.
  package var count: Int { end - start }

  /// Whether other values lie in it, or could.
  package var isNested: Bool { kind == .object || kind == .array }

  /// A span of the given kind.
  package init(start: Int, end: Int, kind: JSONKind) {
    self.start = start
    self.end = end
    self.kind = kind
  }

  /// Whether the value is a string written as these characters, without escapes.
  package func isText(_ literal: StaticString, in text: UnsafeRawBufferPointer) -> Bool {
    guard kind == .string, count - 2 == literal.utf8CodeUnitCount, let base = text.baseAddress else { return false }
    return memcmp(base + start + 1, literal.utf8Start, literal.utf8CodeUnitCount) == 0
  }

  /// The value as a whole number, if it is one written with at most 18 digits and nothing else; the quick way for counts
  /// and indexes.
  package func smallInteger(in text: UnsafeRawBufferPointer) -> Int64? {
    guard kind == .number, count <= 18 else { return nil }
    var value: Int64 = 0
    for index in start..<end {
      let digit = text[index] &- 48
      if digit > 9 { return nil }
      value = value * 10 + Int64(digit)
    }
    return value
  }

  /// The value's bytes within the text it was scanned from.
  package func bytes(in text: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: text[start..<end])
  }
}

/// The name of an object's member as it stands in the text.
package struct JSONKey {
  /// The member's name with its quotes.
  package let span: JSONSpan
  /// Whether the name is written with escapes.
  package let hasEscapes: Bool
  let text: UnsafeRawBufferPointer

  init(span: JSONSpan, hasEscapes: Bool, text: UnsafeRawBufferPointer) {
    self.span = span
    self.hasEscapes = hasEscapes
    self.text = text
  }

  /// The bytes between its quotes, escapes as written; valid as long as the text.
  package var inside: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: text[(span.start + 1)..<(span.end - 1)])
  }

  /// The name between its quotes, escapes undone.
  package var string: String { JSONString.decode(span, in: text, hasEscapes: hasEscapes) }

  /// Whether the name is `name`; escapes are undone first, so that `"\u006dodel"` is `model`.
  package func matches(_ name: StaticString) -> Bool {
    if hasEscapes { return string == name.description }
    guard span.count - 2 == name.utf8CodeUnitCount, let base = text.baseAddress else { return false }
    return memcmp(base + span.start + 1, name.utf8Start, name.utf8CodeUnitCount) == 0
  }
}

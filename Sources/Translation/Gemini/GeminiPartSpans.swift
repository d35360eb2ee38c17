import JSON

/// Where the members of a part lie.
struct GeminiPartSpans {
  var text: JSONSpan?
  var isThought = false
  var signature: JSONSpan?
  var call: JSONSpan?
  /// The whole part, when it is neither text nor a call.
  var whole: JSONSpan?

  /// Takes the part that comes next.
  mutating func read(_ scanner: inout JSONScanner) throws(JSONProblem) {
    let start = scanner.position
    var hasMore = false
    var hasMember = try scanner.enterObject()
    while hasMember {
      let key = try scanner.key()
      let span = try scanner.value()
      switch (key.length, span.kind) {
      case (4, .string) where key.isNamed("text"): text = span
      case (7, .bool) where key.isNamed("thought"): isThought = span.count == 4
      case (16, .string) where key.isNamed("thoughtSignature"): if span.count > 2 { signature = span }
      case (12, .object) where key.isNamed("functionCall"): call = span
      default: hasMore = true
      }
      hasMember = try scanner.nextMember()
    }
    if hasMore, text == nil, call == nil {
      whole = JSONSpan(start: start, end: scanner.position, kind: .object)
    }
  }
}

/// Where the members of a call lie.
struct GeminiCallSpans {
  var id: JSONSpan?
  var name: JSONSpan?
  var arguments: JSONSpan?

  /// Takes a whole call, which must be an object.
  mutating func read(_ data: UnsafeRawBufferPointer) throws(JSONProblem) {
    var scanner = JSONScanner(data)
    var hasMember = try scanner.enterObject()
    while hasMember {
      let key = try scanner.key()
      let span = try scanner.value()
      switch (key.length, span.kind) {
      case (2, .string) where key.isNamed("id"): id = span
      case (4, .string) where key.isNamed("name"): name = span
      case (4, .object) where key.isNamed("args"): arguments = span
      default: break
      }
      hasMember = try scanner.nextMember()
    }
  }
}

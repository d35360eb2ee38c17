import JSON

/// Where the members of an event lie that are read from it.
struct GeminiEventSpans {
  var candidates: JSONSpan?
  var usage: JSONSpan?
  var modelVersion: JSONSpan?
  var responseID: JSONSpan?
  var promptFeedback: JSONSpan?
  var error: JSONSpan?
  /// Behind the last member.
  var end = 0
  /// Whether there is any member.
  var isEmpty = true

  /// Takes a whole event, which must be an object.
  mutating func read(_ data: UnsafeRawBufferPointer) throws(JSONProblem) {
    var scanner = JSONScanner(data)
    var hasMember = try scanner.enterObject()
    while hasMember {
      isEmpty = false
      let key = try scanner.key()
      let span = try scanner.value()
      switch (key.length, span.kind) {
      case (10, .array) where key.isNamed("candidates"): candidates = span
      case (13, .object) where key.isNamed("usageMetadata"): usage = span
      case (12, .string) where key.isNamed("modelVersion"): modelVersion = span
      case (10, .string) where key.isNamed("responseId"): responseID = span
      case (14, .object) where key.isNamed("promptFeedback"): promptFeedback = span
      case (5, .object) where key.isNamed("error"): error = span
      default: break
      }
      hasMember = try scanner.nextMember()
    }
    end = scanner.position - 1
    try scanner.end()
  }
}

/// Where the members of a candidate lie.
struct GeminiCandidateSpans {
  var index: JSONSpan?
  var parts: JSONSpan?
  var finish: JSONSpan?
  /// The whole candidate, when there is more to it than parts: citations, probabilities.
  var rare: JSONSpan?

  /// Takes the candidate that comes next.
  mutating func read(_ scanner: inout JSONScanner) throws(JSONProblem) {
    let start = scanner.position
    var hasRare = false
    var hasMember = try scanner.enterObject()
    while hasMember {
      let key = try scanner.key()
      if key.length == 7, key.isNamed("content"), try scanner.peek() == .object {
        try readContent(&scanner)
      } else {
        let span = try scanner.value()
        switch (key.length, span.kind) {
        case (5, .number) where key.isNamed("index"): index = span
        case (12, .string) where key.isNamed("finishReason"): finish = span
        case (17, .object) where key.isNamed("groundingMetadata"): hasRare = true
        case (16, .object) where key.isNamed("citationMetadata"): hasRare = true
        case (14, .object) where key.isNamed("logprobsResult"): hasRare = true
        default: break
        }
      }
      hasMember = try scanner.nextMember()
    }
    if hasRare { rare = JSONSpan(start: start, end: scanner.position, kind: .object) }
  }

  private mutating func readContent(_ scanner: inout JSONScanner) throws(JSONProblem) {
    var hasMember = try scanner.enterObject()
    while hasMember {
      let key = try scanner.key()
      let span = try scanner.value()
      if span.kind == .array, key.isNamed("parts") { parts = span }
      hasMember = try scanner.nextMember()
    }
  }
}

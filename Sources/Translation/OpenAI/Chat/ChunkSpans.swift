import JSON

/// Where the members of a chunk lie that are read from it.
struct ChunkSpans {
  var id: JSONSpan?
  var model: JSONSpan?
  var provider: JSONSpan?
  var serviceTier: JSONSpan?
  var choices: JSONSpan?
  var usage: JSONSpan?
  var error: JSONSpan?
  var evidence: JSONSpan?

  /// Takes a whole chunk, which must be an object.
  mutating func read(_ data: UnsafeRawBufferPointer) throws(JSONProblem) {
    var scanner = JSONScanner(data)
    var hasMember = try scanner.enterObject()
    while hasMember {
      let key = try scanner.key()
      let span = try scanner.value()
      switch key.length {
      case 2 where key.isNamed("id"): id = span
      case 5 where key.isNamed("model"): model = span
      case 5 where key.isNamed("usage") && span.kind == .object: usage = span
      case 5 where key.isNamed("error") && span.kind != .null: error = span
      case 7 where key.isNamed("choices") && span.kind == .array: choices = span
      case 8 where key.isNamed("provider"): provider = span
      case 12 where key.isNamed("service_tier"): serviceTier = span
      case 19 where key.isNamed("openrouter_metadata") && span.kind == .object: evidence = span
      default: break
      }
      hasMember = try scanner.nextMember()
    }
    try scanner.end()
  }
}

/// Where the members of a streamed choice and of its delta lie.
struct ChoiceSpans {
  var index: JSONSpan?
  var finish: JSONSpan?
  var nativeFinish: JSONSpan?
  var stopReason: JSONSpan?
  var logprobs: JSONSpan?
  var content: JSONSpan?
  var reasoning: JSONSpan?
  var details: JSONSpan?
  var refusal: JSONSpan?
  var toolCalls: JSONSpan?
  var annotations: JSONSpan?
  var images: JSONSpan?
  var audio: JSONSpan?
  /// Whether there is more than text, reasoning and calls.
  var hasRare = false

  /// Whether something is said that stands between calls.
  var saysMoreThanCalls: Bool {
    content.map { $0.count > 2 } ?? false || reasoning != nil || details != nil || refusal != nil || hasRare
  }

  /// Takes the choice that comes next.
  mutating func read(_ scanner: inout JSONScanner) throws(JSONProblem) {
    var hasMember = try scanner.enterObject()
    while hasMember {
      let key = try scanner.key()
      let length = key.length
      if length == 5 && key.isNamed("delta") || length == 7 && key.isNamed("message"), try scanner.peek() == .object {
        try readDelta(&scanner)
      } else {
        let span = try scanner.value()
        switch length {
        case 5 where key.isNamed("index"): index = span
        case 13 where key.isNamed("finish_reason") && span.kind == .string: finish = span
        case 20 where key.isNamed("native_finish_reason"): nativeFinish = span
        case 11 where key.isNamed("stop_reason"): stopReason = span
        case 8 where key.isNamed("logprobs") && span.kind == .object:
          logprobs = span
          hasRare = true
        default: break
        }
      }
      hasMember = try scanner.nextMember()
    }
  }

  private mutating func readDelta(_ scanner: inout JSONScanner) throws(JSONProblem) {
    var hasMember = try scanner.enterObject()
    while hasMember {
      let key = try scanner.key()
      let span = try scanner.value()
      note(key, span)
      hasMember = try scanner.nextMember()
    }
  }

  @inline(__always)
  private mutating func note(_ key: JSONKey, _ span: JSONSpan) {
    switch (key.length, span.kind) {
    case (7, .string) where key.isNamed("content"): content = span
    case (7, .string) where key.isNamed("refusal"): refusal = span
    case (9, .string) where key.isNamed("reasoning"), (17, .string) where key.isNamed("reasoning_content"):
      if reasoning == nil || span.count > 2 { reasoning = span }
    case (17, .array) where key.isNamed("reasoning_details"): details = span
    case (10, .array) where key.isNamed("tool_calls"): toolCalls = span
    case (11, .array) where key.isNamed("annotations"):
      annotations = span
      hasRare = true
    case (6, .array) where key.isNamed("images"):
      images = span
      hasRare = true
    case (5, .object) where key.isNamed("audio"):
      audio = span
      hasRare = true
    default: break
    }
  }
}

import Core
import JSON

/// Takes text out of a chunk of a rescued stream: the role, which the caller has been told, and the beginning of the
/// text, which the caller has. All else stays as written. Only for the few chunks around a splice.
struct ChunkCut {
  /// What the chunk's text is replaced by, as the inside of a JSON string; nil keeps it.
  var text: [UInt8]?
  /// The same for its reasoning.
  var reasoning: [UInt8]?
  /// Whether reasoning is taken out with its members.
  var removesReasoning = false

  /// The edited chunk. Throws when it is no chunk, which `OpenAIChunk` has found before.
  func apply(to data: UnsafeRawBufferPointer) throws(JSONProblem) -> [UInt8] {
    var splice = JSONSplice()
    var scanner = JSONScanner(data)
    try scanner.object { (key, scanner) throws(JSONProblem) in
      guard key.matches("choices"), try scanner.peek() == .array else {
        try scanner.value()
        return
      }
      try scanner.array { (_, scanner) throws(JSONProblem) in try choice(&scanner, &splice) }
    }
    let output = ByteBuffer(capacity: data.count)
    splice.apply(to: data, into: output)
    return output.copyBytes()
  }

  private func choice(_ scanner: inout JSONScanner, _ splice: inout JSONSplice) throws(JSONProblem) {
    guard try scanner.peek() == .object else {
      try scanner.value()
      return
    }
    try scanner.object { (key, scanner) throws(JSONProblem) in
      if key.matches("delta"), try scanner.peek() == .object {
        try delta(&scanner, &splice)
      } else {
        let span = try scanner.value()
        if key.matches("text") { replace(span, text, &splice) }
      }
    }
  }

  private func delta(_ scanner: inout JSONScanner, _ splice: inout JSONSplice) throws(JSONProblem) {
    var members = JSONMemberList()
    var replacements: [(span: JSONSpan, text: [UInt8]?)] = []
    try scanner.object { (key, scanner) throws(JSONProblem) in
      let span = try scanner.value()
      let isReasoning = key.matches("reasoning") || key.matches("reasoning_content")
      let isRemoved =
        key.matches("role") || removesReasoning && (isReasoning || key.matches("reasoning_details"))
      members.append(start: key.span.start, end: span.end, isRemoved: isRemoved)
      if isRemoved { return }
      if key.matches("content") { replacements.append((span, text)) }
      if isReasoning { replacements.append((span, reasoning)) }
    }
    members.addRemovals(to: &splice)
    for (span, text) in replacements { replace(span, text, &splice) }
  }

  private func replace(_ span: JSONSpan, _ text: [UInt8]?, _ splice: inout JSONSplice) {
    if let text, span.kind == .string { splice.replace(span.start + 1, span.end - 1, with: text) }
  }
}

import Core
import JSON

/// Takes text out of a chunk of a rescued stream: the role, which the caller has been told, and the beginning of the
/// text, which the caller has. All else stays as written. Only for the few chunks around a splice.
struct ChunkCut {
  /// The text that is replaced, with its quotes, and the inside of the JSON string that takes its place.
  var text: (span: JSONSpan, rest: [UInt8])?
  /// Whether reasoning is taken out with its members.
  var removesReasoning = false

  /// The edited chunk. Throws when it is no chunk, which `OpenAIChunk` has found before.
  func apply(to data: UnsafeRawBufferPointer) throws(JSONProblem) -> [UInt8] {
    var splice = JSONSplice()
    if let text { splice.replace(text.span.start + 1, text.span.end - 1, with: text.rest) }
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
      if key.matches("delta") || key.matches("message"), try scanner.peek() == .object {
        try delta(&scanner, &splice)
      } else {
        try scanner.value()
      }
    }
  }

  private func delta(_ scanner: inout JSONScanner, _ splice: inout JSONSplice) throws(JSONProblem) {
    var members = JSONMemberList()
    try scanner.object { (key, scanner) throws(JSONProblem) in
      let span = try scanner.value()
      let isReasoning =
        key.matches("reasoning") || key.matches("reasoning_content") || key.matches("reasoning_details")
      members.append(
        start: key.span.start, end: span.end, isRemoved: key.matches("role") || removesReasoning && isReasoning)
    }
    members.addRemovals(to: &splice)
  }
}

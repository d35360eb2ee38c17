import Core
import JSON

/// Google's format on both sides. Model and method stand in the path.
package struct GeminiPassThrough: PassThrough {
  private let isArray: Bool

  /// The format's editors. `isArray`: streams come as the elements of one JSON array, as they do without `alt=sse`.
  package init(isArray: Bool = false) { self.isArray = isArray }

  /// The caller's body without the gateway's own members, without `model`, which the path names, and without other
  /// providers' reasoning.
  package func encode(
    _ body: UnsafeRawBufferPointer, upstreamModel: String, into buffer: ByteBuffer
  ) throws(GatewayError) {
    var splice = JSONSplice()
    do throws(JSONProblem) {
      var members = JSONMemberList()
      var scanner = JSONScanner(body)
      var hasMember = try scanner.enterObject()
      while hasMember {
        let key = try scanner.key()
        if key.matches("contents") {
          var turns = GeminiTurnsEditor(GeminiModel(upstreamModel))
          try turns.edit(&scanner, body, &splice)
        } else {
          try scanner.value()
        }
        members.append(start: key.span.start, end: scanner.position, isRemoved: isOwn(key))
        hasMember = try scanner.nextMember()
      }
      try scanner.end()
      members.addRemovals(to: &splice)
    } catch {
      throw .caller(.invalidRequest, "The request body is not valid JSON: \(error).")
    }
    splice.apply(to: body, into: buffer)
  }

  private func isOwn(_ key: JSONKey) -> Bool {
    switch key.length {
    case 5 where key.isNamed("model"): true
    case 8 where key.isNamed("contents"): false
    case 5 where key.isNamed("tools"): false
    default: OpenAIRequest.ownMembers.contains(key.string)
    }
  }

  /// An editor of one answer's events.
  package func stream(_ identity: AnswerIdentity, answerID: String) -> any PassThroughStream {
    GeminiStreamEditor(identity, answerID: answerID, isArray: isArray)
  }

  /// Reads an answer.
  package func answer(_ data: UnsafeRawBufferPointer) throws(GatewayError) -> any PassThroughAnswer {
    try GeminiAnswerEditor(data)
  }
}

/// The edits to an answer in Google's format: whose it is. The cost has no place in it, as client libraries refuse members
/// that they do not know.
struct GeminiAnswerEdit {
  /// `modelVersion`.
  let modelJSON: [UInt8]
  /// `responseId`.
  let idJSON: [UInt8]

  /// The edits for an answer of that id.
  init(_ identity: AnswerIdentity, answerID: String) {
    modelJSON = identity.modelJSON
    let id = ByteBuffer()
    id.append(jsonString: answerID)
    idJSON = id.copyBytes()
  }

  /// Appends the answer or event with the gateway's names. `usage` counts where the provider has reported none.
  func write(_ data: UnsafeRawBufferPointer, _ spans: GeminiEventSpans, usage: AnswerUsage?, to output: ByteBuffer) {
    var splice = JSONSplice()
    let added = ByteBuffer()
    func put(_ name: StaticString, _ value: [UInt8], in span: JSONSpan?) {
      if let span { return splice.replace(span, with: value) }
      added.append(spans.isEmpty && added.isEmpty ? "\"" : ",\"")
      added.append(name)
      added.append("\":")
      added.append(value)
    }
    if let usage { put("usageMetadata", GeminiUsage.object(usage).serialized(), in: spans.usage) }
    put("modelVersion", modelJSON, in: spans.modelVersion)
    put("responseId", idJSON, in: spans.responseID)
    if !added.isEmpty { splice.replace(spans.end, spans.end, with: added.copyBytes()) }
    splice.apply(to: data, into: output)
  }
}

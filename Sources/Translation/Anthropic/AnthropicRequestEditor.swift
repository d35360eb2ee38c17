import Core
import JSON

/// Writes the body for a provider of Anthropic's format when the caller speaks it too: the caller's bytes with `model`
/// replaced and the gateway's own members removed. All else stays to the digit.
package enum AnthropicRequestEditor {
  /// Members that are OpenRouter's additions to this format and never forwarded (reference section 11.2).
  private static let additions: Set<String> = ["fallbacks", "user"]

  /// Appends the body for one attempt. `body` has been read by `AnthropicRequestReader` before; throws a 400 when it is no
  /// JSON object all the same.
  package static func encode(
    _ body: UnsafeRawBufferPointer, upstreamModel: String, into buffer: ByteBuffer
  ) throws(GatewayError) {
    var splice = JSONSplice()
    do throws(JSONProblem) {
      var members = JSONMemberList()
      var scanner = JSONScanner(body)
      var hasMember = try scanner.enterObject()
      while hasMember {
        let key = try scanner.key()
        let span = try scanner.value()
        if key.isNamed("model") {
          let quoted = ByteBuffer()
          quoted.append(jsonString: upstreamModel)
          splice.replace(span, with: quoted.copyBytes())
        }
        members.append(start: key.span.start, end: span.end, isRemoved: isOwn(key))
        hasMember = try scanner.nextMember()
      }
      try scanner.end()
      members.addRemovals(to: &splice)
    } catch {
      throw .caller(.invalidRequest, "The request body is not valid JSON: \(error).")
    }
    splice.apply(to: body, into: buffer)
  }

  private static func isOwn(_ key: JSONKey) -> Bool {
    switch key.length {
    case 5 where key.isNamed("model"): false
    case 8 where key.isNamed("messages"): false
    case 5 where key.isNamed("tools"): false
    default: OpenAIRequest.ownMembers.contains(key.string) || additions.contains(key.string)
    }
  }
}

/// Anthropic's format on both sides.
package struct AnthropicPassThrough: PassThrough {
  /// The format's editors.
  package init() {}

  /// The caller's body with the provider's name of the model.
  package func encode(
    _ body: UnsafeRawBufferPointer, upstreamModel: String, into buffer: ByteBuffer
  ) throws(GatewayError) { try AnthropicRequestEditor.encode(body, upstreamModel: upstreamModel, into: buffer) }

  /// An editor of one message's events.
  package func stream(_ identity: AnswerIdentity, answerID: String) -> any PassThroughStream {
    AnthropicStreamEditor(identity, answerID: answerID)
  }

  /// Reads a message.
  package func answer(_ data: UnsafeRawBufferPointer) throws(GatewayError) -> any PassThroughAnswer {
    try AnthropicAnswerEditor(data)
  }
}

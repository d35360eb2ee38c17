import Core
import JSON

/// Writes the body for a provider of Anthropic's format when the caller speaks it too: the caller's bytes with `model`
/// replaced and the gateway's own members removed. Thinking that Anthropic has not signed is taken out, as it would be
/// refused. All else stays to the digit.
package struct AnthropicRequestEditor {
  /// Members that are OpenRouter's additions to this format and never forwarded (reference section 11.2).
  private static let additions: Set<String> = ["fallbacks", "user"]

  private let upstreamModel: String
  private var splice = JSONSplice()
  /// Where `thinking` asks for thoughts with a budget, if it does.
  private var budget: JSONSpan?
  /// Whether the model's last turn calls tools and has lost the thoughts before it.
  private var hasBareCall = false

  /// Appends the body for one attempt. `body` has been read by `AnthropicRequestReader` before; throws a 400 when it is no
  /// JSON object all the same.
  package static func encode(
    _ body: UnsafeRawBufferPointer, upstreamModel: String, into buffer: ByteBuffer
  ) throws(GatewayError) {
    var editor = AnthropicRequestEditor(upstreamModel: upstreamModel)
    do throws(JSONProblem) {
      try editor.edit(body)
    } catch {
      throw .caller(.invalidRequest, "The request body is not valid JSON: \(error).")
    }
    editor.splice.apply(to: body, into: buffer)
  }

  private init(upstreamModel: String) { self.upstreamModel = upstreamModel }

  private mutating func edit(_ body: UnsafeRawBufferPointer) throws(JSONProblem) {
    var found: [(start: Int, end: Int, isRemoved: Bool)] = []
    var scanner = JSONScanner(body)
    var hasMember = try scanner.enterObject()
    while hasMember {
      let key = try scanner.key()
      if key.isNamed("messages"), try scanner.peek() == .array {
        try editMessages(&scanner)
      } else {
        try take(key, try scanner.value(), body)
      }
      found.append((key.span.start, scanner.position, isOwn(key)))
      hasMember = try scanner.nextMember()
    }
    try scanner.end()
    var members = JSONMemberList()
    for member in found {
      // With a budget Anthropic refuses a call whose thoughts are missing; without `thinking` it takes it.
      let isMoot = hasBareCall && member.end == budget?.end
      members.append(start: member.start, end: member.end, isRemoved: member.isRemoved || isMoot)
    }
    members.addRemovals(to: &splice)
  }

  private mutating func take(
    _ key: JSONKey, _ span: JSONSpan, _ body: UnsafeRawBufferPointer
  ) throws(JSONProblem) {
    if key.isNamed("model") {
      let quoted = ByteBuffer()
      quoted.append(jsonString: upstreamModel)
      splice.replace(span, with: quoted.copyBytes())
    } else if key.isNamed("thinking"), span.kind == .object {
      let type = try JSONValue.parse(span.bytes(in: body))["type"]?.stringValue
      if type == "enabled" { budget = span }
    }
  }

  private func isOwn(_ key: JSONKey) -> Bool {
    switch key.length {
    case 5 where key.isNamed("model"): false
    case 8 where key.isNamed("messages"): false
    case 5 where key.isNamed("tools"): false
    default: OpenAIRequest.ownMembers.contains(key.string) || AnthropicRequestEditor.additions.contains(key.string)
    }
  }

  // MARK: Thinking of others

  private mutating func editMessages(_ scanner: inout JSONScanner) throws(JSONProblem) {
    var messages = JSONMemberList()
    var hasElement = try scanner.enterArray()
    while hasElement {
      var isEmptied = false
      let isObject = try scanner.peek() == .object
      let start = scanner.position
      if isObject {
        let message = try AnthropicForeignThinking(&scanner)
        isEmptied = message.isEmptied
        if !isEmptied { message.blocks.addRemovals(to: &splice) }
        if message.isModels, !isEmptied { hasBareCall = message.hasBareCall }
      } else {
        try scanner.value()
      }
      messages.append(start: start, end: scanner.position, isRemoved: isEmptied)
      hasElement = try scanner.nextElement()
    }
    messages.addRemovals(to: &splice)
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

import JSON

/// The blocks of a message of a request that hold thoughts which are not Anthropic's: sealed ones of other providers, and
/// those that nobody has signed.
struct AnthropicForeignThinking {
  /// The content's blocks, those to be removed marked.
  private(set) var blocks = JSONMemberList()
  /// Whether the message is the model's.
  private(set) var isModels = false
  private var kept = 0
  private var hasCall = false
  private var beginsWithThoughts = false

  /// Takes a message, which must be an object.
  init(_ scanner: inout JSONScanner) throws(JSONProblem) {
    var isUsers = false
    var hasMember = try scanner.enterObject()
    while hasMember {
      let key = try scanner.key()
      if !isUsers, key.isNamed("content"), try scanner.peek() == .array {
        try readContent(&scanner)
      } else {
        let span = try scanner.value()
        if key.isNamed("role") {
          isUsers = span.isText("user", in: scanner.text)
          isModels = span.isText("assistant", in: scanner.text)
        }
      }
      hasMember = try scanner.nextMember()
    }
  }

  /// Whether nothing is left of the message.
  var isEmptied: Bool { blocks.hasRemovals && kept == 0 }
  /// Whether it calls a tool and has lost the thoughts before it.
  var hasBareCall: Bool { blocks.hasRemovals && hasCall && !beginsWithThoughts }

  private mutating func readContent(_ scanner: inout JSONScanner) throws(JSONProblem) {
    blocks = JSONMemberList()
    kept = 0
    var hasElement = try scanner.enterArray()
    while hasElement {
      let isObject = try scanner.peek() == .object
      let start = scanner.position
      let isForeign = isObject ? try readBlock(&scanner) : false
      if !isObject { try scanner.value() }
      blocks.append(start: start, end: scanner.position, isRemoved: isForeign)
      if !isForeign { kept += 1 }
      hasElement = try scanner.nextElement()
    }
  }

  /// Takes a block; whether it holds thoughts that are not Anthropic's.
  private mutating func readBlock(_ scanner: inout JSONScanner) throws(JSONProblem) -> Bool {
    var isThinking = false
    var isRedacted = false
    var signature: JSONSpan?
    var data: JSONSpan?
    var hasMember = try scanner.enterObject()
    while hasMember {
      let key = try scanner.key()
      let span = try scanner.value()
      switch key.length {
      case 4 where key.isNamed("type"):
        isThinking = span.isText("thinking", in: scanner.text)
        isRedacted = span.isText("redacted_thinking", in: scanner.text)
        if span.isText("tool_use", in: scanner.text) { hasCall = true }
      case 4 where key.isNamed("data"): data = span
      case 9 where key.isNamed("signature"): signature = span
      default: break
      }
      hasMember = try scanner.nextMember()
    }
    guard isThinking || isRedacted else { return false }
    if AnthropicForeignThinking.isOwn(isThinking ? signature : data, scanner.text) {
      if kept == 0 { beginsWithThoughts = true }
      return false
    }
    return true
  }

  /// Whether a signature or encrypted thoughts can be Anthropic's.
  private static func isOwn(_ span: JSONSpan?, _ text: UnsafeRawBufferPointer) -> Bool {
    guard let span, span.kind == .string, span.count > 2 else { return false }
    return !ReasoningSeal.isSealed(JSONText(span, in: text))
  }
}

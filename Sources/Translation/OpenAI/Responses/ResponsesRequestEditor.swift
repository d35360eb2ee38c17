import Core
import JSON

/// Writes the body for a provider of the Responses format when the caller speaks it too: the caller's bytes with `model`
/// replaced, the gateway's own members removed and `store` false, which is not this interface's default. A caller that
/// says nothing of storing counts on reasoning being found again, so it is asked for in its encrypted form. Reasoning of
/// other providers, which only the gateway can read, is taken out. All else stays to the digit.
struct ResponsesRequestEditor {
  private let upstreamModel: String
  private var splice = JSONSplice()
  private var members = JSONMemberList()
  /// How many members stay.
  private var kept = 0
  private var store: JSONSpan?
  private var include: JSONSpan?

  /// Appends the body for one attempt. Throws a 400 when it is no JSON object.
  static func encode(
    _ body: UnsafeRawBufferPointer, upstreamModel: String, into buffer: ByteBuffer
  ) throws(GatewayError) {
    var editor = ResponsesRequestEditor(upstreamModel: upstreamModel)
    do throws(JSONProblem) {
      try editor.edit(body)
    } catch {
      throw .caller(.invalidRequest, "The request body is not valid JSON: \(error).")
    }
    editor.splice.apply(to: body, into: buffer)
  }

  private init(upstreamModel: String) { self.upstreamModel = upstreamModel }

  private mutating func edit(_ body: UnsafeRawBufferPointer) throws(JSONProblem) {
    var scanner = JSONScanner(body)
    var hasMember = try scanner.enterObject()
    while hasMember {
      let key = try scanner.key()
      let isRemoved = isOwn(key)
      if key.isNamed("input"), try scanner.peek() == .array {
        try editInput(&scanner)
      } else {
        take(key, try scanner.value())
      }
      members.append(start: key.span.start, end: scanner.position, isRemoved: isRemoved)
      if !isRemoved { kept += 1 }
      hasMember = try scanner.nextMember()
    }
    let end = scanner.position - 1
    try scanner.end()
    members.addRemovals(to: &splice)
    if store?.kind != .bool { try forgoStore(body, end) }
  }

  private mutating func take(_ key: JSONKey, _ span: JSONSpan) {
    if key.isNamed("model") {
      let quoted = ByteBuffer()
      quoted.append(jsonString: upstreamModel)
      splice.replace(span, with: quoted.copyBytes())
    } else if key.isNamed("store") {
      store = span
    } else if key.isNamed("include") {
      include = span
    }
  }

  /// `max_tool_calls` is the gateway's own in other formats, and this one's too.
  private func isOwn(_ key: JSONKey) -> Bool {
    if key.isNamed("model") || key.isNamed("input") || key.isNamed("max_tool_calls") { return false }
    return OpenAIRequest.ownMembers.contains(key.string)
  }

  // MARK: What nobody stores

  /// Says that nothing is stored, and asks for what would have been.
  private mutating func forgoStore(_ body: UnsafeRawBufferPointer, _ end: Int) throws(JSONProblem) {
    var additions: [String] = []
    if let store {
      splice.replace(store, with: Array("false".utf8))
    } else {
      additions.append(#""store":false"#)
    }
    if OpenAIModel(upstreamModel).reasons {
      switch include?.kind {
      case nil: additions.append(#""include":["reasoning.encrypted_content"]"#)
      case .null: if let include { splice.replace(include, with: Array(#"["reasoning.encrypted_content"]"#.utf8)) }
      case .array: if let include { try extend(include, body) }
      default: break
      }
    }
    if additions.isEmpty { return }
    let text = (kept > 0 ? "," : "") + additions.joined(separator: ",")
    splice.replace(end, end, with: Array(text.utf8))
  }

  private mutating func extend(_ include: JSONSpan, _ body: UnsafeRawBufferPointer) throws(JSONProblem) {
    let words = try JSONValue.parse(include.bytes(in: body)).arrayValue ?? []
    if words.contains(.string("reasoning.encrypted_content")) { return }
    let text = (words.isEmpty ? "" : ",") + #""reasoning.encrypted_content""#
    splice.replace(include.end - 1, include.end - 1, with: Array(text.utf8))
  }

  // MARK: Reasoning of other providers

  private mutating func editInput(_ scanner: inout JSONScanner) throws(JSONProblem) {
    var items = JSONMemberList()
    var hasElement = try scanner.enterArray()
    while hasElement {
      let isObject = try scanner.peek() == .object
      let start = scanner.position
      let isForeign = isObject ? try readsForeign(&scanner) : false
      if !isObject { try scanner.value() }
      items.append(start: start, end: scanner.position, isRemoved: isForeign)
      hasElement = try scanner.nextElement()
    }
    items.addRemovals(to: &splice)
  }

  /// Takes an item; whether it is reasoning that only the gateway can read.
  private func readsForeign(_ scanner: inout JSONScanner) throws(JSONProblem) -> Bool {
    var isReasoning = false
    var isForeign = false
    var hasMember = try scanner.enterObject()
    while hasMember {
      let key = try scanner.key()
      let span = try scanner.value()
      switch key.length {
      case 4 where key.isNamed("type"): isReasoning = span.isText("reasoning", in: scanner.text)
      case 6 where key.isNamed("format") && span.kind == .string:
        if !span.isText("openai-responses-v1", in: scanner.text) { isForeign = true }
      case 17 where key.isNamed("encrypted_content") && span.kind == .string:
        if ReasoningSeal.isSealed(JSONText(span, in: scanner.text)) { isForeign = true }
      default: break
      }
      hasMember = try scanner.nextMember()
    }
    return isReasoning && isForeign
  }
}

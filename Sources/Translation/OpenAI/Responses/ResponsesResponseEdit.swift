import Core
import JSON

/// The edits to a `response` object of a provider: whose it is, and what OpenRouter's interface has besides.
enum ResponsesResponseEdit {
  /// Members that OpenRouter's file demands and allows to be null; servers of this format leave some of them out.
  private static let demanded = [
    "completed_at", "error", "incomplete_details", "instructions", "metadata", "temperature", "top_p",
    "presence_penalty", "frequency_penalty",
  ]

  /// Appends the object with the gateway's `id`, `model` and `provider`, and with `usage` where there is one to be put in.
  static func write(
    _ response: UnsafeRawBufferPointer, _ identity: AnswerIdentity, _ answerID: String, usage: JSONValue? = nil,
    members additions: [(key: String, value: JSONValue)] = [], to output: ByteBuffer
  ) throws(JSONProblem) {
    var splice = JSONSplice()
    var members = JSONMemberList()
    var seen: Set<String> = []
    var scanner = JSONScanner(response)
    var hasMember = try scanner.enterObject()
    while hasMember {
      let key = try scanner.key()
      let span = try scanner.value()
      var isRemoved = false
      let name = key.string
      switch name {
      case "id" where !seen.contains(name): splice.replace(span, with: quoted(answerID))
      case "model" where !seen.contains(name): splice.replace(span, with: identity.modelJSON)
      case "provider": isRemoved = true
      // A count that is not known yet is left out there, not null.
      case "usage": isRemoved = usage != nil || span.kind == .null
      default: break
      }
      seen.insert(name)
      members.append(start: key.span.start, end: span.end, isRemoved: isRemoved)
      hasMember = try scanner.nextMember()
    }
    let end = scanner.position - 1
    try scanner.end()
    members.addRemovals(to: &splice)
    let more = ByteBuffer()
    more.append(identity.providerMember)
    for name in demanded where !seen.contains(name) { JSONValue.null.write(asMember: name, to: more) }
    usage?.write(asMember: "usage", to: more)
    for member in additions { member.value.write(asMember: member.key, to: more) }
    splice.replace(
      end, end, with: members.count == 0 ? Array(more.bytes.dropFirst()) : more.copyBytes())
    splice.apply(to: response, into: output)
  }

  private static func quoted(_ text: String) -> [UInt8] {
    let buffer = ByteBuffer()
    buffer.append(jsonString: text)
    return buffer.copyBytes()
  }
}

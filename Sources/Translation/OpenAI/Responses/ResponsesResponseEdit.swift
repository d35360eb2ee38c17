import Core
import JSON

/// The edits to a `response` object of a provider: whose it is.
enum ResponsesResponseEdit {
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
      if key.isNamed("id"), seen.insert("id").inserted {
        splice.replace(span, with: quoted(answerID))
      } else if key.isNamed("model"), seen.insert("model").inserted {
        splice.replace(span, with: identity.modelJSON)
      } else {
        isRemoved = key.isNamed("provider") || usage != nil && key.isNamed("usage")
      }
      members.append(start: key.span.start, end: span.end, isRemoved: isRemoved)
      hasMember = try scanner.nextMember()
    }
    let end = scanner.position - 1
    try scanner.end()
    members.addRemovals(to: &splice)
    let more = ByteBuffer()
    more.append(identity.providerMember)
    usage?.write(asMember: "usage", to: more)
    for member in additions { member.value.write(asMember: member.key, to: more) }
    splice.replace(
      end, end, with: seen.isEmpty && members.count == 0 ? Array(more.bytes.dropFirst()) : more.copyBytes())
    splice.apply(to: response, into: output)
  }

  private static func quoted(_ text: String) -> [UInt8] {
    let buffer = ByteBuffer()
    buffer.append(jsonString: text)
    return buffer.copyBytes()
  }
}

import JSON

/// What a conversation began with, as one number: its first system or developer message and its first other message, which
/// stay the same from turn to turn (reference section 3.9).
package enum OpeningMessages {
  /// The number for a chat request's body, under the process's own random seed; nil when there are no messages. The body
  /// has been read before, so that it is known to be well formed. Looks no further than the first message that is not a
  /// system message.
  package static func hash(_ body: UnsafeRawBufferPointer) -> UInt64? {
    do throws(JSONProblem) {
      var scanner = JSONScanner(body)
      var hasMember = try scanner.enterObject()
      while hasMember {
        if try scanner.key().isNamed("messages"), try scanner.peek() == .array { return try messages(&scanner) }
        try scanner.value()
        hasMember = try scanner.nextMember()
      }
    } catch {
      return nil
    }
    return nil
  }

  private static func messages(_ scanner: inout JSONScanner) throws(JSONProblem) -> UInt64? {
    var hasher = Hasher()
    var hasSystem = false
    var hasElement = try scanner.enterArray()
    while hasElement {
      let start = scanner.position
      let isSystem = try isSystemMessage(&scanner)
      if !isSystem || !hasSystem {
        hasher.combine(bytes: UnsafeRawBufferPointer(rebasing: scanner.text[start..<scanner.position]))
      }
      if !isSystem { return UInt64(bitPattern: Int64(hasher.finalize())) }
      hasSystem = true
      hasElement = try scanner.nextElement()
    }
    return hasSystem ? UInt64(bitPattern: Int64(hasher.finalize())) : nil
  }

  /// Passes over a message; whether it sets the stage instead of taking part.
  private static func isSystemMessage(_ scanner: inout JSONScanner) throws(JSONProblem) -> Bool {
    guard try scanner.peek() == .object else {
      try scanner.value()
      return false
    }
    var isSystem = false
    var hasMember = try scanner.enterObject()
    while hasMember {
      let key = try scanner.key()
      let span = try scanner.value()
      if key.isNamed("role") {
        isSystem = span.isText("system", in: scanner.text) || span.isText("developer", in: scanner.text)
      }
      hasMember = try scanner.nextMember()
    }
    return isSystem
  }
}

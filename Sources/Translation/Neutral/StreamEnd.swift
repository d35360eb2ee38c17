import JSON

/// Where a stream's body ends behind its last event without the line end that the framing asks for. What is whole in itself
/// counts all the same; a piece of it is a cut, however politely the connection was closed.
package enum StreamEnd {
  /// Whether the data of an event is whole: a JSON object, or the word behind the last one.
  package static func isWhole(_ data: UnsafeRawBufferPointer) -> Bool {
    if data.elementsEqual("[DONE]".utf8) { return true }
    do throws(JSONProblem) {
      var scanner = JSONScanner(data)
      guard try scanner.peek() == .object else { return false }
      try scanner.value()
      try scanner.end()
      return true
    } catch {
      return false
    }
  }
}

/// One message of a binary event stream, checked. Its bytes are valid during the callback only.
package struct EventStreamMessage {
  /// What a message is, by `:message-type` and the header that goes with it.
  package enum Kind: Sendable, Equatable {
    /// An event of the named type (`:event-type`), such as `contentBlockDelta`.
    case event(String)
    /// An error that the service's model knows (`:exception-type`), such as `throttlingException`; the payload has its
    /// members. The stream ends with it.
    case exception(String)
    /// Any other error. The stream ends with it.
    case error(code: String, message: String)
    /// Anything else; to be passed over.
    case other
  }

  /// The headers as on the wire; known to be well formed.
  let block: UnsafeRawBufferPointer
  /// The payload.
  package let payload: UnsafeRawBufferPointer

  /// All headers, copied.
  package var headers: [EventStreamHeader] {
    var headers: [EventStreamHeader] = []
    var reader = EventStreamHeaderReader(block)
    while let entry = try? reader.next() {
      headers.append(EventStreamHeader(String(decoding: entry.name, as: UTF8.self), entry.copiedValue))
    }
    return headers
  }

  /// The text of the named header; nil when there is none or it is no text.
  package func text(_ name: StaticString) -> String? {
    let wanted = UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
    var reader = EventStreamHeaderReader(block)
    while let entry = try? reader.next() {
      if entry.name.isSame(as: wanted) {
        return entry.type == 7 ? String(decoding: entry.value, as: UTF8.self) : nil
      }
    }
    return nil
  }

  /// What the message is.
  package var kind: Kind {
    switch text(":message-type") {
    case "event": text(":event-type").map { .event($0) } ?? .other
    case "exception": .exception(text(":exception-type") ?? "unknown")
    case "error": .error(code: text(":error-code") ?? "unknown", message: text(":error-message") ?? "")
    default: .other
    }
  }
}

import Core
import HTTPWire
import JSON

/// Reads the binary event stream of ConverseStream. One per stream.
final class BedrockStreamDecoder: StreamDecoder {
  private let messages: EventStreamDecoder
  private var events: BedrockEventDecoder

  /// A decoder at a stream's beginning, of messages of at most `eventBytes` bytes.
  init(_ context: AnswerContext, eventBytes: Int) {
    messages = EventStreamDecoder(messageBytes: eventBytes)
    events = BedrockEventDecoder(context)
  }

  /// There are none in this framing.
  var comments: Int { 0 }
  /// Whether a message lacks its end.
  var hasPartialEvent: Bool { !events.isOver && messages.hasPartialMessage }

  /// Nothing: messages tell their length.
  func end(_ emit: (AnswerEvent) -> Void) throws(GatewayError) {}

  /// Reads on. Behind an exception nothing is read: damage there changes nothing.
  func feed(_ bytes: UnsafeRawBufferPointer, _ emit: (AnswerEvent) -> Void) throws(GatewayError) {
    if events.isOver { return }
    do {
      try messages.feed(bytes) { message in try events.take(message, emit) }
    } catch {
      if events.isOver { return }
      throw error as? GatewayError
        ?? GatewayError(.providerFailed, "The provider's stream cannot be read", origin: .upstream)
    }
  }
}

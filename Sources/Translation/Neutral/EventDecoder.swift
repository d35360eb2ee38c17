import Core
import HTTPWire

/// Reads the server-sent events of one streamed answer.
package protocol EventDecoder {
  /// Takes an event and hands out what happens. Throws a `GatewayError` (`providerFailed`) for one that is none.
  mutating func take(_ event: SSEEvent, _ emit: (AnswerEvent) -> Void) throws(GatewayError)
}

/// The stream decoder of a dialect that streams server-sent events.
package final class SSEStreamDecoder<Events: EventDecoder>: StreamDecoder {
  private let parser: SSEParser
  private var events: Events

  /// A decoder around the reader of the single events, which are at most `eventBytes` long.
  package init(_ events: Events, eventBytes: Int) {
    self.events = events
    parser = SSEParser(eventBytes: eventBytes)
  }

  /// Comment lines so far.
  package var comments: Int { parser.comments }
  /// Whether an event lacks its blank line.
  package var hasPartialEvent: Bool { parser.hasPartialEvent }

  /// Reads on.
  package func feed(_ bytes: UnsafeRawBufferPointer, _ emit: (AnswerEvent) -> Void) throws(GatewayError) {
    do {
      try parser.feed(bytes) { event in try events.take(event, emit) }
    } catch {
      throw unreadable(error)
    }
  }

  /// Takes an event that lacks nothing but its blank line.
  package func end(_ emit: (AnswerEvent) -> Void) throws(GatewayError) {
    do {
      try parser.finish(isWhole: StreamEnd.isWhole) { event in try events.take(event, emit) }
    } catch {
      throw unreadable(error)
    }
  }

  private func unreadable(_ error: any Error) -> GatewayError {
    error as? GatewayError
      ?? GatewayError(.providerFailed, "The provider's stream cannot be read", origin: .upstream)
  }
}

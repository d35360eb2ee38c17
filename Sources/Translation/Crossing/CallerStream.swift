import Core
import HTTPWire

/// The rooms' stream in OpenAI's format as the caller's own: what would be sent to an OpenAI caller goes in, bytes for this
/// one come out. Comments become the caller's signs of life, the terminator its end. One per call, on its loop.
package final class CallerStream {
  private let parser: SSEParser
  private var decoder = OpenAIChunkDecoder()
  private let encoder: any StreamEncoder
  private var isOver = false

  /// A stream for a caller. Events of the rooms are as large as a provider's; `eventBytes` bounds them with some to spare.
  package init(_ dialect: any CallerDialect, _ context: CallerContext, eventBytes: Int) {
    encoder = dialect.streamEncoder(context)
    parser = SSEParser(eventBytes: eventBytes + 65_536)
  }

  /// Reads what the rooms send and appends what the caller reads.
  package func feed(_ bytes: UnsafeRawBufferPointer, into output: ByteBuffer) {
    let comments = parser.comments
    do {
      try parser.feed(bytes) { event in
        if isOver { return }
        if event.data.elementsEqual("[DONE]".utf8) {
          isOver = true
          return encoder.end(into: output)
        }
        try decoder.take(event) { event in take(event, output) }
      }
    } catch {
      take(
        AnswerEvent(
          .failure(
            error as? GatewayError
              ?? GatewayError(.internalFailure, "The answer cannot be written in this format", origin: .gateway))),
        output)
    }
    if parser.comments != comments, !isOver { encoder.keepAlive(into: output) }
  }

  /// After a failure nothing follows.
  private func take(_ event: AnswerEvent, _ output: ByteBuffer) {
    if isOver { return }
    if case .failure = event.happening { isOver = true }
    encoder.encode(event, into: output)
  }
}

import Core

/// A provider's stream in another dialect as the chunks of OpenAI's format that the rooms work on: the bytes of the
/// transfer go in, chunks come out one by one and go where a provider's own would. One per attempt, on its loop.
package final class ProviderStream {
  private let decoder: any StreamDecoder
  private var encoder: OpenAIChunkEncoder
  private let chunk = ByteBuffer()
  private let hidesReasoning: Bool

  /// A stream behind a dialect.
  package init(_ dialect: any ProviderDialect, _ context: AnswerContext, eventBytes: Int) {
    decoder = dialect.streamDecoder(context, eventBytes: eventBytes)
    encoder = OpenAIChunkEncoder(created: context.created)
    hidesReasoning = context.hidesReasoning
  }

  /// Signs of life without an event so far.
  package var comments: Int { decoder.comments + keepAlives }
  private var keepAlives = 0

  /// The finish reason of the first choice that has one, as the provider wrote it.
  package private(set) var finishReason: String?

  /// Whether the bytes fed so far end within an event.
  package var hasPartialEvent: Bool { decoder.hasPartialEvent }

  /// What the provider has said of the prompt before it counts the whole; nil when it says nothing.
  package private(set) var startUsage: AnswerUsage?

  /// Reads on and calls `onChunk` with the JSON of each chunk, valid during the call. Throws a `GatewayError` for bytes
  /// that are no such stream. A failure the provider reports comes as a chunk with `error`.
  package func feed(
    _ bytes: UnsafeRawBufferPointer, onChunk: (UnsafeRawBufferPointer) -> Void
  ) throws(GatewayError) {
    try decoder.feed(bytes) { event in write(event, onChunk) }
  }

  /// The body has ended in order: calls `onChunk` for what the last event says where it lacks nothing but its end. Throws
  /// what `feed` throws.
  package func end(onChunk: (UnsafeRawBufferPointer) -> Void) throws(GatewayError) {
    try decoder.end { event in write(event, onChunk) }
  }

  private func write(_ event: AnswerEvent, _ onChunk: (UnsafeRawBufferPointer) -> Void) {
    switch event.happening {
    case .keepAlive: keepAlives += 1
    case .start(let start): startUsage = start.usage
    case .reasoning where hidesReasoning:
      // Nothing for the caller, and yet the provider speaks.
      keepAlives += 1
      return
    case .finish(let reason):
      if finishReason == nil { finishReason = reason.native }
    default: break
    }
    chunk.clear()
    encoder.encode(event, into: chunk)
    if !chunk.isEmpty { onChunk(chunk.bytes) }
  }
}

import Core
import HTTPWire
import JSON

/// OpenAI's Responses format on both sides.
package struct ResponsesPassThrough: PassThrough {
  /// The format's editors.
  package init() {}

  /// The caller's body with the provider's name of the model, and with nothing stored at the provider.
  package func encode(
    _ body: UnsafeRawBufferPointer, upstreamModel: String, into buffer: ByteBuffer
  ) throws(GatewayError) { try ResponsesRequestEditor.encode(body, upstreamModel: upstreamModel, into: buffer) }

  /// An editor of one response's events.
  package func stream(_ identity: AnswerIdentity, answerID: String) -> any PassThroughStream {
    ResponsesStreamEditor(identity, answerID: answerID)
  }

  /// Reads a response.
  package func answer(_ data: UnsafeRawBufferPointer) throws(GatewayError) -> any PassThroughAnswer {
    try ResponsesAnswerEditor(data)
  }
}

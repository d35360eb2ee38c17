import Core

/// How a kind of caller is spoken to, other than in OpenAI's chat format: its requests are read into a conversation, and
/// the rooms' answers are written in its format. A value without I/O and without a clock; `Dialects` lists them all.
package protocol CallerDialect: Sendable {
  /// The format of its requests and answers.
  var format: WireFormat { get }

  /// Reads a request. Throws a 400 that names the field and what to change.
  func conversation(_ body: UnsafeRawBufferPointer, _ target: CallerTarget) throws(GatewayError) -> Conversation

  /// What the caller calls a field, for `x-patchbay-dropped`.
  func name(of field: RequestField) -> String

  /// Appends a whole answer.
  func write(_ answer: Answer, _ context: CallerContext, to output: ByteBuffer)

  /// A writer of one streamed answer.
  func streamEncoder(_ context: CallerContext) -> any StreamEncoder

  /// An error instead of an answer.
  func errorBody(_ error: GatewayError, requestID: String?) -> [UInt8]

  /// Reads a request for embeddings; nil for formats without them. Throws a 400 that names the field.
  func embeddingRequest(_ body: UnsafeRawBufferPointer, _ target: CallerTarget) throws(GatewayError)
    -> EmbeddingRequest?

  /// Appends the rooms' answer to it in the caller's format. Throws a 502 when it is none.
  func embeddingAnswer(
    _ body: UnsafeRawBufferPointer, _ target: CallerTarget, to output: ByteBuffer
  ) throws(GatewayError)

  /// The answer to how many tokens a request has; nil for formats without such a question.
  func tokenCount(_ tokens: Int64) -> [UInt8]?

  /// The media type of streamed answers.
  var streamType: String { get }

  /// The id of the answer whose generation id is `gen-…`, in the caller's form.
  func answerID(_ generationID: String) -> String
}

extension CallerDialect {
  /// There are none.
  package func embeddingRequest(
    _ body: UnsafeRawBufferPointer, _ target: CallerTarget
  ) throws(GatewayError) -> EmbeddingRequest? { nil }
  /// There are none.
  package func embeddingAnswer(
    _ body: UnsafeRawBufferPointer, _ target: CallerTarget, to output: ByteBuffer
  ) throws(GatewayError) {}
  /// There is no such question.
  package func tokenCount(_ tokens: Int64) -> [UInt8]? { nil }
  /// Server-sent events.
  package var streamType: String { "text/event-stream" }
  /// The generation id itself.
  package func answerID(_ generationID: String) -> String { generationID }
}

/// What of a request stands in its path.
package struct CallerTarget: Sendable {
  /// The model, where the path names it.
  package var model: String?
  /// Whether the path asks for a stream; nil: the body says.
  package var isStream: Bool?
  /// Whether the path asks for several things at once.
  package var isBatch: Bool
  /// Whether a stream comes as the elements of one JSON array, not as events.
  package var isArray: Bool

  /// What the path says; nothing, nearly always.
  package init(model: String? = nil, isStream: Bool? = nil, isBatch: Bool = false, isArray: Bool = false) {
    self.isArray = isArray
    self.model = model
    self.isStream = isStream
    self.isBatch = isBatch
  }
}

/// What an answer's writer must know that the answer does not say.
package struct CallerContext: Sendable {
  /// The answer's id in the caller's format: `msg_…`, `resp_…`.
  package var id: String
  /// The catalogue's id of the model that answers; before an answer is there, the one asked for.
  package var model: String
  /// When the request came. Unit: seconds since 1970.
  package var created: Int64
  /// Prompt tokens, estimated; for formats that tell them before the provider does.
  package var promptTokens: Int64
  /// The request, for formats whose answers repeat parts of it.
  package var conversation: Conversation?
  /// Tells the time, for formats whose answers say when they were complete; nil: they do not say it. Unit: seconds since
  /// 1970.
  package var now: (@Sendable () -> Int64)?

  /// A context.
  package init(
    id: String, model: String, created: Int64, promptTokens: Int64 = 0, conversation: Conversation? = nil,
    now: (@Sendable () -> Int64)? = nil
  ) {
    self.id = id
    self.model = model
    self.created = created
    self.promptTokens = promptTokens
    self.conversation = conversation
    self.now = now
  }
}

/// Writes one streamed answer. One owner, one thread.
package protocol StreamEncoder: AnyObject {
  /// Appends what the caller is to read of an event; nothing for some.
  func encode(_ event: AnswerEvent, into output: ByteBuffer)

  /// The answer is complete: appends what ends the stream.
  func end(into output: ByteBuffer)

  /// Appends a sign of life.
  func keepAlive(into output: ByteBuffer)
}

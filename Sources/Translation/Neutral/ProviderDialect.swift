import Core

/// How a kind of provider is spoken to: the only thing that knows its wire format. A value without I/O and without a
/// clock; `Dialects` lists them all. A dialect that is OpenAI's own chat format needs none: there the caller's bytes go
/// through untouched.
package protocol ProviderDialect: Sendable {
  /// The format of its requests and answers.
  var format: WireFormat { get }

  /// What is appended to the provider's `base_url`; nil when it has no such operation.
  func path(_ operation: OpenAIOperation, model: String, isStream: Bool) -> String?

  /// Where the provider lists its models with its key alone, behind `base_url`; nil where it does not.
  var listPath: String? { get }

  /// Header fields of every request besides the key and the content type.
  var headers: [HeaderField] { get }

  /// Header fields of the caller's request that the provider gets too, and under which name; in lower case. Values of one
  /// name are joined with commas.
  var forwardedFields: [(caller: String, provider: String)] { get }

  /// The header field that carries a key; nil where keys are no header, or requests are signed instead.
  func authorization(_ key: Secret) -> HeaderField?

  /// Whether what stands at an address must be fetched before `encode`, as the provider takes bytes only.
  func needsBytes(of kind: MediaKind, at url: String) -> Bool

  /// Writes the body of a request. Throws a 400 where the request cannot be said in this dialect at all.
  func encode(_ conversation: Conversation, for target: ProviderTarget) throws(GatewayError) -> EncodedRequest

  /// Reads a whole answer. Throws a 502 when it is none, and the provider's error when the body of a success holds one.
  func answer(_ body: UnsafeRawBufferPointer, _ context: AnswerContext) throws(GatewayError) -> Answer

  /// A reader of one streamed answer, whose events are at most `eventBytes` long.
  func streamDecoder(_ context: AnswerContext, eventBytes: Int) -> any StreamDecoder

  /// How it is asked for embeddings; nil where there are none, or where OpenAI's are all there is.
  var embeddings: (any EmbeddingDialect)? { get }

  /// The error behind a response with a failing status; `secrets` are never repeated.
  func error(
    status: Int, body: UnsafeRawBufferPointer, retryAfterSeconds: Int?, provider: String, secrets: [Secret]
  ) -> GatewayError

  /// The same, where the head may have told what went wrong in a word of the provider's; nil: it has not.
  func error(
    status: Int, type: String?, body: UnsafeRawBufferPointer, retryAfterSeconds: Int?, provider: String,
    secrets: [Secret]
  ) -> GatewayError
}

extension ProviderDialect {
  /// `/models`.
  package var listPath: String? { "/models" }
  /// No further header fields.
  package var headers: [HeaderField] { [] }
  /// None.
  package var forwardedFields: [(caller: String, provider: String)] { [] }
  /// `Authorization: Bearer KEY`.
  package func authorization(_ key: Secret) -> HeaderField? {
    HeaderField("authorization", "Bearer " + key.reveal())
  }
  /// There are none.
  package var embeddings: (any EmbeddingDialect)? { nil }
  /// Addresses go through as they are.
  package func needsBytes(of kind: MediaKind, at url: String) -> Bool { false }
  /// OpenAI's rules, which look into the usual places and decide by the status.
  package func error(
    status: Int, body: UnsafeRawBufferPointer, retryAfterSeconds: Int?, provider: String, secrets: [Secret]
  ) -> GatewayError {
    OpenAIErrorBody.error(
      status: status, body: body, retryAfterSeconds: retryAfterSeconds, provider: provider, secrets: secrets)
  }
  /// What the body says.
  package func error(
    status: Int, type: String?, body: UnsafeRawBufferPointer, retryAfterSeconds: Int?, provider: String,
    secrets: [Secret]
  ) -> GatewayError {
    error(status: status, body: body, retryAfterSeconds: retryAfterSeconds, provider: provider, secrets: secrets)
  }
}

/// A field of a request's head.
package struct HeaderField: Sendable, Equatable {
  /// In lower case.
  package var name: String
  /// Its value.
  package var value: String

  /// A field.
  package init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}

/// The endpoint that a request is written for.
package struct ProviderTarget: Sendable {
  /// The provider's name of the model.
  package var model: String
  /// The most tokens it may answer with, where that is known.
  package var maxCompletionTokens: Int64?
  /// The parameters it is known to take, by OpenRouter's names; empty: not known.
  package var supportedParameters: Set<String>

  /// An endpoint.
  package init(model: String, maxCompletionTokens: Int64? = nil, supportedParameters: Set<String> = []) {
    self.model = model
    self.maxCompletionTokens = maxCompletionTokens
    self.supportedParameters = supportedParameters
  }

  /// Whether it takes a parameter that not every server of its format knows.
  func lists(_ name: String) -> Bool { supportedParameters.contains(name) }

  /// Whether it takes a parameter that nearly every server of its format knows.
  func allows(_ name: String) -> Bool { supportedParameters.isEmpty || supportedParameters.contains(name) }
}

/// A request as it goes to a provider.
package struct EncodedRequest {
  /// The body.
  package var body: ByteBuffer
  /// What had no equivalent.
  package var dropped = DroppedFields()
  /// Header fields that this request needs besides the dialect's own.
  package var headers: [HeaderField] = []
  /// A tool that stands for the answer's text, where the provider has no native structured output: the answer's reader
  /// must know it.
  package var answerTool: String?
  /// What a request for embeddings asks for, which the answer's reader must know; nil for chats.
  package var embedding: EmbeddingForm?

  /// A request.
  package init(_ body: ByteBuffer) { self.body = body }
}

/// What a reader of answers must know that the answer does not say.
package struct AnswerContext: Sendable {
  /// The answer's id with the gateway; ids that the provider leaves out are made from it.
  package var id: String
  /// When the request came. Unit: seconds since 1970.
  package var created: Int64
  /// See `EncodedRequest.answerTool`.
  package var answerTool: String?
  /// Whether the caller wants no reasoning; see `ReasoningSettings.isExcluded`.
  package var hidesReasoning: Bool
  /// The provider's name of the model, for formats whose answers do not say whose they are.
  package var model: String?
  /// See `EncodedRequest.embedding`.
  package var embedding: EmbeddingForm?
  /// Tokens of the prompt, where the head of the response tells them.
  package var promptTokens: Int64?

  /// A context.
  package init(
    id: String, created: Int64, answerTool: String? = nil, hidesReasoning: Bool = false, model: String? = nil,
    embedding: EmbeddingForm? = nil, promptTokens: Int64? = nil
  ) {
    self.embedding = embedding
    self.promptTokens = promptTokens
    self.model = model
    self.id = id
    self.created = created
    self.answerTool = answerTool
    self.hidesReasoning = hidesReasoning
  }

  /// An id for a call that the provider gave none: the same for the same place in the same answer.
  func callID(_ position: Int64) -> String { "call_" + id.filter { $0.isLetter || $0.isNumber } + "_\(position)" }
}

/// Reads one streamed answer from bytes in any pieces. One owner, one thread.
package protocol StreamDecoder: AnyObject {
  /// Reads on and hands out what happens. Throws a `GatewayError` (`providerFailed`) for bytes that are no such stream;
  /// the decoder is unusable then.
  func feed(_ bytes: UnsafeRawBufferPointer, _ emit: (AnswerEvent) -> Void) throws(GatewayError)

  /// The body has ended in order: hands out what the last event says where it lacks nothing but its end. Throws what `feed`
  /// throws.
  func end(_ emit: (AnswerEvent) -> Void) throws(GatewayError)

  /// Signs of life without an event so far.
  var comments: Int { get }

  /// Whether the bytes fed so far end within an event.
  var hasPartialEvent: Bool { get }
}

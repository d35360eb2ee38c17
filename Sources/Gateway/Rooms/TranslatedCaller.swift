import Core
import HTTPServer
import HTTPWire
import Planning
import Translation

/// The caller of one request that does not speak OpenAI's chat format: its request as a conversation, and how the rooms'
/// answer becomes its own. Belongs to one call, on its loop.
final class TranslatedCaller {
  /// How it is spoken to.
  let dialect: any CallerDialect
  /// What it asks, as it was sent; nil for what is no conversation.
  private(set) var conversation: Conversation?
  /// What it asks, where it asks for embeddings.
  private(set) var embedding: EmbeddingRequest?
  /// Its own bytes, for a provider of the same format; nil when they cannot go through.
  private(set) var body: ByteBuffer?
  private let route: InferenceRoute
  private let created = WallClock.seconds()
  private var stream: CallerStream?
  private let output = ByteBuffer()

  /// Reads the body of a request and puts the same request in OpenAI's format, which the rooms work on, in its place.
  /// Throws a 400 that names the caller's field, and a 404 for a format that no caller speaks.
  init(_ route: InferenceRoute, _ body: ByteBuffer) throws(GatewayError) {
    guard let dialect = Dialects.caller(route.format, route.target) else {
      throw .caller(.notFound, "This gateway does not answer in the format '\(route.format.rawValue)'.")
    }
    self.dialect = dialect
    self.route = route
    try TwiceGiven.check(body.bytes, route.format)
    if route.operation == .embedding {
      guard let request = try dialect.embeddingRequest(body.bytes, route.target) else {
        throw .caller(.notFound, "There are no embeddings in the format '\(route.format.rawValue)'.")
      }
      embedding = request
      body.clear()
      let written = OpenAIEmbeddingWriter.encode(request)
      withExtendedLifetime(written) { body.append(written.bytes) }
      return
    }
    let conversation = try dialect.conversation(body.bytes, route.target)
    self.conversation = conversation
    let own = ByteBuffer(capacity: body.count)
    own.append(body.bytes)
    self.body = own
    body.clear()
    let written = OpenAIChatWriter.encode(conversation, style: .full).body
    withExtendedLifetime(written) { body.append(written.bytes) }
  }

  /// The rooms have laid the request over a preset: what it says counts, and what only the caller's format can say stays.
  /// Throws a 400 for what is wrong in it.
  func adopt(_ body: UnsafeRawBufferPointer) throws(GatewayError) {
    if let own = embedding { embedding = own.laidOver(try OpenAIEmbeddingReader.request(body)) }
    guard let own = conversation else { return }
    self.body = nil
    conversation = own.laidOver(try OpenAIChatReader.conversation(body))
  }

  /// What its own bytes go through where the provider speaks its format, too.
  var passThrough: (any PassThrough)? { Dialects.passThrough(dialect.format, route.target) }

  /// Gives the memory of the caller's bytes back; no attempt follows that would need them.
  func release() {
    body = nil
    embedding = nil
  }

  /// Tokens of the request, estimated.
  var tokens: Int64 { conversation.map { TokenEstimate.prompt($0, model: $0.model) } ?? 0 }

  /// The answer's id in the caller's form.
  func answerID(_ generationID: String) -> String { dialect.answerID(generationID) }

  /// What the answer's writer must know; `model` is the catalogue's id of the one that answers.
  private func context(_ generationID: String, model: String, promptBytes: Int) -> CallerContext {
    CallerContext(
      id: dialect.answerID(generationID), model: model, created: created,
      promptTokens: Int64(PromptLength.estimate(bytes: promptBytes)), conversation: conversation,
      now: { WallClock.seconds() })
  }

  /// Whole answers in the rooms' format as the caller's, valid until the next call. Throws a 502 when it is no answer.
  func whole(
    _ bytes: UnsafeRawBufferPointer, _ generationID: String, model: String, promptBytes: Int
  ) throws(GatewayError) -> ByteBuffer {
    output.clear()
    if route.operation == .embedding {
      try dialect.embeddingAnswer(bytes, route.target, to: output)
      return output
    }
    try WholeAnswer.toCaller(
      bytes, dialect, context(generationID, model: model, promptBytes: promptBytes), to: output)
    return output
  }

  /// The same of an answer that no side has in that format.
  func whole(
    _ answer: Answer, _ edit: WholeAnswer.Edit, _ generationID: String, promptBytes: Int
  ) -> ByteBuffer {
    output.clear()
    WholeAnswer.toCaller(
      answer, edit, dialect, context(generationID, model: edit.model, promptBytes: promptBytes), to: output)
    return output
  }

  /// What of a stream in the rooms' format is sent to the caller, valid until the next call.
  func streamed(
    _ bytes: UnsafeRawBufferPointer, _ generationID: String, model: String, promptBytes: Int, eventBytes: Int
  ) -> ByteBuffer {
    output.clear()
    let stream =
      stream
      ?? CallerStream(
        dialect, context(generationID, model: model, promptBytes: promptBytes), eventBytes: eventBytes)
    self.stream = stream
    stream.feed(bytes, into: output)
    return output
  }

  /// A sign of life before or within the answer.
  func keepAlive(_ generationID: String, model: String) -> ByteBuffer {
    output.clear()
    dialect.streamEncoder(context(generationID, model: model, promptBytes: 0)).keepAlive(into: output)
    return output
  }
}

import Core
import HTTPWire
import Ledger
import Planning
import Translation
import Upstream

/// One attempt under way: its transfer and how far its answer has come. Belongs to one call, on its loop.
final class AttemptState {
  /// What is done with the body that comes.
  enum Mode {
    /// The head has not come yet.
    case awaitingHead
    /// A stream of events.
    case streaming
    /// A whole answer.
    case collectingAnswer
    /// What the provider says about a failure, of which the start is enough.
    case collectingError
    /// Nothing comes any more: the attempt has failed.
    case ended
  }

  /// Why an attempt is made.
  enum Purpose: Equatable {
    /// To answer the request.
    case answer
    /// To answer it, should the attempt before it stay silent.
    case hedge
    /// To finish an answer that broke off.
    case rescue
  }

  /// Most bytes read of a provider's words about a failure. Unit: bytes.
  static let errorBodyLimit = 65_536
  /// How long a provider may take over its words about a failure, whose status is known already. Unit: milliseconds.
  static let errorBodyMilliseconds: Int64 = 2000
  /// Most bytes of events that say nothing which are held back; more are passed on. Some formats repeat the request in
  /// such events, whose size comes on top. Unit: bytes.
  static let heldLimit = 65_536

  let planned: Plan.Attempt
  let index: Int
  /// Why it is made; a hedge that outlives the first attempt becomes an answer.
  var purpose: Purpose
  let startedAt: MonotonicTime
  /// When its request was sent, or would have been but for what it needs first.
  var sentAt: MonotonicTime
  let identity: AnswerIdentity
  let ticket: AttemptTicket
  let collected = ByteBuffer()
  private(set) lazy var parser = SSEParser(eventBytes: eventBytes)
  private let eventBytes: Int
  /// How its request and answer cross from the caller's format to the provider's.
  let way: OutgoingRequest.Way
  /// What edits the events of a stream; whole answers need none.
  private(set) lazy var editor = OpenAIStreamEditor(
    operation, identity: identity, transcript: transcript, toolCalls: toolCalls, splicer: splicer,
    hidesReasoning: outgoing?.hidesReasoning ?? false)
  private let operation: OpenAIOperation
  private let transcript: StreamTranscript?
  /// What joins the answer to an earlier one's; nil for an answer from its beginning.
  let splicer: StreamSplicer?
  /// What edits the answer where both sides speak a format that is not OpenAI's; nil otherwise.
  let passThrough: (any PassThroughStream)?
  /// What was sent; nil until it has been written.
  var outgoing: OutgoingRequest?
  /// The fields that proved to the provider who asks; empty where its route has them.
  var credentials: [UpstreamRoute.Header] = []
  /// Their values, and those of earlier ones: never repeated to anybody.
  var secrets: [Secret] = []
  /// What is awaited before anything can be sent; nil when nothing is.
  var preparation: (any Cancellable)?
  /// The provider's stream as chunks of OpenAI's format, where it speaks another.
  private(set) lazy var translation: ProviderStream? = way.decoding.map {
    ProviderStream($0, answerContext, eventBytes: eventBytes)
  }
  private let generationID: String
  /// The answer's tool calls, to be judged at its end; nil without tools in the request.
  let toolCalls: ToolCallCollector?
  var transfer: (any UpstreamTransfer)?
  var mode = Mode.awaitingHead
  var head = UpstreamHead()
  /// When the provider last sent something, or when we last began to read again.
  var lastActivity: MonotonicTime
  /// When the rest of what the provider says about a failure must be there.
  var errorDeadline = MonotonicTime.distantFuture
  /// Edited events that say nothing yet, such as the role alone: they go out with the first one that does.
  let held = ByteBuffer()
  /// When the first event came that says something; nil until then.
  var firstEventAt: MonotonicTime?
  var isPaused = false
  /// How long the provider may stay silent before its first event. Unit: milliseconds.
  var firstTokenMilliseconds: Int64 = 0
  /// When a second endpoint is asked, should this one stay silent.
  var hedgeAt = MonotonicTime.distantFuture
  /// Whether the endpoint's health has been told how the attempt ended.
  var isReported = false
  /// Whether what it delivered is noted for the bill.
  var isNoted = false
  /// Whether the books know what became of it.
  var isRecorded = false
  /// How its text is joined to what the caller has.
  var joint = RescueMark.Joint.begun
  /// Size of the text it was sent. Unit: bytes.
  var requestBytes = 0

  init(
    _ planned: Plan.Attempt, index: Int, purpose: Purpose, ticket: AttemptTicket, way: OutgoingRequest.Way,
    generationID: String, identity: AnswerIdentity, operation: OpenAIOperation, transcript: StreamTranscript?,
    splicer: StreamSplicer?, passThrough: (any PassThroughStream)?, toolCalls: ToolCallCollector?, eventBytes: Int,
    now: MonotonicTime
  ) {
    self.way = way
    self.generationID = generationID
    self.passThrough = passThrough
    self.planned = planned
    self.index = index
    self.purpose = purpose
    self.ticket = ticket
    startedAt = now
    sentAt = now
    lastActivity = now
    self.identity = identity
    self.eventBytes = eventBytes
    self.operation = operation
    self.transcript = transcript
    self.splicer = splicer
    self.toolCalls = toolCalls
  }

  /// What a reader of the provider's answer must know beside it.
  var answerContext: AnswerContext {
    AnswerContext(
      id: generationID, created: WallClock.seconds(), answerTool: outgoing?.answerTool,
      hidesReasoning: outgoing?.hidesReasoning ?? false, model: planned.endpoint.upstreamModel,
      embedding: outgoing?.embedding, promptTokens: head.promptTokens)
  }

  /// Bytes of text the answer's events have carried to the caller so far.
  var deltaBytes: Int { passThrough?.deltaBytes ?? editor.deltaBytes }

  /// Whether the provider has said why the answer ended.
  var isFinished: Bool { passThrough?.isFinished ?? editor.isFinished }

  /// What the provider has reported; nil until it does.
  var usage: OpenAIUsage? {
    guard let passThrough else { return editor.usage }
    return passThrough.usage.map { .combined([($0.counts, $0.isEstimated)]) }
  }

  /// What the provider has said of the prompt before it counts the whole; nil when it says nothing.
  var startUsage: Usage? {
    if let passThrough { return passThrough.startUsage?.counts }
    return way.decoding == nil ? nil : translation?.startUsage?.counts
  }

  /// The provider's own id of the answer.
  var upstreamID: String? { passThrough == nil ? editor.upstreamID : passThrough?.upstreamID }

  /// The finish reason as the provider wrote it.
  var finishReason: String? {
    if let passThrough { return passThrough.finishReason }
    return way.decoding == nil ? editor.finishReason : translation?.finishReason ?? editor.finishReason
  }

  /// The service tier that the provider reported.
  var serviceTier: String? { passThrough == nil ? editor.serviceTier : passThrough?.serviceTier }

  /// Signs of life without an event so far.
  var comments: Int { way.decoding == nil ? parser.comments : translation?.comments ?? 0 }

  /// Whether the first event has come.
  var hasEvent: Bool { firstEventAt != nil }

  /// Whether something may still come.
  var isRunning: Bool { mode != .ended }

  /// Forgets a refusal: the same request is sent again.
  func awaitAnotherHead() {
    mode = .awaitingHead
    head = UpstreamHead()
    collected.clear()
    errorDeadline = .distantFuture
  }

  func end() {
    mode = .ended
    preparation?.cancel()
    preparation = nil
    transfer?.cancel()
    transfer = nil
  }
}

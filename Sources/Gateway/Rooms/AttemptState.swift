import Core
import HTTPWire
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
  }

  /// Most bytes read of a provider's words about a failure. Unit: bytes.
  static let errorBodyLimit = 65_536

  let planned: Plan.Attempt
  let index: Int
  let startedAt: MonotonicTime
  let identity: AnswerIdentity
  let collected = ByteBuffer()
  private(set) lazy var parser = SSEParser(eventBytes: eventBytes)
  private let eventBytes: Int
  var editor: OpenAIStreamEditor
  var transfer: (any UpstreamTransfer)?
  var mode = Mode.awaitingHead
  var head = UpstreamHead()
  /// When the provider last sent something, or when we last began to read again.
  var lastActivity: MonotonicTime
  /// Whether the first event has come.
  var hasEvent = false
  var isPaused = false

  init(
    _ planned: Plan.Attempt, index: Int, operation: OpenAIOperation, identity: AnswerIdentity, eventBytes: Int,
    now: MonotonicTime
  ) {
    self.planned = planned
    self.index = index
    startedAt = now
    lastActivity = now
    self.identity = identity
    self.eventBytes = eventBytes
    editor = OpenAIStreamEditor(operation, identity: identity)
  }

  func end() {
    transfer?.cancel()
    transfer = nil
  }
}

import Core
import HTTPWire
import JSON

/// What a format's own bytes go through where caller and provider both speak it: the gateway's edits, and nothing is
/// translated. OpenAI's chat format has its own editors, which the rooms use themselves. `Dialects` lists the others.
package protocol PassThrough: Sendable {
  /// Appends the body for one attempt: the caller's, with the model replaced and the gateway's own members removed. `body`
  /// has been read by the format's `CallerDialect` before; throws a 400 when it cannot be edited all the same.
  func encode(_ body: UnsafeRawBufferPointer, upstreamModel: String, into buffer: ByteBuffer) throws(GatewayError)

  /// An editor of one streamed answer, whose id with the caller is `answerID`.
  func stream(_ identity: AnswerIdentity, answerID: String) -> any PassThroughStream

  /// Reads a whole answer; `data` must outlive it. Throws a `GatewayError` when it is none, and the provider's error when
  /// the body of a success holds one.
  func answer(_ data: UnsafeRawBufferPointer) throws(GatewayError) -> any PassThroughAnswer
}

/// What the rooms want to know of an answer that goes through in its own format.
package protocol PassThroughFacts {
  /// What the provider has reported, in OpenAI's convention; nil as long as it has not.
  var usage: AnswerUsage? { get }
  /// What the provider has said of the prompt before it counts the whole; nil when it says nothing.
  var startUsage: AnswerUsage? { get }
  /// The finish reason as the provider wrote it; nil as long as it has not.
  var finishReason: String? { get }
  /// The provider's own id of the answer.
  var upstreamID: String? { get }
  /// The service tier that the provider reported.
  var serviceTier: String? { get }
}

extension PassThroughFacts {
  /// Nothing.
  package var startUsage: AnswerUsage? { nil }
}

/// Edits one stream, event by event. One per attempt, on its loop.
package protocol PassThroughStream: AnyObject, PassThroughFacts {
  /// Whether the provider has said why the answer ended.
  var isFinished: Bool { get }
  /// Bytes of text the answer's events have carried so far.
  var deltaBytes: Int { get }

  /// Takes one event and appends what goes to the caller. What ends the answer is held back for `appendEnd`. Throws when
  /// the data is no event; nothing has been appended then.
  func take(_ event: SSEEvent, into output: ByteBuffer) throws(GatewayError) -> OpenAIStreamEditor.Event

  /// The answer is complete: appends its last events, with its cost in USD (nil: not known) and further `members` where
  /// the format has a place for them. `usage` is an estimate for providers that reported none, nil otherwise.
  func appendEnd(
    usage: AnswerUsage?, cost: Money?, members: [(key: String, value: JSONValue)], to output: ByteBuffer)

  /// Appends an error as the stream's last event.
  func appendError(_ error: GatewayError, to output: ByteBuffer)
}

/// A whole answer.
package protocol PassThroughAnswer: PassThroughFacts {
  /// Bytes of text in the answer, for an estimate where no usage was reported.
  var answerBytes: Int { get }

  /// Appends the answer for the caller, as `appendEnd` of a stream does.
  func write(
    _ identity: AnswerIdentity, answerID: String, usage: AnswerUsage?, cost: Money?,
    members: [(key: String, value: JSONValue)], to output: ByteBuffer)
}

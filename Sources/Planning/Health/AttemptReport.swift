/// How an attempt ended, for the health of its endpoint.
package struct AttemptReport: Sendable {
  /// Its end.
  package enum Result: Sendable, Equatable {
    /// The answer is whole.
    case success
    /// It failed.
    case failure(FailureClass)
    /// It says nothing about the endpoint: the caller left, or the attempt lost a race.
    case neutral
  }

  /// How it ended.
  package var result: Result
  /// Time to the first token; only streams have one. Unit: milliseconds. Ignored when `HealthTable.firstToken` was told.
  package var firstTokenMilliseconds: Double?
  /// Tokens of the answer; nil when unknown. Only streams give samples.
  package var outputTokens: Int?
  /// Time from sending the request to the last token. Unit: milliseconds.
  package var generationMilliseconds: Double?
  /// Whether the answer was a stream.
  package var isStream: Bool
  /// Whether the answer's tool calls were sound; nil when there was none.
  package var toolCalls: ToolCallSoundness?
  /// The provider's `Retry-After`. Unit: seconds.
  package var retryAfterSeconds: Int?

  /// A report; what is left out is unknown.
  package init(
    _ result: Result, firstTokenMilliseconds: Double? = nil, outputTokens: Int? = nil,
    generationMilliseconds: Double? = nil, isStream: Bool = false, toolCalls: ToolCallSoundness? = nil,
    retryAfterSeconds: Int? = nil
  ) {
    self.result = result
    self.firstTokenMilliseconds = firstTokenMilliseconds
    self.outputTokens = outputTokens
    self.generationMilliseconds = generationMilliseconds
    self.isStream = isStream
    self.toolCalls = toolCalls
    self.retryAfterSeconds = retryAfterSeconds
  }
}

/// What became of the tool calls of one answer (reference section 3.6).
package enum ToolCallSoundness: Sendable, Equatable {
  /// All of them name a tool of the request and their arguments hold against its schema.
  case sound
  /// At least one does not.
  case unsound
}

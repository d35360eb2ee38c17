import Core
import JSON

/// One thing that happens in a streamed answer, in no dialect. Decoders hand events out one by one and encoders write
/// them; texts are borrowed from the bytes being read and valid during the callback only.
///
/// Order within a choice: `start` once and first; then `text`, `reasoning`, `refusal`, calls, `citation`, `logprobs`,
/// `image`, `audio` in any order; `finish` once. `usage` comes once or as often as the provider counts anew, the last one
/// holding. `failure` ends everything. A call's `toolCall` comes before its `toolArguments`, which come in order.
package struct AnswerEvent {
  /// Which of several answers to one request; 0 nearly always.
  package var choice: Int64
  /// What happens.
  package var happening: Happening

  /// What happens in an answer.
  package enum Happening {
    /// The answer begins.
    case start(AnswerStart)
    case text(JSONText)
    case reasoning(ReasoningDelta)
    case refusal(JSONText)
    /// A call begins: `position` counts the answer's calls from 0.
    case toolCall(position: Int64, ToolCallStart)
    /// More of the JSON text of a call's arguments.
    case toolArguments(position: Int64, JSONText)
    /// What was being said is complete; text that follows is a new part.
    case partEnd
    case citation(Citation)
    /// Probabilities of the tokens of this delta, in OpenAI's form.
    case logprobs(JSONValue)
    case image(ImageContent)
    case audio(AudioContent)
    /// A piece that only this wire format has.
    case native(WireFormat, JSONValue)
    case finish(FinishReason)
    case usage(AnswerUsage)
    /// What the gateway tells of the routing where the caller asked for it, `openrouter_metadata`; before the usage or the
    /// failure that it came with.
    case evidence(JSONValue)
    /// The provider reports that it cannot go on.
    case failure(GatewayError)
    /// A sign of life without content.
    case keepAlive
  }

  /// Something that happens in the only choice.
  @inline(__always)
  package init(_ happening: Happening, choice: Int64 = 0) {
    self.happening = happening
    self.choice = choice
  }
}

/// What is known when an answer begins.
package struct AnswerStart: Sendable, Equatable {
  /// The provider's name for it.
  package var id: String?
  /// The model, as whoever writes the stream calls it.
  package var model: String?
  /// The provider's display name, where the rooms have written it.
  package var provider: String?
  /// The tier that serves it, in OpenAI's words.
  package var serviceTier: String?
  /// What is used already; prompt tokens where the provider says them first.
  package var usage: AnswerUsage?

  /// A beginning.
  package init(
    id: String? = nil, model: String? = nil, provider: String? = nil, serviceTier: String? = nil,
    usage: AnswerUsage? = nil
  ) {
    self.id = id
    self.model = model
    self.provider = provider
    self.serviceTier = serviceTier
    self.usage = usage
  }
}

/// The beginning of a call in a stream.
package struct ToolCallStart: Sendable, Equatable {
  /// Ties the result to it.
  package var id: String
  /// The tool's name.
  package var name: String
  /// Members that have no field here.
  package var extras: [Member] = []

  /// A call.
  package init(id: String, name: String, extras: [Member] = []) {
    self.id = id
    self.name = name
    self.extras = extras
  }
}

/// More of a piece of reasoning. Deltas of one piece have the same `index`.
package struct ReasoningDelta {
  /// Which field of the piece the text goes on with.
  package enum Kind {
    case text, summary, encrypted, signature
  }

  /// Which field.
  package var kind: Kind
  /// The text.
  package var text: JSONText
  /// The piece's place among the answer's pieces of reasoning.
  package var index: Int64
  /// Whose reasoning it is.
  package var format: ReasoningFormat
  /// The provider's name for the piece; with its first delta or never.
  package var id: String?

  /// More of a piece.
  @inline(__always)
  package init(
    _ kind: Kind, _ text: JSONText, index: Int64, format: ReasoningFormat = .unknown, id: String? = nil
  ) {
    self.kind = kind
    self.text = text
    self.index = index
    self.format = format
    self.id = id
  }
}

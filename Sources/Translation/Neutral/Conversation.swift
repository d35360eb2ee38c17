import JSON

/// A request for a model's answer, in no dialect: what every caller's wire format is read into and every provider's is
/// written from. A value without opinion: nothing is defaulted, nil means that the caller did not say.
package struct Conversation: Sendable, Equatable {
  /// The wire format it was read from; the one that its `extras`, opaque parts and native tools belong to.
  package var format: WireFormat
  /// What the caller asks for; the provider's own name for it is chosen by the plan.
  package var model: String
  /// Whether the answer is to be streamed.
  package var isStream = false
  /// The turns in their order. System and developer messages stand among them, where the caller put them.
  package var messages: [Message]
  /// Tools that the model may call.
  package var tools: [ToolDefinition] = []
  /// Which of them it must, may or must not call.
  package var toolChoice: ToolChoice?
  /// Whether several tools may be called in one answer.
  package var allowsParallelTools: Bool?
  /// The form of the answer's text.
  package var responseFormat: ResponseFormat?
  /// Whether and how much the model thinks before it answers.
  package var reasoning: ReasoningSettings?
  /// How much it says: `low` to `max`.
  package var verbosity: String?
  /// How tokens are drawn.
  package var sampling = SamplingParameters()
  /// Most tokens of the answer, reasoning included.
  package var maxTokens: Int64?
  /// How many answers are wanted.
  package var choiceCount: Int64?
  /// Whether the tokens' probabilities are wanted.
  package var logprobs: LogprobSettings?
  /// Texts that end the answer.
  package var stop: [String] = []
  /// Who asks, in the caller's own terms.
  package var user: String?
  /// Names and values the caller wants to find again; an object.
  package var metadata: JSONValue?
  /// Which of the provider's tiers is wanted, in OpenAI's words: `auto`, `default`, `flex`, `priority`, `scale`.
  package var serviceTier: String?
  /// A text that the answer will probably repeat, in OpenAI's form.
  package var prediction: JSONValue?
  /// Wanted kinds of output: `text`, `image`, `audio`.
  package var modalities: [String] = []
  /// Voice and format of spoken answers, in OpenAI's form.
  package var audioOutput: JSONValue?
  /// Prompt caching up to the last part that can be cached.
  package var cache: CacheMark?
  /// Groups requests that share a cached beginning.
  package var cacheKey: String?
  /// Members that are the gateway's own, such as `provider` and `models`: read by the plan, never sent to a provider.
  package var routing: [Member] = []
  /// Members of the request that have no field here.
  package var extras: [Member] = []

  /// A request with nothing but its messages.
  package init(_ format: WireFormat, model: String, messages: [Message] = []) {
    self.format = format
    self.model = model
    self.messages = messages
  }
}

/// Which probabilities of tokens are wanted.
package struct LogprobSettings: Sendable, Equatable {
  /// Whether any are.
  package var isWanted: Bool?
  /// How many alternatives per token. Range: 0...20.
  package var alternatives: Int64?

  /// What is wanted.
  package init(isWanted: Bool?, alternatives: Int64?) {
    self.isWanted = isWanted
    self.alternatives = alternatives
  }
}

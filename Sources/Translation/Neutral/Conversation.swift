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

extension Conversation {
  /// This request with the parameters, the system prompt and the tools that a preset has added: `merged` is the same request
  /// as the rooms have merged it, in OpenAI's format. Messages, tools and members that only this format has stay.
  package func laidOver(_ merged: Conversation) -> Conversation {
    var result = self
    result.model = merged.model
    if let first = merged.messages.first, merged.messages.count > messages.count || messages.first?.role != first.role,
      first.role == .system, !messages.contains(where: { $0.role == .system })
    {
      result.messages.insert(first, at: 0)
    }
    let names = Set(tools.compactMap(\.function?.name))
    result.tools += merged.tools.filter { tool in tool.function.map { !names.contains($0.name) } ?? false }
    result.toolChoice = toolChoice ?? merged.toolChoice
    result.allowsParallelTools = allowsParallelTools ?? merged.allowsParallelTools
    result.responseFormat = responseFormat ?? merged.responseFormat
    result.reasoning = reasoning ?? merged.reasoning
    result.verbosity = verbosity ?? merged.verbosity
    result.sampling = merged.sampling
    result.maxTokens = maxTokens ?? merged.maxTokens
    result.choiceCount = choiceCount ?? merged.choiceCount
    result.logprobs = logprobs ?? merged.logprobs
    result.stop = stop.isEmpty ? merged.stop : stop
    result.user = user ?? merged.user
    result.metadata = metadata ?? merged.metadata
    result.serviceTier = serviceTier ?? merged.serviceTier
    result.prediction = prediction ?? merged.prediction
    result.modalities = modalities.isEmpty ? merged.modalities : modalities
    result.audioOutput = audioOutput ?? merged.audioOutput
    result.cache = cache ?? merged.cache
    result.cacheKey = cacheKey ?? merged.cacheKey
    return result
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

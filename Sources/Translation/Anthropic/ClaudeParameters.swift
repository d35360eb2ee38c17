import JSON

/// What a Claude model takes of a conversation's reasoning and sampling, in Anthropic's words.
struct ClaudeParameters {
  /// `thinking`.
  var thinking: JSONValue?
  /// `output_config.effort`.
  var effort: String?
  /// Most tokens of the answer, thoughts included.
  var limit: Int64
  /// Whether the model thinks.
  var isThinking: Bool
  /// `temperature`, `top_p` and `top_k`, those that it takes.
  var sampling: [(key: String, value: JSONValue)]
  /// What it does not take.
  var dropped: DroppedFields
}

/// What the fields of a request are called in Anthropic's format.
enum AnthropicNames {
  /// The name of a field, as `x-patchbay-dropped` says it.
  static func name(of field: RequestField) -> String {
    switch field {
    case .stop: "stop_sequences"
    case .parallelTools: "tool_choice.disable_parallel_tool_use"
    case .responseFormat: "output_config.format"
    case .verbosity: "output_config.effort"
    case .reasoning: "thinking"
    case .user: "metadata.user_id"
    case .image: "image"
    case .file: "document"
    case .citations: "citations"
    case .reasoningHistory: "thinking.signature"
    default: field.openAIName
    }
  }
}

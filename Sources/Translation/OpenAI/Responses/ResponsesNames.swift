/// What the fields of a request are called in the Responses format.
enum ResponsesNames {
  /// The name of a field, as `x-patchbay-dropped` says it.
  static func name(of field: RequestField) -> String {
    switch field {
    case .maxTokens: "max_output_tokens"
    case .responseFormat: "text.format"
    case .verbosity: "text.verbosity"
    case .logprobs: "message.output_text.logprobs"
    case .image: "input_image"
    case .file: "input_file"
    case .reasoningHistory: "reasoning.encrypted_content"
    default: field.openAIName
    }
  }
}

import HTTPWire

/// The only list of formats.
enum Formats {
  /// Those that know their requests by path, method and fields; what none of them knows is OpenAI's.
  private static let particular: [any Format] = [
    AzureFormat(), ResponsesFormat(), AnthropicFormat(), BedrockFormat(), GeminiFormat(isVertex: false),
    GeminiFormat(isVertex: true),
    CohereFormat(), OllamaFormat(),
    GoogleTokenFormat(),
  ]

  /// The format that a request is for.
  static func serving(_ head: RequestHead) -> any Format {
    particular.first { $0.serves(head) } ?? OpenAIFormat()
  }
}

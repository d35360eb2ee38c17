import JSON

/// A piece of a turn or of an answer.
package struct Part: Sendable, Equatable {
  /// What it is.
  package indirect enum Content: Sendable, Equatable {
    case text(TextContent)
    case image(ImageContent)
    case file(FileContent)
    case audio(AudioContent)
    /// A film: an address or bytes.
    case video(MediaSource)
    case toolCall(ToolCall)
    case toolResult(ToolResult)
    case reasoning(Reasoning)
    /// The model's words when it refuses.
    case refusal(String)
    /// A piece that only this wire format has, such as a server tool's result. It survives a way that begins and ends
    /// there; elsewhere it is dropped and named.
    case native(WireFormat, JSONValue)
  }

  /// What it is.
  package var content: Content
  /// Prompt caching up to here.
  package var cache: CacheMark?
  /// Members that have no field here.
  package var extras: [Member] = []

  /// A piece.
  package init(_ content: Content, cache: CacheMark? = nil, extras: [Member] = []) {
    self.content = content
    self.cache = cache
    self.extras = extras
  }

  /// A piece of plain text.
  package static func text(_ text: String, cache: CacheMark? = nil) -> Part {
    Part(.text(TextContent(text)), cache: cache)
  }

  /// Its text, when it is one.
  package var text: String? {
    if case .text(let content) = content { content.text } else { nil }
  }

  /// The call, when it is one.
  package var toolCall: ToolCall? {
    if case .toolCall(let call) = content { call } else { nil }
  }

  /// The tool's result, when it is one.
  package var toolResult: ToolResult? {
    if case .toolResult(let result) = content { result } else { nil }
  }

  /// The reasoning, when it is some.
  package var reasoning: Reasoning? {
    if case .reasoning(let reasoning) = content { reasoning } else { nil }
  }
}

/// A mark up to which a provider is to keep the prompt in its cache.
package struct CacheMark: Sendable, Equatable {
  /// How long, in Anthropic's words: `5m` or `1h`; nil: the provider's default.
  package var duration: String?

  /// A mark.
  package init(duration: String? = nil) { self.duration = duration }
}

/// Text and where it comes from.
package struct TextContent: Sendable, Equatable {
  /// The text.
  package var text: String
  /// What it rests on.
  package var citations: [Citation] = []

  /// Text.
  package init(_ text: String, citations: [Citation] = []) {
    self.text = text
    self.citations = citations
  }
}

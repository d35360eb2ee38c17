import Core
import JSON

/// Adds up what a prompt is made of.
struct PromptCounter {
  private let family: TokenFamily
  private let template: ChatTemplate
  private let media: MediaTokens
  private var text = TextShape()
  private var toolText = TextShape()
  private var extra: Int64 = 0

  /// A counter for that model.
  init(model: String) {
    family = TokenFamily(model: model)
    template = ChatTemplate(family)
    media = MediaTokens(model: model)
  }

  /// Tokens so far.
  var tokens: Int64 {
    TokenEstimate.rounded(family.tokens(of: text) + family.tokens(of: toolText) * template.toolShare) + extra
  }

  /// Adds a request.
  mutating func add(_ conversation: Conversation) {
    for message in conversation.messages {
      extra += template.perMessage
      if let name = message.name {
        text.add(name)
        extra += 1
      }
      add(message.parts)
    }
    extra += template.perRequest
    if !conversation.tools.isEmpty {
      extra += conversation.toolChoice.isForced ? template.forcedTools : template.tools
      for tool in conversation.tools { add(tool) }
    }
    if case .jsonSchema(let format) = conversation.responseFormat {
      if let name = format.name { toolText.add(name) }
      if let description = format.description { toolText.add(description) }
      toolText.add(format.schema)
    }
  }

  /// Adds the parts of a turn or of an answer.
  mutating func add(_ parts: [Part]) {
    for part in parts { add(part.content) }
  }

  private mutating func add(_ content: Part.Content) {
    switch content {
    case .text(let content): text.add(content.text)
    case .refusal(let words): text.add(words)
    case .image(let image): extra += media.image(image)
    case .audio(let audio): addAudio(audio)
    case .video(let source): extra += media.video(source)
    case .file(let file): addFile(file)
    case .toolCall(let call):
      text.add(call.name)
      text.add(call.arguments)
      extra += template.perCall
    case .toolResult(let result):
      extra += template.perCall
      add(result.parts)
    case .reasoning(let reasoning): if let words = reasoning.text { text.add(words) }
    case .native(_, let value): text.add(value)
    }
  }

  private mutating func add(_ tool: ToolDefinition) {
    extra += template.perTool
    switch tool.kind {
    case .function(let function):
      toolText.add(function.name)
      if let description = function.description { toolText.add(description) }
      if let parameters = function.parameters { toolText.add(parameters) }
    case .native(_, let value): toolText.add(value)
    }
  }

  private mutating func addAudio(_ audio: AudioContent) {
    if audio.base64 == nil, let transcript = audio.transcript {
      text.add(transcript)
    } else {
      extra += media.audio(audio)
    }
  }

  private mutating func addFile(_ file: FileContent) {
    if let name = file.name { text.add(name) }
    if let context = file.context { text.add(context) }
    if case .text(let words) = file.source { text.add(words) } else { extra += media.file(file.source) }
  }
}

extension TextShape {
  /// Adds a value as its JSON text.
  fileprivate mutating func add(_ value: JSONValue) {
    value.serialized().withUnsafeBytes { add($0) }
  }
}

extension ToolChoice? {
  /// Whether a tool must be called.
  fileprivate var isForced: Bool {
    switch self {
    case .required, .tool, .allowed(_, isRequired: true): true
    default: false
    }
  }
}

import Core
import JSON

/// Writes messages in OpenAI's chat format, where a tool's result is a message of its own.
struct OpenAIMessageWriter {
  /// Who the messages are written for.
  let style: OpenAIChatStyle
  /// The format the conversation came from.
  let format: WireFormat
  /// What had no equivalent so far.
  private(set) var dropped = DroppedFields()

  /// A writer for a conversation of the given format.
  init(style: OpenAIChatStyle, format: WireFormat) {
    self.style = style
    self.format = format
  }

  /// The value of `messages`.
  mutating func write(_ messages: [Message]) -> JSONValue {
    var written: [JSONValue] = []
    written.reserveCapacity(messages.count)
    for message in messages {
      if message.role == .assistant {
        let object = assistant(message)
        if style.isFull || says(object) { written.append(object) }
      } else {
        write(message, to: &written)
      }
    }
    return .array(written)
  }

  /// Whether anything is left of a turn of the model's; what says nothing is refused.
  private func says(_ object: JSONValue) -> Bool {
    guard object["content"]?.isNull == true else { return true }
    return ["tool_calls", "refusal", "audio", "images", "reasoning", "reasoning_details"].contains {
      object[$0] != nil
    }
  }

  // MARK: Users and instructions

  private mutating func write(_ message: Message, to written: inout [JSONValue]) {
    var parts: [Part] = []
    var hasResults = false
    // Results come first: they must stand directly behind the calls.
    for part in message.parts {
      if case .toolResult(let result) = part.content {
        let extras = part.extras + (message.parts.count == 1 ? message.extras : [])
        written.append(toolMessage(result, part, extras, moving: &parts))
        hasResults = true
      }
    }
    for part in message.parts where part.toolResult == nil { parts.append(part) }
    if hasResults, parts.isEmpty { return }
    var writer = ObjectWriter([("role", .string(message.role.rawValue))])
    let content = content(parts)
    // Of items that only another format has nothing is left.
    if content == nil, !style.isFull, !parts.isEmpty { return }
    writer.add("content", content ?? .string(""))
    writer.add("name", message.name)
    addExtras(message.extras, to: &writer)
    written.append(writer.value)
  }

  /// The message for a result. Providers take texts only there; what else the result holds moves to the turn behind it.
  private mutating func toolMessage(
    _ result: ToolResult, _ part: Part, _ extras: [Member], moving moved: inout [Part]
  ) -> JSONValue {
    var parts = result.parts
    if !style.isFull {
      let media = parts.filter { $0.text == nil }
      if !media.isEmpty {
        parts.removeAll { $0.text == nil }
        moved.append(.text("From the result of the tool call \(result.callID):"))
        moved += media
      }
      if result.isError == true { parts.insert(.text("The tool failed."), at: 0) }
      if part.cache != nil { dropped.note(.cache) }
    }
    var writer = ObjectWriter([("role", .string("tool")), ("tool_call_id", .string(result.callID))])
    writer.add("name", result.name)
    writer.add("content", style.isFull ? content(parts) ?? .string("") : .string(parts.joinedText))
    if style.isFull {
      writer.add("is_error", result.isError)
      writer.add("cache_control", part.cache?.object)
    }
    addExtras(extras, to: &writer)
    return writer.value
  }

  // MARK: Content

  /// A text, an array of parts, or nil when nothing can be said.
  private mutating func content(_ parts: [Part]) -> JSONValue? {
    if parts.count == 1, let text = parts[0].text, parts[0].isPlain(in: style) {
      if parts[0].cache != nil { dropped.note(.cache) }
      return .string(text)
    }
    var written: [JSONValue] = []
    for part in parts { if let value = write(part) { written.append(value) } }
    return written.isEmpty ? nil : .array(written)
  }

  private mutating func write(_ part: Part) -> JSONValue? {
    guard var writer = object(part.content) else { return nil }
    if let cache = part.cache {
      if style.isFull { writer.add("cache_control", cache.object) } else { dropped.note(.cache) }
    }
    addExtras(part.extras, to: &writer)
    return writer.value
  }

  private mutating func object(_ content: Part.Content) -> ObjectWriter? {
    func wrapped(_ type: String, _ inner: ObjectWriter) -> ObjectWriter {
      ObjectWriter([("type", .string(type)), (type, inner.value)])
    }
    switch content {
    case .text(let text): return ObjectWriter([("type", .string("text")), ("text", .string(text.text))])
    case .refusal(let text): return ObjectWriter([("type", .string("refusal")), ("refusal", .string(text))])
    case .image(let image):
      guard let address = image.source.address else {
        dropped.note(.image)
        return nil
      }
      var inner = ObjectWriter([("url", .string(address))])
      inner.add("detail", image.detail)
      return wrapped("image_url", inner)
    case .file(let file): return self.file(file).map { wrapped("file", $0) }
    case .audio(let audio):
      guard let data = audio.base64 else { return nil }
      var inner = ObjectWriter([("data", .string(data))])
      inner.add("format", audio.format)
      return wrapped("input_audio", inner)
    case .video(let source):
      return source.address.map { wrapped("video_url", ObjectWriter([("url", .string($0))])) }
    case .native(.openAI, let value): return value.objectValue.map { ObjectWriter($0) }
    case .native(_, let value):
      dropped.note(.other(value.kindName))
      return nil
    case .toolCall, .toolResult, .reasoning: return nil
    }
  }

  /// A name for a document that has none: OpenAI's servers refuse bytes without one. Nil where none is needed.
  private static func name(of source: MediaSource) -> String? {
    switch source {
    case .text: "document.txt"
    case .data(let mediaType, _): mediaType == "application/pdf" ? "document.pdf" : "document"
    case .file, .url: nil
    }
  }

  private mutating func file(_ file: FileContent) -> ObjectWriter? {
    if file.wantsCitations == true { dropped.note(.citations) }
    var inner = ObjectWriter()
    inner.add("filename", style.isFull ? file.name : file.name ?? OpenAIMessageWriter.name(of: file.source))
    switch file.source {
    case .file(let id): inner.add("file_id", id)
    case .text(let text):
      inner.add("file_data", "data:text/plain;base64," + Base64.encode(Array(text.utf8)))
    case .url(let url) where style.isFull: inner.add("file_data", url)
    case .url:
      dropped.note(.file)
      return nil
    case .data: inner.add("file_data", file.source.address)
    }
    if let context = file.context {
      // OpenAI's files have a name and nothing else that is said of them.
      if style.isFull { inner.add("context", context) } else { dropped.note(.other("context")) }
    }
    return inner
  }

  // MARK: Assistants

  private mutating func assistant(_ message: Message) -> JSONValue {
    var writer = ObjectWriter([("role", .string("assistant"))])
    let parts = message.parts
    let said = parts.filter { $0.isSaidText }
    writer.add("content", assistantContent(said) ?? .null)
    writer.add("name", message.name)
    let refusals = parts.compactMap { part -> String? in
      if case .refusal(let text) = part.content { text } else { nil }
    }
    if !refusals.isEmpty { writer.add("refusal", refusals.joined()) }
    addReasoning(parts.compactMap(\.reasoning), to: &writer)
    addCalls(parts, to: &writer)
    addMedia(parts, to: &writer)
    addCitations(parts, to: &writer)
    addExtras(message.extras, to: &writer)
    return writer.value
  }

  /// Several texts stand in one string for providers, as many servers know no other content of an assistant.
  private mutating func assistantContent(_ parts: [Part]) -> JSONValue? {
    if !style.isFull, parts.count > 1, parts.allSatisfy({ $0.text != nil }) {
      if parts.contains(where: { $0.cache != nil }) { dropped.note(.cache) }
      return .string(parts.map { $0.text ?? "" }.joined())
    }
    return content(parts)
  }

  private mutating func addReasoning(_ pieces: [Reasoning], to writer: inout ObjectWriter) {
    if pieces.isEmpty { return }
    guard style.takesReasoning else { return dropped.note(.reasoningHistory) }
    let text = pieces.compactMap(\.text).joined()
    if !text.isEmpty { writer.add("reasoning", text) }
    let isPlain = pieces.allSatisfy { $0.format == .unknown && $0.signature == nil && $0.id == nil && $0.index == nil }
    if !isPlain || pieces.count > 1 || text.isEmpty {
      writer.add("reasoning_details", ReasoningDetails.array(pieces))
    }
  }

  private mutating func addCalls(_ parts: [Part], to writer: inout ObjectWriter) {
    var calls: [JSONValue] = []
    for part in parts {
      if case .native(.openAI, let value) = part.content, value["id"] != nil { calls.append(value) }
      guard let call = part.toolCall else { continue }
      let function = JSONValue.object([
        ("name", .string(call.name)), ("arguments", .string(call.arguments.isEmpty ? "{}" : call.arguments)),
      ])
      var object = ObjectWriter([("id", .string(call.id)), ("type", .string("function")), ("function", function)])
      if let cache = part.cache {
        if style.isFull { object.add("cache_control", cache.object) } else { dropped.note(.cache) }
      }
      addCallExtras(call.extras, to: &object)
      calls.append(object.value)
    }
    if !calls.isEmpty { writer.add("tool_calls", .array(calls)) }
  }

  /// Members of calls that both of OpenAI's formats have.
  private static let sharedCallMembers: Set<String> = ["namespace", "extra_content"]

  private mutating func addCallExtras(_ extras: [Member], to writer: inout ObjectWriter) {
    guard format == .openAIResponses else { return addExtras(extras, to: &writer) }
    for extra in extras {
      if OpenAIMessageWriter.sharedCallMembers.contains(extra.name) {
        writer.add(extra.name, extra.value)
      } else {
        dropped.note(.other(extra.name))
      }
    }
  }

  private mutating func addMedia(_ parts: [Part], to writer: inout ObjectWriter) {
    var images: [JSONValue] = []
    for part in parts {
      switch part.content {
      case .image(let image):
        guard let address = image.source.address else { continue }
        images.append(.object([("image_url", .object([("url", .string(address))]))]))
      case .audio(let audio): writer.add("audio", OpenAIAudio.object(audio))
      default: break
      }
    }
    if images.isEmpty { return }
    if style.isFull { writer.add("images", .array(images)) } else { dropped.note(.image) }
  }

  private mutating func addCitations(_ parts: [Part], to writer: inout ObjectWriter) {
    let citations = parts.flatMap { part -> [Citation] in
      if case .text(let content) = part.content { content.citations } else { [] }
    }
    if citations.isEmpty { return }
    if style.isFull {
      writer.add("annotations", .array(citations.map(OpenAICitation.object)))
    } else {
      dropped.note(.citations)
    }
  }

  private mutating func addExtras(_ extras: [Member], to writer: inout ObjectWriter) {
    if format == .openAI { writer.add(extras) } else { dropped.note(extras) }
  }
}

/// `audio` of an assistant's message.
enum OpenAIAudio {
  /// The object, with what is known.
  static func object(_ audio: AudioContent) -> JSONValue {
    var writer = ObjectWriter()
    writer.add("id", audio.id)
    writer.add("data", audio.base64)
    writer.add("transcript", audio.transcript)
    writer.add("expires_at", audio.expiresAt)
    return writer.value
  }
}

extension Part {
  /// Whether it stands in an assistant's `content`.
  fileprivate var isSaidText: Bool {
    switch content {
    case .text: true
    case .file, .video: true
    case .native(let format, let value): format != .openAI || value["id"] == nil
    default: false
    }
  }

  /// Whether its text may stand without an object around it.
  fileprivate func isPlain(in style: OpenAIChatStyle) -> Bool { extras.isEmpty && (cache == nil || !style.isFull) }
}

extension [Part] {
  /// The texts, a line each.
  fileprivate var joinedText: String { compactMap(\.text).joined(separator: "\n") }
}

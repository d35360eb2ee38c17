import Core
import JSON

/// Writes turns as the items of a request in the Responses format.
struct ResponsesItemWriter {
  private let format: WireFormat
  private let messages: [Message]
  private let tools: [ToolDefinition]
  /// What had no equivalent so far.
  private(set) var dropped = DroppedFields()
  private var items: [JSONValue] = []
  /// Ids of the calls of free-form tools.
  private var freeFormCalls: Set<String> = []

  /// A writer for a conversation.
  init(_ conversation: Conversation) {
    format = conversation.format
    messages = conversation.messages
    tools = conversation.tools
  }

  private var isNative: Bool { format == .openAIResponses }

  /// The values of `instructions`, if any, and `input`.
  mutating func write() -> (instructions: String?, input: JSONValue) {
    var rest = messages[...]
    var instructions: String?
    if let first = rest.first {
      instructions = self.instructions(first)
      if instructions != nil { rest = rest.dropFirst() }
    }
    for message in rest { if message.role == .assistant { writeAnswer(message) } else { write(message) } }
    return (instructions, .array(items))
  }

  /// The first turn's text, where it is the system's and plain.
  private mutating func instructions(_ message: Message) -> String? {
    guard message.role == .system, message.name == nil, message.extras.isEmpty, !message.parts.isEmpty,
      message.parts.allSatisfy({ $0.text != nil && $0.extras.isEmpty })
    else { return nil }
    if message.parts.contains(where: { $0.cache != nil }) { dropped.note(.cache) }
    return message.parts.compactMap(\.text).joined(separator: "\n")
  }

  // MARK: Users and instructions

  private mutating func write(_ message: Message) {
    let message = message.spoken(noting: &dropped)
    var content: [JSONValue] = []
    // Results come first: they answer the calls before.
    for part in message.parts {
      if case .toolResult(let result) = part.content {
        write(result, part, part.extras + (message.parts.count == 1 ? message.extras : []))
      } else if case .native(.openAIResponses, let value) = part.content, isItem(value) {
        items.append(value)
      }
    }
    let said = message.parts.filter { $0.toolResult == nil && !isItem($0) }
    if said.count == 1, let text = said[0].text, said[0].extras.isEmpty, said[0].cache == nil || !isNative {
      if said[0].cache != nil { dropped.note(.cache) }
      return append(message.role.rawValue, .string(text), message.extras)
    }
    for part in said { if let value = input(part) { content.append(value) } }
    if !content.isEmpty { append(message.role.rawValue, .array(content), message.extras) }
  }

  private mutating func append(_ role: String, _ content: JSONValue, _ extras: [Member]) {
    var writer = ObjectWriter([("type", .string("message")), ("role", .string(role)), ("content", content)])
    addExtras(extras, to: &writer)
    items.append(writer.value)
  }

  /// Whether a native part is an item, not a part of a message.
  private func isItem(_ part: Part) -> Bool {
    if case .native(.openAIResponses, let value) = part.content { isItem(value) } else { false }
  }

  private func isItem(_ value: JSONValue) -> Bool { value["type"]?.stringValue?.hasPrefix("input_") != true }

  private mutating func write(_ result: ToolResult, _ part: Part, _ extras: [Member]) {
    if part.cache != nil { dropped.note(.cache) }
    var parts = result.parts
    if result.isError == true { parts.insert(.text("The tool failed."), at: 0) }
    let output: JSONValue
    if parts.allSatisfy({ $0.text != nil && $0.extras.isEmpty }), !isNative || parts.count < 2 {
      if parts.contains(where: { $0.cache != nil }) { dropped.note(.cache) }
      output = .string(parts.compactMap(\.text).joined(separator: "\n"))
    } else {
      var written: [JSONValue] = []
      for part in parts { if let value = input(part) { written.append(value) } }
      output = .array(written)
    }
    let isFreeForm = freeFormCalls.contains(result.callID)
    var writer = ObjectWriter([
      ("type", .string(isFreeForm ? "custom_tool_call_output" : "function_call_output")),
      ("call_id", .string(isNative ? result.callID : ShortID.fitted(result.callID, as: result.callID))),
      ("output", output),
    ])
    addExtras(extras, to: &writer)
    items.append(writer.value)
  }

  // MARK: Parts

  private mutating func input(_ part: Part) -> JSONValue? {
    guard var writer = object(part.content) else { return nil }
    addCache(part.cache, to: &writer)
    addExtras(part.extras, to: &writer)
    return writer.value
  }

  /// Marks of this format say nothing but their place; a duration is OpenRouter's addition.
  private mutating func addCache(_ cache: CacheMark?, to writer: inout ObjectWriter) {
    guard let cache else { return }
    if !isNative {
      dropped.note(.cache)
    } else if cache.duration == nil {
      writer.add("prompt_cache_breakpoint", .object([("mode", .string("explicit"))]))
    } else {
      writer.add("cache_control", cache.object)
    }
  }

  private mutating func object(_ content: Part.Content) -> ObjectWriter? {
    switch content {
    case .text(let text): return ObjectWriter([("type", .string("input_text")), ("text", .string(text.text))])
    case .refusal(let text): return ObjectWriter([("type", .string("input_text")), ("text", .string(text))])
    case .image(let image): return self.image(image)
    case .file(let file): return self.file(file)
    case .audio(let audio): return self.audio(audio)
    case .video(let source):
      guard isNative, let address = source.address else { break }
      return ObjectWriter([("type", .string("input_video")), ("video_url", .string(address))])
    case .native(.openAIResponses, let value): return value.objectValue.map { ObjectWriter($0) }
    case .native(_, let value): dropped.note(.other(value["type"]?.stringValue ?? "content"))
    case .toolCall, .toolResult, .reasoning: break
    }
    if case .video = content { dropped.note(.video) }
    return nil
  }

  private mutating func image(_ image: ImageContent) -> ObjectWriter? {
    var writer = ObjectWriter([("type", .string("input_image"))])
    if case .file(let id) = image.source, isNative || format == .openAI {
      writer.add("file_id", id)
    } else if let address = image.source.address {
      writer.add("image_url", address)
    } else {
      dropped.note(.image)
      return nil
    }
    if image.detail != nil || !isNative { writer.add("detail", image.detail ?? "auto") }
    return writer
  }

  private mutating func file(_ file: FileContent) -> ObjectWriter? {
    if file.wantsCitations == true { dropped.note(.citations) }
    if file.context != nil { dropped.note(.other("context")) }
    var writer = ObjectWriter([("type", .string("input_file"))])
    writer.add("filename", file.name)
    switch file.source {
    case .url(let url): writer.add("file_url", url)
    case .data:
      // Bytes are refused without a name.
      if file.name == nil, !isNative { writer.add("filename", "document.pdf") }
      writer.add("file_data", file.source.address)
    case .text(let text):
      if file.name == nil { writer.add("filename", "document.txt") }
      writer.add("file_data", "data:text/plain;base64," + Base64.encode(Array(text.utf8)))
    case .file(let id):
      guard isNative || format == .openAI else {
        dropped.note(.file)
        return nil
      }
      writer.add("file_id", id)
    }
    return writer
  }

  /// OpenAI's own models hear nothing here.
  private mutating func audio(_ audio: AudioContent) -> ObjectWriter? {
    guard isNative, let data = audio.base64 else {
      dropped.note(.audio)
      return nil
    }
    var inner = ObjectWriter([("data", .string(data))])
    inner.add("format", audio.format)
    return ObjectWriter([("type", .string("input_audio")), ("input_audio", inner.value)])
  }

  private mutating func addExtras(_ extras: [Member], to writer: inout ObjectWriter) {
    if isNative { writer.add(extras) } else { dropped.note(extras) }
  }

  // MARK: The model's turns

  private mutating func writeAnswer(_ message: Message) {
    let message = message.spoken(noting: &dropped)
    var said: [Part] = []
    var pieces: [Reasoning] = []
    var extras = message.extras
    // What was thought last must be followed by what came of it.
    let end = message.parts.lastIndex { $0.reasoning == nil }.map { $0 + 1 } ?? 0
    if end < message.parts.count { dropped.note(.reasoningHistory) }
    for part in message.parts[..<end] {
      if let piece = part.reasoning {
        writeMessage(&said, &extras)
        if let last = pieces.last, !ResponsesReasoning.continues(piece, last) { writeReasoning(&pieces) }
        pieces.append(piece)
        continue
      }
      writeReasoning(&pieces)
      if let call = part.toolCall {
        writeMessage(&said, &extras)
        if part.cache != nil { dropped.note(.cache) }
        write(call)
      } else if case .native(.openAIResponses, let value) = part.content {
        writeMessage(&said, &extras)
        items.append(value)
      } else {
        said.append(part)
      }
    }
    writeMessage(&said, &extras)
    if !isNative { dropped.note(extras) }
  }

  /// A message of the texts so far. A single one stands without an object around it, which every server takes.
  private mutating func writeMessage(_ parts: inout [Part], _ extras: inout [Member]) {
    if parts.isEmpty { return }
    let isPlain = parts.count == 1 && parts[0].text != nil && parts[0].extras.isEmpty && !hasCitations(parts[0])
    var content: [JSONValue] = []
    for part in parts { if let value = output(part) { content.append(value) } }
    let text = parts[0].text
    parts = []
    if content.isEmpty { return }
    if isPlain, let text {
      append("assistant", .string(text), isNative ? extras : [])
    } else {
      var writer = ObjectWriter([
        ("type", .string("message")), ("id", .string("msg_\(items.count)")), ("role", .string("assistant")),
        ("status", .string("completed")), ("content", .array(content)),
      ])
      if isNative { writer.add(extras) }
      items.append(writer.value)
    }
    if isNative { extras = [] }
  }

  private func hasCitations(_ part: Part) -> Bool {
    if case .text(let text) = part.content { !text.citations.isEmpty } else { false }
  }

  private mutating func output(_ part: Part) -> JSONValue? {
    if part.cache != nil { dropped.note(.cache) }
    var writer: ObjectWriter
    switch part.content {
    case .text(let text):
      if text.text.isEmpty { return nil }
      let annotations = text.citations.compactMap(ResponsesCitation.object)
      if annotations.count < text.citations.count { dropped.note(.citations) }
      writer = ObjectWriter([
        ("type", .string("output_text")), ("text", .string(text.text)), ("annotations", .array(annotations)),
      ])
    case .refusal(let text): writer = ObjectWriter([("type", .string("refusal")), ("refusal", .string(text))])
    case .image: return drop(.image)
    case .audio: return drop(.audio)
    case .video: return drop(.video)
    case .file: return drop(.file)
    case .native(_, let value): return drop(.other(value["type"]?.stringValue ?? "content"))
    case .toolCall, .toolResult, .reasoning: return nil
    }
    addExtras(part.extras, to: &writer)
    return writer.value
  }

  private mutating func drop(_ field: RequestField) -> JSONValue? {
    dropped.note(field)
    return nil
  }

  private mutating func write(_ call: ToolCall) {
    let id = isNative ? call.id : ShortID.fitted(call.id, as: call.id)
    let start = ToolCallStart(id: id, name: call.name, extras: isNative ? call.extras : [])
    if !isNative { dropped.note(call.extras) }
    let known = ResponsesCall(start, tools: isNative ? tools : [])
    if known.isFreeForm { freeFormCalls.insert(call.id) }
    let item = known.item(id: "", arguments: call.arguments.isEmpty ? "{}" : call.arguments, status: "completed")
    items.append(.object((item.objectValue ?? []).filter { $0.key != "id" && $0.key != "status" }))
  }

  /// Reasoning of this format that the provider can read again; all else is dropped and named.
  private mutating func writeReasoning(_ pieces: inout [Reasoning]) {
    if pieces.isEmpty { return }
    defer { pieces = [] }
    let isReadable = pieces.contains { if case .encrypted = $0.content { true } else { false } }
    guard pieces[0].format == .openAIResponses, isReadable || isNative else { return dropped.note(.reasoningHistory) }
    let item = ResponsesReasoning.item(pieces, id: "")
    items.append(.object((item.objectValue ?? []).filter { $0.value != .string("") }))
  }
}

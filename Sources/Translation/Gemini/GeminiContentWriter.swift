import Core
import JSON

/// Writes messages as `contents` in Google's format: instructions apart, turns of one role joined, a turn of its own for
/// functions' results.
struct GeminiContentWriter {
  private let format: WireFormat
  private let model: GeminiModel
  /// The functions' names by the ids of their calls: results are tied to names.
  private var names: [String: String] = [:]
  /// Pictures and documents of results whose functions' turn is not over.
  private var moved: [Part] = []
  /// What had no equivalent.
  private(set) var dropped = DroppedFields()

  /// A writer for a conversation of the given format.
  init(format: WireFormat, model: GeminiModel) {
    self.format = format
    self.model = model
  }

  private var isNative: Bool { format == .gemini }

  private struct Content {
    enum Kind {
      case said, results, answered
    }

    var kind: Kind
    var parts: [JSONValue]
    var extras: [Member]

    var value: JSONValue {
      var writer = ObjectWriter([
        ("role", .string(kind == .answered ? "model" : "user")), ("parts", .array(parts)),
      ])
      writer.add(extras)
      return writer.value
    }
  }

  /// The values of `systemInstruction`, if any, and `contents`.
  mutating func write(_ messages: [Message]) -> (system: JSONValue?, contents: JSONValue) {
    var system: [JSONValue] = []
    var contents: [Content] = []
    for message in messages {
      let message = message.spoken(noting: &dropped)
      if !isNative { dropped.note(message.extras) }
      switch message.role {
      case .system, .developer: system += message.parts.compactMap { part($0) }
      case .assistant:
        if !moved.isEmpty { say([], message, to: &contents) }
        append(.answered, answered(message.parts), message, to: &contents)
      case .user: appendUser(message, to: &contents)
      }
    }
    if !moved.isEmpty { say([], Message(.user, []), to: &contents) }
    // Without any turn the interface refuses; instructions alone are what is asked then.
    if contents.isEmpty, !system.isEmpty {
      contents = [Content(kind: .said, parts: system, extras: [])]
      system = []
    }
    let instruction = system.isEmpty ? nil : JSONValue.object([("parts", .array(system))])
    return (instruction, .array(contents.map(\.value)))
  }

  private func append(_ kind: Content.Kind, _ parts: [JSONValue], _ message: Message, to contents: inout [Content]) {
    if parts.isEmpty { return }
    if !isNative, let last = contents.indices.last, contents[last].kind == kind {
      contents[last].parts += parts
    } else {
      contents.append(Content(kind: kind, parts: parts, extras: isNative ? message.extras : []))
    }
  }

  private mutating func appendUser(_ message: Message, to contents: inout [Content]) {
    if isNative { return append(.said, message.parts.compactMap { part($0) }, message, to: &contents) }
    var results: [JSONValue] = []
    for part in message.parts {
      if let result = part.toolResult { results.append(self.result(result, part)) }
    }
    append(.results, results, message, to: &contents)
    let rest = message.parts.filter { $0.toolResult == nil }
    if rest.isEmpty { return }
    say(rest, message, to: &contents)
  }

  /// Appends what a user says, behind what was moved out of results: those must not be parted.
  private mutating func say(_ parts: [Part], _ message: Message, to contents: inout [Content]) {
    let all = moved + parts
    moved = []
    append(.said, all.flatMap(named).compactMap { part($0) }, message, to: &contents)
  }

  /// A document has neither a name nor a remark in this format: the model is told before it.
  private func named(_ part: Part) -> [Part] {
    guard case .file(let file) = part.content else { return [part] }
    var told: [Part] = []
    if let name = file.name { told.append(.text("File: \(name)")) }
    if let context = file.context { told.append(.text(context)) }
    return told + [part]
  }

  // MARK: Parts

  private mutating func part(_ part: Part) -> JSONValue? {
    guard var writer = object(part) else { return nil }
    dropped.note(.cache, where: part.cache)
    if isNative { writer.add(part.extras.filter { $0.name != "mimeType" }) } else { dropped.note(part.extras) }
    return writer.value
  }

  private mutating func object(_ part: Part) -> ObjectWriter? {
    switch part.content {
    case .text(let text):
      if !text.citations.isEmpty { dropped.note(.citations) }
      return text.text.isEmpty ? nil : ObjectWriter([("text", .string(text.text))])
    case .refusal(let text): return text.isEmpty ? nil : ObjectWriter([("text", .string(text))])
    case .image(let image):
      if let detail = image.detail, detail != "auto" { dropped.note(.imageDetail) }
      return media(image.source, type: "image/png", part, .image)
    case .file(let file):
      if file.wantsCitations == true { dropped.note(.citations) }
      return media(file.source, type: "application/pdf", part, .file)
    case .audio(let audio):
      guard let data = audio.base64 else {
        dropped.note(.audio)
        return nil
      }
      return media(.data(type: GeminiMedia.audioType(audio.format), base64: data), type: nil, part, .audio)
    case .video(let source): return media(source, type: "video/mp4", part, .video)
    case .toolResult(let result):
      return ObjectWriter(self.result(result, part).objectValue ?? [])
    case .native(.gemini, let value): return value.objectValue.map { ObjectWriter($0) }
    case .native(_, let value): dropped.note(.other(value.kindName))
    // Only a model calls and thinks.
    case .toolCall: dropped.note(.other("tool_calls"))
    case .reasoning: dropped.note(.reasoningHistory)
    }
    return nil
  }

  private mutating func media(
    _ source: MediaSource, type: String?, _ part: Part, _ field: RequestField
  ) -> ObjectWriter? {
    guard let object = GeminiMedia.part(source, type: type, extras: part.extras) else {
      dropped.note(field)
      return nil
    }
    return object
  }

  // MARK: Results

  /// A function's result. Pictures and documents stand in it with models that take them there; else they are moved
  /// behind the results.
  private mutating func result(_ result: ToolResult, _ part: Part) -> JSONValue {
    let name = result.name ?? names[result.callID] ?? (result.callID.isEmpty ? "tool" : result.callID)
    var writer = ObjectWriter()
    if !result.callID.isEmpty { writer.add("id", result.callID) }
    writer.add("name", name)
    writer.add("response", GeminiResponse.object(result))
    let media = result.parts.filter { $0.text == nil }
    if !media.isEmpty {
      if isNative || model.takesMediaInResults {
        let parts = media.compactMap { self.part($0) }
        if !parts.isEmpty { writer.add("parts", .array(parts)) }
      } else {
        moved.append(.text("From the result of the tool call \(result.callID):"))
        moved += media
      }
    }
    if isNative { writer.add(part.extras) }
    return .object([("functionResponse", writer.value)])
  }

  // MARK: Answers

  /// The parts of a model's turn. Signatures go back to the parts they came with: to the call whose id they have, else to
  /// what stands behind them.
  private mutating func answered(_ parts: [Part]) -> [JSONValue] {
    let calls = Set(parts.compactMap(\.toolCall?.id).filter { !$0.isEmpty })
    var signatures = callSignatures(parts, calls)
    var written: [JSONValue] = []
    var pending: String?
    var hasCall = false
    for part in parts {
      if let piece = part.reasoning {
        guard piece.format == .gemini || isNative && GeminiSignature.isAnyones(piece) else {
          dropped.note(.reasoningHistory)
          continue
        }
        if case .encrypted(let signature) = piece.content {
          if let id = piece.id, calls.contains(id) { continue }
          if let earlier = pending { written.append(bare(earlier)) }
          pending = signature
        } else {
          written.append(thought(piece))
        }
        continue
      }
      guard var object = answered(part) else { continue }
      dropped.note(.cache, where: part.cache)
      if isNative { object.add(part.extras.filter { $0.name != "mimeType" }) } else { dropped.note(part.extras) }
      var signature = part.toolCall.flatMap { signatures.removeValue(forKey: $0.id) }
      if signature == nil {
        signature = pending
        pending = nil
      }
      if signature == nil, part.toolCall != nil, !hasCall, model.requiresSignatures {
        signature = GeminiSignature.placeholder
      }
      if part.toolCall != nil { hasCall = true }
      object.add("thoughtSignature", signature)
      written.append(object.value)
    }
    if let pending { written.append(bare(pending)) }
    return written
  }

  private mutating func answered(_ part: Part) -> ObjectWriter? {
    if let call = part.toolCall { return self.call(call) }
    return object(part)
  }

  private func callSignatures(_ parts: [Part], _ calls: Set<String>) -> [String: String] {
    var signatures: [String: String] = [:]
    for piece in parts.compactMap(\.reasoning) where piece.format == .gemini {
      if case .encrypted(let signature) = piece.content, let id = piece.id, calls.contains(id) {
        signatures[id] = signature
      }
    }
    return signatures
  }

  private func thought(_ piece: Reasoning) -> JSONValue {
    var writer = ObjectWriter([("text", .string(piece.text ?? "")), ("thought", .bool(true))])
    writer.add("thoughtSignature", piece.signature)
    return writer.value
  }

  private func bare(_ signature: String) -> JSONValue {
    .object([("text", .string("")), ("thoughtSignature", .string(signature))])
  }

  private mutating func call(_ call: ToolCall) -> ObjectWriter {
    var inner = ObjectWriter()
    if !call.id.isEmpty {
      inner.add("id", call.id)
      names[call.id] = call.name
    }
    inner.add("name", call.name)
    inner.add("args", call.argumentObject)
    if isNative { inner.add(call.extras) } else { dropped.note(call.extras) }
    return ObjectWriter([("functionCall", inner.value)])
  }
}

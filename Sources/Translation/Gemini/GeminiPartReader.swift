import Core
import JSON

/// Reads parts in Google's format: of a request's turns, or of an answer. Names may be written in either case, as Google's
/// servers take them.
struct GeminiPartReader {
  private let makeID: @Sendable (Int64) -> String
  private var calls: Int64 = 0
  /// Calls that have no result yet: results are tied to calls by id, or by name and order.
  private var open: [(id: String, name: String)] = []

  /// A reader; `makeID` gives an id for the call of that number where it has none.
  init(makeID: @escaping @Sendable (Int64) -> String) { self.makeID = makeID }

  /// The parts of a turn: an array, or a single one.
  mutating func parts(_ value: JSONValue, field: String) throws(GatewayError) -> [Part] {
    var parts: [Part] = []
    try read(value, field: field, into: &parts)
    return parts
  }

  /// Reads further parts of a turn. `continuesText`: a text at their beginning goes on with the one at the end of `parts`.
  mutating func read(
    _ value: JSONValue, field: String, into parts: inout [Part], continuesText: Bool = false
  ) throws(GatewayError) {
    let elements = value.objectValue == nil ? try value.elements(field) : [value]
    let joint = parts.count
    parts.reserveCapacity(joint + elements.count)
    for (index, element) in elements.enumerated() {
      try read(GeminiObject(element, field: "\(field)[\(index)]"), into: &parts)
      if continuesText, index == 0 { GeminiPartReader.joinTexts(at: joint, &parts) }
    }
  }

  /// Makes one text of those on both sides of a place. A text with a signature stays as it was signed.
  private static func joinTexts(at place: Int, _ parts: inout [Part]) {
    guard place > 0, place == parts.count - 1, case .text(var text) = parts[place - 1].content,
      let rest = parts[place].text, parts[place - 1].extras.isEmpty, parts[place].extras.isEmpty,
      place == 1 || !GeminiSignature.isBare(parts[place - 2])
    else { return }
    text.text += rest
    parts[place - 1].content = .text(text)
    parts.removeLast()
  }

  private mutating func read(_ object: GeminiObject, into parts: inout [Part]) throws(GatewayError) {
    let signature = try object.text("thoughtSignature").flatMap { $0.isEmpty ? nil : $0 }
    let isThought = try object.flag("thought") == true
    if let text = try object.text("text") {
      if isThought { return addThought(text, signature, to: &parts) }
      if let signature { addSignature(signature, to: &parts) }
      if !text.isEmpty { parts.append(Part(.text(TextContent(text)), extras: extras(object, ["text"]))) }
      return
    }
    guard !isThought, let (content, name) = try content(object) else {
      return parts.append(Part(.native(.gemini, object.value)))
    }
    var id: String?
    if case .toolCall(let call) = content { id = call.id }
    if let signature { addSignature(signature, id: id, to: &parts) }
    var part = Part(content, extras: extras(object, [name]))
    if let type = try typeToKeep(object) { part.extras.append(Member("mimeType", .string(type))) }
    if name == "functionResponse" { part.extras += try responseExtras(object) }
    parts.append(part)
  }

  private func extras(_ object: GeminiObject, _ own: [String]) -> [Member] {
    object.members(except: own + ["thought", "thoughtSignature"])
  }

  /// Thoughts that come in pieces are one, which a part with nothing but a signature ends. Without a signature they are
  /// anyone's.
  private func addThought(_ text: String, _ signature: String?, to parts: inout [Part]) {
    guard signature == nil || text.isEmpty, let last = parts.last?.reasoning, GeminiSignature.isAnyones(last),
      let earlier = last.text
    else {
      let piece = signature.map { GeminiSignature.piece($0, text: text) } ?? Reasoning(.text(text))
      return parts.append(Part(.reasoning(piece)))
    }
    let piece = signature.map { GeminiSignature.piece($0, text: earlier) } ?? Reasoning(.text(earlier + text))
    // What nobody can read is a piece of its own.
    if piece.text != nil { parts.removeLast() }
    parts.append(Part(.reasoning(piece)))
  }

  /// The signature of a part that is no thought. Some clients keep a signature and lose sight of the thought it stood at,
  /// which is then the one before.
  private func addSignature(_ signature: String, id: String? = nil, to parts: inout [Part]) {
    if let last = parts.last?.reasoning, GeminiSignature.isAnyones(last), let text = last.text,
      let piece = GeminiSignature.foreign(signature, text: text), piece.text != nil
    {
      parts.removeLast()
      return parts.append(Part(.reasoning(piece)))
    }
    parts.append(Part(.reasoning(GeminiSignature.piece(signature, id: id))))
  }

  // MARK: Contents

  /// What a part is, and the member that says it; nil for kinds that only this format has.
  private mutating func content(_ object: GeminiObject) throws(GatewayError) -> (Part.Content, String)? {
    if let blob = try object.object("inlineData") {
      let type = try blob.text("mimeType") ?? ""
      return (GeminiMedia.content(type: type, base64: try blob.requiredText("data")), "inlineData")
    }
    if let file = try object.object("fileData") {
      return (
        GeminiMedia.content(type: try file.text("mimeType"), uri: try file.requiredText("fileUri")), "fileData"
      )
    }
    if let call = try object.object("functionCall") { return (.toolCall(try toolCall(call)), "functionCall") }
    if let response = try object.object("functionResponse") {
      return (.toolResult(try toolResult(response)), "functionResponse")
    }
    return nil
  }

  /// The type of a file where its address does not tell it.
  private func typeToKeep(_ object: GeminiObject) throws(GatewayError) -> String? {
    guard let file = try object.object("fileData"), let type = try file.text("mimeType"),
      type != GeminiMedia.type(ofAddress: try file.requiredText("fileUri"))
    else { return nil }
    return type
  }

  private mutating func toolCall(_ object: GeminiObject) throws(GatewayError) -> ToolCall {
    let name = try object.requiredText("name")
    let id = try object.text("id").flatMap { $0.isEmpty ? nil : $0 } ?? makeID(calls)
    calls += 1
    open.append((id, name))
    let arguments = object["args"].map { String(decoding: $0.serialized(), as: UTF8.self) } ?? "{}"
    return ToolCall(
      id: id, name: name, arguments: arguments, extras: object.members(except: ["id", "name", "args"]))
  }

  // MARK: Results

  private mutating func toolResult(_ object: GeminiObject) throws(GatewayError) -> ToolResult {
    let name = try object.text("name")
    let (text, isError) = GeminiResponse.read(object["response"] ?? .object([]))
    var parts: [Part] = text.isEmpty ? [] : [.text(text)]
    if let media = object["parts"] {
      var reader = GeminiPartReader(makeID: makeID)
      parts += try reader.parts(media, field: object.path("parts"))
    }
    return ToolResult(callID: callID(try object.text("id"), name), name: name, parts: parts, isError: isError)
  }

  /// The call that a result is for: the one with its id, else the first open one of that name, else the first open one.
  private mutating func callID(_ id: String?, _ name: String?) -> String {
    if let id, !id.isEmpty {
      open.removeAll { $0.id == id }
      return id
    }
    guard let place = open.firstIndex(where: { $0.name == name }) ?? open.indices.first else { return name ?? "" }
    return open.remove(at: place).id
  }

  private func responseExtras(_ object: GeminiObject) throws(GatewayError) -> [Member] {
    try object.object("functionResponse")?.members(except: ["id", "name", "response", "parts"]) ?? []
  }
}

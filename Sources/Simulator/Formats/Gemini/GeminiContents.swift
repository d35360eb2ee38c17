import JSON

/// Reads the contents of a request in Google's format. All methods throw a `Problem` for what the provider would refuse.
struct GeminiContents {
  private struct Content {
    var role: String
    var path: FieldPath
    var texts: [String] = []
    var calls: [(isSigned: Bool, path: FieldPath, name: String)] = []
    var results = 0
  }

  private let isVertex: Bool
  private var contents: [Content] = []
  private var tokens = 0
  private var attachments = Attachments()
  private var results: [String] = []

  /// Stand-ins for a signature that Google's page on thought signatures names (October 2026).
  private static let openSignatures: Set<String> = [
    "skip_thought_signature_validator", "context_engineering_is_the_way_to_go",
  ]

  /// Nothing read yet.
  init(isVertex: Bool) { self.isVertex = isVertex }

  /// Counts a text that stands elsewhere in the request.
  mutating func count(_ text: String) { tokens += Tokens.count(text) }

  /// Puts what was read into a prompt.
  func fill(_ prompt: inout Prompt) {
    prompt.promptTokens = tokens
    prompt.attachments = attachments
    if let last = contents.last(where: { $0.role == "user" }) {
      prompt.isToolResult = last.results > 0 && last.texts.isEmpty
      prompt.text = prompt.isToolResult ? results.last ?? "" : last.texts.joined(separator: " ")
    }
    if let last = contents.last, last.role == "model", !last.texts.isEmpty { prompt.prefill = last.texts.joined() }
  }

  /// Reads `systemInstruction`.
  mutating func readSystem(_ reader: FieldReader) throws(Problem) {
    var reader = reader
    _ = try reader.string("role")
    for (part, path) in try reader.array("parts") ?? [] {
      var part = try FieldReader(part, at: path, spelling: .camelOrSnake)
      count(try part.requiredString("text"))
      try part.end()
    }
    try reader.end()
  }

  /// Reads `contents`. `needsSignatures`: the model wants back what it has signed.
  mutating func read(_ fields: inout FieldReader, needsSignatures: Bool) throws(Problem) {
    let path = FieldPath.root.member("contents")
    let list = try fields.array("contents") ?? []
    if list.isEmpty { throw .invalid("contents is not specified", at: path) }
    for (content, place) in list { try readContent(content, at: place) }
    try checkOrder()
    if needsSignatures { try checkSignatures() }
  }

  private mutating func readContent(_ value: JSONValue, at path: FieldPath) throws(Problem) {
    var reader = try FieldReader(value, at: path, spelling: .camelOrSnake)
    let role = try reader.string("role") ?? (isVertex ? "" : "user")
    guard ["user", "model", "function"].contains(role) else {
      throw .invalid("Please use a valid role: user, model.")
    }
    contents.append(Content(role: role == "function" ? "user" : role, path: path))
    let parts = try reader.array("parts") ?? []
    if parts.isEmpty { throw .invalid("contents.parts must not be empty.", at: path.member("parts")) }
    for (part, place) in parts { try readPart(part, at: place) }
    try reader.end()
  }

  // MARK: Order

  private func checkOrder() throws(Problem) {
    for (index, content) in contents.enumerated() {
      let before = index > 0 ? contents[index - 1] : nil
      if !content.calls.isEmpty, before?.role != "user" {
        throw .invalid(
          "Please ensure that function call turn comes immediately after a user turn or after a function response turn."
        )
      }
      if content.results > 0, before.map({ $0.calls.isEmpty }) ?? true {
        throw .invalid("Please ensure that function response turn comes immediately after a function call turn.")
      }
      guard !content.calls.isEmpty, contents.indices.contains(index + 1) else { continue }
      if contents[index + 1].results != content.calls.count {
        throw .invalid(
          "Please ensure that the number of function response parts is equal to the number of function call parts of the "
            + "function call turn.")
      }
    }
  }

  /// In the turn that is under way the first call of each step must be signed.
  private func checkSignatures() throws(Problem) {
    let start = contents.lastIndex { $0.role == "user" && $0.results == 0 } ?? 0
    for content in contents[start...] {
      guard let first = content.calls.first, !first.isSigned else { continue }
      throw .invalid(
        "Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly, "
          + "and missing thought_signature may lead to degraded model performance. Additional data, function call "
          + "`default_api:\(first.name)`.")
    }
  }

  // MARK: Parts

  private mutating func readPart(_ value: JSONValue, at path: FieldPath) throws(Problem) {
    var part = try FieldReader(value, at: path, spelling: .camelOrSnake)
    let kinds = [
      "text", "inlineData", "fileData", "functionCall", "functionResponse", "executableCode",
      "codeExecutionResult", "toolCall", "toolResponse",
    ].filter(part.has)
    guard kinds.count == 1, let kind = kinds.first else {
      throw .invalid(
        kinds.isEmpty
          ? "required oneof field 'data' must have one initialized field" : "oneof field 'data' is already set",
        at: path.member("data"))
    }
    let isThought = try part.bool("thought") ?? false
    let signature = try part.string("thoughtSignature")
    let signed = try readKind(kind, &part, isThought: isThought, isSigned: signature != nil)
    if let signature { try check(signature, of: signed, at: path) }
    part.skip("videoMetadata", "mediaResolution", "partMetadata", "mediaProcessing", "audioMetadata")
    try part.end()
  }

  private mutating func readKind(
    _ kind: String, _ part: inout FieldReader, isThought: Bool, isSigned: Bool
  ) throws(Problem) -> String {
    let last = contents.count - 1
    switch kind {
    case "text":
      let text = try part.string("text") ?? ""
      if text.isEmpty, isVertex, !isSigned {
        throw .invalid(
          "Unable to submit request because it must have a text parameter. Add a text parameter and try again.")
      }
      count(text)
      if !isThought, !text.isEmpty { contents[last].texts.append(text) }
      return "text"
    case "inlineData": try readData(&part)
    case "fileData": try readFile(&part)
    case "functionCall": return try readCall(&part, isSigned: isSigned)
    case "functionResponse": try readResponse(&part)
    default: part.skip(kind)
    }
    return kind
  }

  private func check(_ signature: String, of signed: String, at path: FieldPath) throws(Problem) {
    if GeminiContents.openSignatures.contains(signature) { return }
    if let bytes = Base64Text.decode(signature, isLenient: true),
      GeminiContents.openSignatures.contains(String(decoding: bytes, as: UTF8.self))
    {
      return
    }
    guard let text = GeminiFormat.seal.opened(signature), text == signed else {
      throw .signature(path.member("thoughtSignature"))
    }
  }

  private static func kind(_ mediaType: String) -> Attachments.Kind {
    if mediaType.hasPrefix("image/") { return .image }
    if mediaType.hasPrefix("audio/") { return .audio }
    return mediaType.hasPrefix("video/") ? .video : .document
  }

  private mutating func readData(_ part: inout FieldReader) throws(Problem) {
    var data = try part.requiredObject("inlineData")
    try readBlob(&data)
    contents[contents.count - 1].texts.append("[inlineData]")
  }

  private mutating func readBlob(_ data: inout FieldReader) throws(Problem) {
    let type = try data.requiredString("mimeType")
    guard type.contains("/") else {
      throw .invalid("Unsupported MIME type: \(type)", at: data.path.member("mimeType"))
    }
    let text = try data.requiredString("data")
    guard let bytes = Base64Text.decode(text, isLenient: true), !bytes.isEmpty else {
      throw .invalid("Base64 decoding failed", at: data.path.member("data"))
    }
    attachments.add(GeminiContents.kind(type), bytes: bytes.count)
    _ = try data.string("displayName")
    try data.end()
    count("[data]")
  }

  private mutating func readFile(_ part: inout FieldReader) throws(Problem) {
    var file = try part.requiredObject("fileData")
    let uri = try file.requiredString("fileUri")
    if isVertex { _ = try file.requiredString("mimeType") } else { _ = try file.string("mimeType") }
    guard uri.contains("://") else { throw .invalid("Invalid or unsupported file uri: \(uri)") }
    _ = try file.string("displayName")
    try file.end()
    attachments.addAddress()
    count("[file]")
    contents[contents.count - 1].texts.append("[fileData]")
  }

  private mutating func readCall(_ part: inout FieldReader, isSigned: Bool) throws(Problem) -> String {
    let role = contents[contents.count - 1].role
    var call = try part.requiredObject("functionCall")
    guard role == "model" else {
      throw .invalid("Please ensure that function call turns are of the role model.", at: call.path)
    }
    let name = try call.requiredString("name")
    _ = try call.string("id")
    let arguments = try call.document("args")
    try call.end()
    count(name + (arguments.map { String(decoding: $0.serialized(), as: UTF8.self) } ?? ""))
    contents[contents.count - 1].calls.append((isSigned, call.path, name))
    return "call " + name
  }

  private mutating func readResponse(_ part: inout FieldReader) throws(Problem) {
    var response = try part.requiredObject("functionResponse")
    _ = try response.requiredString("name")
    _ = try response.string("id")
    guard let document = try response.document("response") else { throw .missing(response.path.member("response")) }
    response.skip("willContinue", "scheduling")
    for (inner, place) in try response.array("parts") ?? [] {
      var reader = try FieldReader(inner, at: place, spelling: .camelOrSnake)
      if var data = try reader.object("inlineData") { try readBlob(&data) }
      try reader.skip(objects: "fileData")
      try reader.end()
    }
    try response.end()
    let text = GeminiContents.text(of: document)
    count(text)
    results.append(text)
    contents[contents.count - 1].results += 1
  }

  /// What a tool has said: the one text of its answer, or else the answer as JSON.
  private static func text(of document: JSONValue) -> String {
    if let members = document.objectValue, members.count == 1, let text = members[0].value.stringValue { return text }
    return String(decoding: document.serialized(), as: UTF8.self)
  }
}

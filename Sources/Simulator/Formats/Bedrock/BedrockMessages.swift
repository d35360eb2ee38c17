import JSON

/// Reads system blocks and messages of a Converse request. All methods throw a `Problem` for what the provider would
/// refuse.
struct BedrockMessages {
  private struct Message {
    var role: String
    var texts: [String] = []
    var calls: [String] = []
    var results: [String] = []
    var documents = 0
    var hasText = false
  }

  /// The tokens.
  var meter: PromptMeter
  private var messages: [Message] = []
  private var attachments = Attachments()
  private var resultText = ""
  private var documentNames: Set<String> = []

  private static let documentFormats: Set<String> = [
    "pdf", "csv", "doc", "docx", "xls", "xlsx", "html", "txt", "md",
  ]
  private static let videoFormats: Set<String> = [
    "mkv", "mov", "mp4", "webm", "flv", "mpeg", "mpg", "wmv", "three_gp",
  ]
  private static let audioFormats: Set<String> = [
    "mp3", "opus", "wav", "aac", "flac", "mp4", "ogg", "mkv", "mka", "x-aac", "m4a", "mpeg", "mpga", "pcm", "webm",
  ]
  private static let kinds: Set<String> = [
    "text", "image", "document", "video", "audio", "toolUse", "toolResult", "guardContent", "cachePoint",
    "reasoningContent", "citationsContent", "searchResult", "toolAddition", "toolRemoval",
  ]

  /// Nothing read yet.
  init(meter: PromptMeter) { self.meter = meter }

  /// Whether tools were called or have answered.
  var usesTools: Bool { messages.contains { !$0.calls.isEmpty || !$0.results.isEmpty } }

  /// Puts what was read into a prompt.
  mutating func fill(_ prompt: inout Prompt) {
    prompt.promptTokens = meter.tokens
    prompt.attachments = attachments
    if let last = messages.last(where: { $0.role == "user" }) {
      prompt.isToolResult = !last.results.isEmpty && !last.hasText
      prompt.text = prompt.isToolResult ? resultText : last.texts.joined(separator: " ")
    }
    if let last = messages.last, last.role == "assistant" { prompt.prefill = last.texts.joined() }
  }

  /// Throws unless an object has exactly one of these members.
  static func checkUnion(_ reader: FieldReader, _ names: Set<String>) throws(Problem) {
    guard names.filter(reader.has).count == 1 else {
      throw .invalid("exactly one of \(names.sorted().joined(separator: ", ")) must be set", at: reader.path)
    }
  }

  // MARK: System and messages

  /// Reads `system`.
  mutating func readSystem(_ fields: inout FieldReader) throws(Problem) {
    for (block, path) in try fields.array("system") ?? [] {
      var reader = try FieldReader(block, at: path)
      try BedrockMessages.checkUnion(reader, ["text", "guardContent", "cachePoint"])
      if let text = try reader.string("text") {
        guard !text.isEmpty else {
          throw .invalid("Member must have length greater than or equal to 1", at: path.member("text"))
        }
        meter.add(text)
      }
      if let point = try reader.object("cachePoint") { try readCachePoint(point) }
      try reader.skip(objects: "guardContent")
      try reader.end()
    }
  }

  /// Reads a place up to which the prompt is to be cached.
  mutating func readCachePoint(_ point: FieldReader) throws(Problem) {
    var point = point
    guard try point.word("type", ["default"]) != nil else { throw .missing(point.path.member("type")) }
    try point.word("ttl", ["5m", "1h"])
    try point.end()
    meter.mark()
  }

  /// Reads `messages`.
  mutating func read(_ fields: inout FieldReader) throws(Problem) {
    let list = try fields.array("messages") ?? []
    if list.isEmpty {
      throw .invalid("A conversation must have at least one message. Try again with a conversation that has a message.")
    }
    for (message, path) in list { try readMessage(message, at: path) }
    try checkOrder()
  }

  private mutating func readMessage(_ value: JSONValue, at path: FieldPath) throws(Problem) {
    var reader = try FieldReader(value, at: path)
    let role = try reader.word("role", ["user", "assistant"])
    guard let role else { throw .missing(path.member("role")) }
    guard let content = try reader.array("content") else { throw .missing(path.member("content")) }
    if content.isEmpty {
      throw .invalid(
        "The content field in the Message object at \(path.dotted) is empty. Add a ContentBlock object to the content field "
          + "and try again.")
    }
    messages.append(Message(role: role))
    for (block, place) in content { try readBlock(block, at: place) }
    if let message = messages.last, message.documents > 0, !message.hasText {
      throw .invalid("A text block is required in a message with documents.", at: path)
    }
    try reader.end()
  }

  private func checkOrder() throws(Problem) {
    if messages.first?.role != "user" {
      throw .invalid(
        "A conversation must start with a user message. Try again with a conversation that starts with a user message.")
    }
    for (index, message) in messages.enumerated().dropFirst() {
      let before = messages[index - 1]
      if before.role == message.role {
        throw .invalid(
          "A conversation must alternate between user and assistant roles. Make sure the conversation alternates between "
            + "user and assistant roles and try again.")
      }
      let missing = before.calls.filter { !message.results.contains($0) }
      if !missing.isEmpty {
        throw .invalid(
          "Expected toolResult blocks at messages.\(index).content for the following Ids: "
            + missing.joined(separator: ", "))
      }
      if message.results.contains(where: { !before.calls.contains($0) }) {
        throw .invalid(
          "The number of toolResult blocks at messages.\(index).content exceeds the number of toolUse blocks of previous "
            + "turn.")
      }
    }
    if messages.first?.results.isEmpty == false {
      throw .invalid(
        "The number of toolResult blocks at messages.0.content exceeds the number of toolUse blocks of previous turn.")
    }
  }

  // MARK: Blocks

  private mutating func readBlock(_ block: JSONValue, at path: FieldPath) throws(Problem) {
    var reader = try FieldReader(block, at: path)
    let last = messages.count - 1
    let isUser = messages[last].role == "user"
    if let stray = reader.names.first(where: { !BedrockMessages.kinds.contains($0) }) {
      throw .unknown(path.member(stray))
    }
    try BedrockMessages.checkUnion(reader, BedrockMessages.kinds)
    if let text = try reader.string("text") {
      guard !text.allSatisfy(\.isWhitespace) else {
        throw .invalid(
          "The text field in the ContentBlock object at \(path.dotted) is blank. Add text to the text field, and try "
            + "again.")
      }
      meter.add(text)
      messages[last].texts.append(text)
      messages[last].hasText = true
    }
    if let point = try reader.object("cachePoint") { try readCachePoint(point) }
    if isUser {
      if try readMedia(&reader) { messages[last].texts.append("[\(reader.names[0])]") }
      if var result = try reader.object("toolResult") { try readResult(&result) }
      try reader.skip(objects: "guardContent", "searchResult", "toolAddition", "toolRemoval")
    } else {
      if var call = try reader.object("toolUse") { try readCall(&call) }
      if var reasoning = try reader.object("reasoningContent") { try readReasoning(&reasoning) }
      try reader.skip(objects: "citationsContent")
    }
    try reader.end()
  }

  /// Reads a picture, document, film or sound; whether there was one.
  private mutating func readMedia(_ reader: inout FieldReader) throws(Problem) -> Bool {
    if var image = try reader.object("image") {
      try readSource(&image, .image, formats: ["png", "jpeg", "gif", "webp"])
      return true
    }
    if var document = try reader.object("document") {
      try readDocument(&document)
      return true
    }
    if var video = try reader.object("video") {
      try readSource(&video, .video, formats: BedrockMessages.videoFormats)
      return true
    }
    if var audio = try reader.object("audio") {
      try readSource(&audio, .audio, formats: BedrockMessages.audioFormats)
      return true
    }
    return false
  }

  private mutating func readSource(
    _ block: inout FieldReader, _ kind: Attachments.Kind, formats: Set<String>
  ) throws(Problem) {
    guard try block.word("format", formats) != nil else { throw .missing(block.path.member("format")) }
    try readSource(of: &block, kind)
    block.skip("error")
    try block.end()
  }

  private mutating func readSource(of block: inout FieldReader, _ kind: Attachments.Kind) throws(Problem) {
    var source = try block.requiredObject("source")
    let isDocument = kind == .document
    try BedrockMessages.checkUnion(
      source, isDocument ? ["bytes", "s3Location", "text", "content"] : ["bytes", "s3Location"])
    if let data = try source.string("bytes"), !attachments.add(kind, base64: data) {
      throw .invalid("Member must be base64 of at least one byte", at: source.path.member("bytes"))
    }
    if var location = try source.object("s3Location") {
      guard try location.requiredString("uri").hasPrefix("s3://") else {
        throw .invalid("Member must satisfy regular expression pattern: s3://…", at: location.path.member("uri"))
      }
      _ = try location.string("bucketOwner")
      try location.end()
      attachments.addAddress()
    }
    if isDocument {
      if let text = try source.string("text") { attachments.add(kind, bytes: text.utf8.count) }
      if try source.array("content") != nil { attachments.add(kind, bytes: 0) }
    }
    try source.end()
    meter.add("[\(kind)]")
  }

  private mutating func readDocument(_ block: inout FieldReader) throws(Problem) {
    try block.word("format", BedrockMessages.documentFormats)
    let name = try block.requiredString("name")
    let isAllowed = name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || " -()[]".contains($0)) }
    guard (1...200).contains(name.utf8.count), isAllowed, !name.contains("  ") else {
      throw .invalid(
        "The document file name can only contain alphanumeric characters, whitespace characters, hyphens, parentheses, and "
          + "square brackets. The name can't contain more than one consecutive whitespace character.")
    }
    guard documentNames.insert(name).inserted else {
      throw .invalid("The documents of a request must have different names.", at: block.path.member("name"))
    }
    try readSource(of: &block, .document)
    _ = try block.string("context")
    try block.skip(objects: "citations")
    messages[messages.count - 1].documents += 1
    try block.end()
  }

  private static func checkID(_ id: String, at path: FieldPath) throws(Problem) {
    let isAllowed = id.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_.:-".contains($0)) }
    guard (1...64).contains(id.utf8.count), isAllowed else {
      throw .invalid(
        "Member must satisfy regular expression pattern: [a-zA-Z0-9_.:-]+ and have length less than or equal to 64",
        at: path)
    }
  }

  private mutating func readCall(_ call: inout FieldReader) throws(Problem) {
    let id = try call.requiredString("toolUseId")
    try BedrockMessages.checkID(id, at: call.path.member("toolUseId"))
    let name = try call.requiredString("name")
    guard AnthropicReader.isName(name, most: 64) else {
      throw .invalid(
        "Member must satisfy regular expression pattern: [a-zA-Z0-9_-]+", at: call.path.member("name"))
    }
    guard let input = try call.document("input") else { throw .missing(call.path.member("input")) }
    _ = try call.string("type")
    try call.end()
    meter.add(name + String(decoding: input.serialized(), as: UTF8.self))
    messages[messages.count - 1].calls.append(id)
  }

  private mutating func readResult(_ result: inout FieldReader) throws(Problem) {
    let id = try result.requiredString("toolUseId")
    try BedrockMessages.checkID(id, at: result.path.member("toolUseId"))
    try result.word("status", ["success", "error"])
    _ = try result.string("type")
    guard let content = try result.array("content") else { throw .missing(result.path.member("content")) }
    var words: [String] = []
    let documents = messages[messages.count - 1].documents
    for (block, path) in content {
      var reader = try FieldReader(block, at: path)
      try BedrockMessages.checkUnion(reader, ["json", "text", "image", "document", "video", "searchResult"])
      if let text = try reader.string("text") { words.append(text) }
      if let document = reader.value("json") { words.append(String(decoding: document.serialized(), as: UTF8.self)) }
      if try readMedia(&reader) { words.append("[\(reader.names[0])]") }
      try reader.skip(objects: "searchResult")
      try reader.end()
    }
    // A document of a tool needs no text beside it.
    messages[messages.count - 1].documents = documents
    try result.end()
    resultText = words.joined(separator: " ")
    meter.add(resultText)
    messages[messages.count - 1].results.append(id)
  }

  private mutating func readReasoning(_ reasoning: inout FieldReader) throws(Problem) {
    try BedrockMessages.checkUnion(reasoning, ["reasoningText", "redactedContent"])
    if var text = try reasoning.object("reasoningText") {
      let said = try text.requiredString("text")
      guard try text.string("signature") == AnthropicFormat.seal.signature(of: said) else {
        throw .signature(text.path.member("signature"))
      }
      try text.end()
      meter.add(said)
    }
    if let sealed = try reasoning.string("redactedContent") {
      guard let said = AnthropicFormat.seal.opened(sealed) else {
        throw .signature(reasoning.path.member("redactedContent"))
      }
      meter.add(said)
    }
    try reasoning.end()
  }
}

import JSON

/// Reads messages and documents of a request in Cohere's format. All methods throw a `Problem` for what the provider would
/// refuse.
struct CohereMessages {
  private var tokens = 0
  private var attachments = Attachments()
  private var text = ""
  private var isToolResult = false
  private var prefill: String?
  private var open: Set<String> = []
  private var known: Set<String> = []

  /// Nothing read yet.
  init() {}

  /// Counts a text that stands elsewhere in the request.
  mutating func count(_ text: String) { tokens += Tokens.count(text) }

  /// Puts what was read into a prompt.
  func fill(_ prompt: inout Prompt) {
    prompt.promptTokens = tokens
    prompt.attachments = attachments
    prompt.text = text
    prompt.isToolResult = isToolResult
    prompt.prefill = prefill
  }

  /// Reads `documents`.
  mutating func readDocuments(_ fields: inout FieldReader) throws(Problem) {
    for (document, path) in try fields.array("documents") ?? [] {
      if let text = document.stringValue { count(text) } else { _ = try readDocument(document, at: path) }
    }
  }

  private mutating func readDocument(_ document: JSONValue, at path: FieldPath) throws(Problem) -> String {
    var reader = try FieldReader(document, at: path)
    guard let data = reader.value("data") else { throw .missing(path.member("data")) }
    guard data.objectValue != nil || data.stringValue != nil else {
      throw .wrongType(path.member("data"), wanted: "an object")
    }
    _ = try reader.string("id")
    try reader.end()
    let text = data.stringValue ?? String(decoding: data.serialized(), as: UTF8.self)
    count(text)
    attachments.add(.document, bytes: text.utf8.count)
    return text
  }

  /// Reads `messages`.
  mutating func read(_ fields: inout FieldReader) throws(Problem) {
    let path = FieldPath.root.member("messages")
    guard let messages = try fields.array("messages") else { throw .missing(path) }
    if messages.isEmpty { throw .invalid("must have at least one message", at: path) }
    for (message, place) in messages { try readMessage(message, at: place) }
    if let id = open.first { throw .invalid("the tool call '\(id)' has no result", at: path) }
  }

  private mutating func readMessage(_ message: JSONValue, at path: FieldPath) throws(Problem) {
    var reader = try FieldReader(message, at: path)
    let role = try reader.word("role", ["system", "user", "assistant", "tool"])
    guard let role else { throw .missing(path.member("role")) }
    if role != "tool", let id = open.first { throw .invalid("the tool call '\(id)' has no result", at: path) }
    if role == "tool" {
      let id = try reader.requiredString("tool_call_id")
      guard known.contains(id) else { throw .invalid("no tool call has the id '\(id)'", at: path) }
      open.remove(id)
    }
    if role == "assistant" { try readCalls(&reader) }
    let isOptional = role == "assistant" && !open.isEmpty
    guard let content = reader.value("content") else {
      guard isOptional else { throw .missing(path.member("content")) }
      return try reader.end()
    }
    let said = try readContent(content, at: path.member("content"), role: role)
    if said.isEmpty, role == "user" {
      throw .invalid("message must be at least 1 token long or tool results must be specified.")
    }
    prefill = role == "assistant" && !said.isEmpty ? said : nil
    if role == "user" || role == "tool" {
      text = said
      isToolResult = role == "tool"
    }
    try reader.end()
  }

  private mutating func readCalls(_ reader: inout FieldReader) throws(Problem) {
    for (call, path) in try reader.array("tool_calls") ?? [] {
      var inner = try FieldReader(call, at: path)
      let id = try inner.requiredString("id")
      guard try inner.word("type", ["function"]) != nil else { throw .missing(path.member("type")) }
      var function = try inner.requiredObject("function")
      count(try function.requiredString("name") + (try function.requiredString("arguments")))
      try function.end()
      try inner.end()
      open.insert(id)
      known.insert(id)
    }
    if let plan = try reader.string("tool_plan") { count(plan) }
    _ = try reader.array("citations")
  }

  private mutating func readContent(
    _ content: JSONValue, at path: FieldPath, role: String
  ) throws(Problem) -> String {
    if let text = content.stringValue {
      count(text)
      return text
    }
    var words: [String] = []
    for (part, place) in try FieldReader.elements(content, at: path) {
      var reader = try FieldReader(part, at: place)
      let type = try reader.requiredString("type")
      switch (type, role) {
      case ("text", _):
        words.append(try reader.requiredString("text"))
        count(words.last ?? "")
      case ("image_url", "user"):
        try readImage(&reader)
        words.append("[image_url]")
      case ("thinking", "assistant"): count(try reader.requiredString("thinking"))
      case ("document", "tool"):
        guard let document = reader.value("document") else { throw .missing(place.member("document")) }
        words.append(try readDocument(document, at: place.member("document")))
      default:
        throw .invalid("content of type '\(type)' is not supported in a message of role \(role)", at: place)
      }
      try reader.end()
    }
    return words.joined(separator: " ")
  }

  private mutating func readImage(_ reader: inout FieldReader) throws(Problem) {
    var image = try reader.requiredObject("image_url")
    let address = try image.requiredString("url")
    try image.word("detail", ["auto", "low", "high"])
    try image.end()
    let isAddress = ["data:image/", "http://", "https://"].contains { address.hasPrefix($0) }
    guard isAddress, attachments.add(.image, address: address) else {
      throw .invalid("the image must be an address or a base64 data URI", at: image.path.member("url"))
    }
  }
}

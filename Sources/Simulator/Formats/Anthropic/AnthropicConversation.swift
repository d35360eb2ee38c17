import JSON

/// Reads the turns of a request in Anthropic's format. All methods throw a `Problem` for what the provider would refuse.
struct AnthropicConversation {
  /// One turn: messages of one role behind one another.
  struct Turn {
    /// Whose it is.
    var role: String
    /// Where its last message stands.
    var path: FieldPath
    /// The kinds of its blocks with their places.
    var blocks: [(type: String, path: FieldPath)] = []
    /// The ids of its calls.
    var calls: [String] = []
    /// The ids of its results, with their places.
    var results: [(id: String, path: FieldPath)] = []
    /// Its text.
    var texts: [String] = []
    /// Whether all of it is what tools have said.
    var isToolResult: Bool { !results.isEmpty && texts.isEmpty }
  }

  /// The tokens.
  var meter: PromptMeter
  /// The turns.
  private(set) var turns: [Turn] = []
  /// How many `cache_control` there are.
  private(set) var marks = 0
  /// Whether the last of them wants an hour.
  private(set) var isLongCache = false
  /// A place in the first document that is to be cited, as an answer names it.
  private(set) var citation: JSONValue?
  private var attachments = Attachments()
  private var toolText = ""
  private var documents = 0

  /// Nothing read yet.
  init(meter: PromptMeter) { self.meter = meter }

  /// Puts what was read into a prompt.
  func fill(_ prompt: inout Prompt) {
    prompt.promptTokens = meter.tokens
    prompt.attachments = attachments
    if let turn = turns.last(where: { $0.role == "user" }) {
      prompt.isToolResult = turn.isToolResult
      prompt.text = turn.isToolResult ? toolText : turn.texts.joined(separator: " ")
    }
    if let last = turns.last, last.role == "assistant" { prompt.prefill = last.texts.joined() }
  }

  // MARK: Messages

  /// Reads `messages`.
  mutating func readMessages(_ fields: inout FieldReader) throws(Problem) {
    let path = FieldPath.root.member("messages")
    guard let messages = try fields.array("messages") else { throw .missing(path) }
    guard !messages.isEmpty else { throw .invalid("at least one message is required", at: path) }
    for (offset, (message, place)) in messages.enumerated() {
      try readMessage(message, at: place, isLast: offset == messages.count - 1)
    }
    try checkResults()
  }

  private mutating func readMessage(_ message: JSONValue, at path: FieldPath, isLast: Bool) throws(Problem) {
    var reader = try FieldReader(message, at: path)
    let role = try reader.word("role", ["user", "assistant", "system"])
    guard let role else { throw .missing(path.member("role")) }
    guard let content = reader.value("content") else { throw .missing(path.member("content")) }
    if turns.last?.role != role { turns.append(Turn(role: role, path: path)) }
    turns[turns.count - 1].path = path
    let place = path.member("content")
    let mayBeEmpty = isLast && role == "assistant"
    if let text = content.stringValue {
      try take(text: text, at: place, mayBeEmpty: mayBeEmpty)
    } else {
      let blocks = try FieldReader.elements(content, at: place)
      if blocks.isEmpty, !mayBeEmpty { throw AnthropicConversation.emptyContent(place) }
      for (block, place) in blocks { try readBlock(block, at: place, role: role) }
    }
    if mayBeEmpty, turns.last?.texts.last?.last?.isWhitespace == true {
      throw .invalid("final assistant content cannot end with trailing whitespace", at: path)
    }
    try reader.end()
  }

  private static func emptyContent(_ path: FieldPath) -> Problem {
    .invalid("all messages must have non-empty content except for the optional final assistant message", at: path)
  }

  private mutating func take(text: String, at path: FieldPath, mayBeEmpty: Bool = false) throws(Problem) {
    guard !text.isEmpty || mayBeEmpty else { throw AnthropicConversation.emptyContent(path) }
    meter.add(text)
    turns[turns.count - 1].texts.append(text)
    turns[turns.count - 1].blocks.append(("text", path))
  }

  /// Every call is answered in the next turn, first thing; and nothing is answered that was not called.
  private func checkResults() throws(Problem) {
    for (index, turn) in turns.enumerated() where turn.role == "assistant" || turn.role == "user" {
      let calls = turn.calls
      let next = turns.indices.contains(index + 1) ? turns[index + 1] : nil
      let answered = Set(next?.results.map(\.id) ?? [])
      if let open = calls.first(where: { !answered.contains($0) }), next != nil || turn.role == "assistant" {
        throw .invalid(
          "`tool_use` ids were found without `tool_result` blocks immediately after: \(open). Each `tool_use` block must "
            + "have a corresponding `tool_result` block in the next message.", at: turn.path)
      }
      let called = index > 0 ? Set(turns[index - 1].calls) : []
      if let stray = turn.results.first(where: { !called.contains($0.id) }) {
        throw .invalid(
          "unexpected `tool_use_id` found in `tool_result` blocks: \(stray.id). Each `tool_result` block must have a "
            + "corresponding `tool_use` block in the previous message.", at: stray.path)
      }
      let late = turn.blocks.drop { $0.type == "tool_result" }.first { $0.type == "tool_result" }
      if let late {
        throw .invalid("`tool_result` blocks must come before all other content of their message", at: late.path)
      }
    }
  }

  // MARK: Blocks

  private mutating func readBlock(_ block: JSONValue, at path: FieldPath, role: String) throws(Problem) {
    var reader = try FieldReader(block, at: path)
    let type = try reader.requiredString("type")
    if type != "text" { turns[turns.count - 1].blocks.append((type, path)) }
    switch (type, role) {
    case ("text", _): try readText(&reader)
    case ("image", "user"):
      try readImage(&reader)
      turns[turns.count - 1].texts.append("[image]")
    case ("document", "user"):
      try readDocument(&reader)
      turns[turns.count - 1].texts.append("[document]")
    case ("tool_result", "user"): try readResult(&reader)
    case ("search_result", "user"): try readSearchResult(&reader)
    case ("tool_use", "assistant"): try readCall(&reader)
    case ("thinking", "assistant"): try readThinking(&reader)
    case ("redacted_thinking", "assistant"): try readRedacted(&reader)
    case ("server_tool_use", "assistant"), ("web_search_tool_result", "assistant"),
      ("web_fetch_tool_result", "assistant"), ("code_execution_tool_result", "assistant"),
      ("bash_code_execution_tool_result", "assistant"), ("text_editor_code_execution_tool_result", "assistant"),
      ("tool_search_tool_result", "assistant"), ("mcp_tool_use", "assistant"), ("mcp_tool_result", "assistant"),
      ("compaction", "assistant"), ("container_upload", "user"):
      meter.add(String(decoding: block.serialized(), as: UTF8.self))
    default:
      throw .invalid(
        "Input tag '\(type)' found using 'type' does not match any of the tags expected in a message of role \(role)",
        at: path)
    }
  }

  /// Reads what of a text block follows its type.
  mutating func readText(_ reader: inout FieldReader) throws(Problem) {
    let text = try reader.requiredString("text")
    guard !text.isEmpty else { throw .invalid("text content blocks must be non-empty", at: reader.path.member("text")) }
    _ = try reader.array("citations")
    if turns.isEmpty { meter.add(text) } else { try take(text: text, at: reader.path) }
    try readMark(&reader)
    try reader.end()
  }

  /// Reads `cache_control` of a block that is complete but for it.
  mutating func readMark(_ reader: inout FieldReader) throws(Problem) {
    guard var control = try reader.object("cache_control") else { return }
    guard try control.word("type", ["ephemeral"]) != nil else { throw .missing(control.path.member("type")) }
    isLongCache = try control.word("ttl", ["5m", "1h"]) == "1h"
    try control.end()
    marks += 1
    meter.mark()
  }

  private mutating func readImage(_ reader: inout FieldReader) throws(Problem) {
    var source = try reader.requiredObject("source")
    try readSource(
      &source, kind: .image, mediaTypes: ["image/jpeg", "image/png", "image/gif", "image/webp"])
    reader.skip("transformations")
    meter.add("[image]")
    try readMark(&reader)
    try reader.end()
  }

  private mutating func readSource(
    _ source: inout FieldReader, kind: Attachments.Kind, mediaTypes: Set<String>
  ) throws(Problem) {
    switch try source.requiredString("type") {
    case "base64":
      guard try source.word("media_type", mediaTypes) != nil else { throw .missing(source.path.member("media_type")) }
      guard attachments.add(kind, base64: try source.requiredString("data")) else {
        throw .invalid("invalid base64 data", at: source.path.member("data"))
      }
    case "url":
      let address = try source.requiredString("url")
      guard address.hasPrefix("https://") || address.hasPrefix("http://") else {
        throw .invalid("Only HTTP and HTTPS URLs are supported.", at: source.path.member("url"))
      }
      attachments.addAddress()
    case "file":
      _ = try source.requiredString("file_id")
      attachments.addAddress()
    case let type:
      throw .invalid("Input tag '\(type)' found using 'type' does not match any of the expected tags", at: source.path)
    }
    try source.end()
  }

  private mutating func readDocument(_ reader: inout FieldReader) throws(Problem) {
    var source = try reader.requiredObject("source")
    var text: String?
    switch source.peek("type") {
    case "text":
      source.skip("type")
      guard try source.word("media_type", ["text/plain"]) != nil else {
        throw .missing(source.path.member("media_type"))
      }
      text = try source.requiredString("data")
      attachments.add(.document, bytes: text?.utf8.count ?? 0)
      try source.end()
    case "content":
      source.skip("type", "content")
      attachments.add(.document, bytes: 0)
      try source.end()
    default: try readSource(&source, kind: .document, mediaTypes: ["application/pdf"])
    }
    let title = try reader.string("title")
    _ = try reader.string("context")
    if var citations = try reader.object("citations") {
      if try citations.bool("enabled") == true { cite(text, title: title) }
      try citations.end()
    }
    documents += 1
    meter.add(text ?? "[document]")
    try readMark(&reader)
    try reader.end()
  }

  /// Takes the beginning of a document as what an answer will cite.
  private mutating func cite(_ text: String?, title: String?) {
    guard citation == nil else { return }
    let cited = String((text ?? "page").prefix(20))
    let place: [(key: String, value: JSONValue)] =
      text == nil
      ? [("start_page_number", .integer(1)), ("end_page_number", .integer(2))]
      : [("start_char_index", .integer(0)), ("end_char_index", .integer(cited.count))]
    citation = .object(
      [
        ("type", .string(text == nil ? "page_location" : "char_location")), ("cited_text", .string(cited)),
        ("document_index", .integer(documents)), ("document_title", title.map(JSONValue.string) ?? .null),
        ("file_id", .null),
      ] + place)
  }

  private mutating func readSearchResult(_ reader: inout FieldReader) throws(Problem) {
    meter.add(try reader.requiredString("title"))
    _ = try reader.requiredString("source")
    guard try reader.array("content") != nil else { throw .missing(reader.path.member("content")) }
    reader.skip("citations")
    try readMark(&reader)
    try reader.end()
  }

  private mutating func readCall(_ reader: inout FieldReader) throws(Problem) {
    let id = try reader.requiredString("id")
    guard AnthropicReader.isName(id, most: 256) else {
      throw .invalid("String should match pattern '^[a-zA-Z0-9_-]+$'", at: reader.path.member("id"))
    }
    let name = try reader.requiredString("name")
    guard let input = try reader.document("input") else { throw .missing(reader.path.member("input")) }
    reader.skip("caller", "toolset_name")
    meter.add(name + String(decoding: input.serialized(), as: UTF8.self))
    turns[turns.count - 1].calls.append(id)
    try readMark(&reader)
    try reader.end()
  }

  private mutating func readResult(_ reader: inout FieldReader) throws(Problem) {
    let id = try reader.requiredString("tool_use_id")
    turns[turns.count - 1].results.append((id, reader.path))
    try reader.bool("is_error")
    reader.skip("toolset_name")
    toolText = ""
    if let content = reader.value("content") { try readResult(content, at: reader.path.member("content")) }
    try readMark(&reader)
    try reader.end()
  }

  private mutating func readResult(_ content: JSONValue, at path: FieldPath) throws(Problem) {
    if let text = content.stringValue {
      meter.add(text)
      toolText = text
      return
    }
    var words: [String] = []
    for (block, place) in try FieldReader.elements(content, at: path) {
      var reader = try FieldReader(block, at: place)
      let type = try reader.requiredString("type")
      switch type {
      case "text":
        let text = try reader.requiredString("text")
        meter.add(text)
        words.append(text)
        reader.skip("citations")
        try readMark(&reader)
        try reader.end()
      case "image":
        try readImage(&reader)
        words.append("[image]")
      case "document":
        try readDocument(&reader)
        words.append("[document]")
      case "search_result": try readSearchResult(&reader)
      case "tool_reference", "browser_state": meter.add(type)
      default:
        throw .invalid("Input tag '\(type)' found using 'type' does not match any of the expected tags", at: place)
      }
    }
    toolText = words.joined(separator: " ")
  }

  private mutating func readThinking(_ reader: inout FieldReader) throws(Problem) {
    let text = try reader.requiredString("thinking")
    let signature = try reader.requiredString("signature")
    guard signature == AnthropicFormat.seal.signature(of: text) else {
      throw .signature(reader.path.member("signature"))
    }
    meter.add(text)
    try reader.end()
  }

  private mutating func readRedacted(_ reader: inout FieldReader) throws(Problem) {
    guard let text = AnthropicFormat.seal.opened(try reader.requiredString("data")) else {
      throw .signature(reader.path.member("data"))
    }
    meter.add(text)
    try reader.end()
  }
}

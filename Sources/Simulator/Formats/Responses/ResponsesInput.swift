import JSON

/// Reads the input of a request for a response. All methods throw a `Problem` for what the provider would refuse.
struct ResponsesInput {
  private let isStored: Bool
  private var tokens = 0
  private var attachments = Attachments()
  private var text = ""
  private var isToolResult = false
  private var prefill: String?
  private var calls: [(id: String, isAnswered: Bool)] = []
  private var allText = ""

  private static let statuses: Set<String> = ["in_progress", "completed", "incomplete"]
  /// Items of tools that run at the provider, and of newer features, whose content is not looked at.
  private static let otherItems: Set<String> = [
    "file_search_call", "computer_call", "computer_call_output", "web_search_call", "image_generation_call",
    "code_interpreter_call", "local_shell_call", "local_shell_call_output", "shell_call", "shell_call_output",
    "apply_patch_call", "apply_patch_call_output", "mcp_list_tools", "mcp_approval_request", "mcp_approval_response",
    "mcp_call", "compaction", "compaction_summary", "compaction_trigger", "tool_search_call", "tool_search_output",
    "additional_tools", "program", "program_output",
  ]

  /// Nothing read yet. `isStored`: the provider keeps what it answers.
  init(isStored: Bool) { self.isStored = isStored }

  /// Counts a text that stands elsewhere in the request.
  mutating func count(_ text: String) {
    tokens += Tokens.count(text)
    allText += text.lowercased()
  }

  /// Whether the word JSON stands anywhere.
  var mentionsJSON: Bool { allText.contains("json") }

  /// Puts what was read into a prompt.
  func fill(_ prompt: inout Prompt) {
    prompt.promptTokens = tokens
    prompt.attachments = attachments
    prompt.text = text
    prompt.isToolResult = isToolResult
    prompt.prefill = prefill
  }

  /// Reads `input`.
  mutating func read(_ fields: inout FieldReader) throws(Problem) {
    let path = FieldPath.root.member("input")
    guard let input = fields.value("input") else { throw .missing(path) }
    if let text = input.stringValue {
      count(text)
      self.text = text
      return
    }
    let items = try FieldReader.elements(input, at: path)
    if items.isEmpty { throw .invalid("it must not be empty", at: path) }
    for (index, (item, place)) in items.enumerated() {
      let next = items.indices.contains(index + 1) ? items[index + 1].value : nil
      try readItem(item, at: place, next: next)
    }
    if let open = calls.first(where: { !$0.isAnswered }) {
      throw Problem(
        reason: .invalid, status: 400, message: "No tool output found for function call \(open.id).")
    }
  }

  private mutating func readItem(_ item: JSONValue, at path: FieldPath, next: JSONValue?) throws(Problem) {
    var reader = try FieldReader(item, at: path)
    let type = try reader.string("type") ?? (reader.has("role") ? "message" : reader.has("id") ? "item_reference" : "")
    if type != "message" { prefill = nil }
    switch type {
    case "message": try readMessage(&reader)
    case "function_call", "custom_tool_call": try readCall(&reader, isCustom: type == "custom_tool_call")
    case "function_call_output", "custom_tool_call_output": try readOutput(&reader)
    case "reasoning": try readReasoning(&reader, next: next)
    case "item_reference":
      let id = try reader.requiredString("id")
      throw Problem(reason: .route, status: 404, message: "Item with id '\(id)' not found.")
    case let type where ResponsesInput.otherItems.contains(type):
      return count(String(decoding: item.serialized(), as: UTF8.self))
    case "": throw .missing(path.member("type"))
    default: throw .invalid("'\(type)' is no type of item", at: path.member("type"))
    }
    try reader.end()
  }

  // MARK: Messages

  private mutating func readMessage(_ reader: inout FieldReader) throws(Problem) {
    let role = try reader.word("role", ["user", "assistant", "system", "developer"])
    guard let role else { throw .missing(reader.path.member("role")) }
    if let id = try reader.string("id"), !id.hasPrefix("msg") {
      throw .invalid("'\(id)'. Expected an ID that begins with 'msg'.", at: reader.path.member("id"))
    }
    try reader.word("status", ResponsesInput.statuses)
    try reader.word("phase", ["commentary", "final_answer"])
    let place = reader.path.member("content")
    guard let content = reader.value("content") else { throw .missing(place) }
    var words: [String] = []
    if let text = content.stringValue {
      words = [text]
      count(text)
    } else {
      for (part, path) in try FieldReader.elements(content, at: place) {
        words.append(try readPart(part, at: path, isAnswer: role == "assistant"))
      }
    }
    let said = words.joined(separator: " ")
    prefill = role == "assistant" && !said.isEmpty ? said : nil
    if role == "user" {
      text = said
      isToolResult = false
    }
  }

  private mutating func readPart(
    _ part: JSONValue, at path: FieldPath, isAnswer: Bool
  ) throws(Problem) -> String {
    var reader = try FieldReader(part, at: path)
    let type = try reader.requiredString("type")
    let allowed = isAnswer ? ["output_text", "refusal"] : ["input_text", "input_image", "input_file", "input_audio"]
    guard allowed.contains(type) else {
      throw .invalid(
        "'\(type)'. Supported values are: \(allowed.map { "'\($0)'" }.joined(separator: ", ")).", at: path)
    }
    var said = "[\(type)]"
    switch type {
    case "input_text": said = try reader.requiredString("text")
    case "output_text":
      said = try reader.requiredString("text")
      _ = try reader.array("annotations")
      _ = try reader.array("logprobs")
    case "refusal": said = try reader.requiredString("refusal")
    case "input_image": try readImage(&reader)
    case "input_file": try readFile(&reader)
    default: reader.skip("input_audio")
    }
    reader.skip("prompt_cache_breakpoint")
    try reader.end()
    count(said)
    return said
  }

  private mutating func readImage(_ reader: inout FieldReader) throws(Problem) {
    try reader.word("detail", ["low", "high", "auto", "original"])
    let address = try reader.string("image_url")
    if try reader.string("file_id") != nil { return attachments.addAddress() }
    guard let address else { throw .missing(reader.path.member("image_url")) }
    let isAddress = ["data:", "http://", "https://"].contains { address.hasPrefix($0) }
    guard isAddress, attachments.add(.image, address: address) else {
      throw .invalid(
        "Expected a valid URL, but got a value with an invalid format.", at: reader.path.member("image_url"))
    }
  }

  private mutating func readFile(_ reader: inout FieldReader) throws(Problem) {
    try reader.word("detail", ["low", "high", "auto"])
    let name = try reader.string("filename")
    if let data = try reader.string("file_data") {
      // OpenAI wants a name with the data, and names the part when there is none.
      guard name != nil else { throw .missing(reader.path) }
      guard data.hasPrefix("data:"), attachments.add(.document, address: data) else {
        throw .invalid(
          "Expected a base64-encoded data URL with a MIME type (e.g. 'data:application/pdf;base64,…').",
          at: reader.path.member("file_data"))
      }
      return
    }
    let address = try reader.string("file_url")
    let id = try reader.string("file_id")
    guard address != nil || id != nil else { throw .missing(reader.path.member("file_data")) }
    attachments.addAddress()
  }

  // MARK: Calls and reasoning

  private mutating func readCall(_ reader: inout FieldReader, isCustom: Bool) throws(Problem) {
    let prefix = isCustom ? "ctc" : "fc"
    if let id = try reader.string("id"), !id.hasPrefix(prefix) {
      throw .invalid("'\(id)'. Expected an ID that begins with '\(prefix)'.", at: reader.path.member("id"))
    }
    let id = try reader.requiredString("call_id")
    guard id.utf8.count <= 64 else {
      throw .invalid("string too long. Expected a string with maximum length 64.", at: reader.path.member("call_id"))
    }
    count(try reader.requiredString("name") + (try reader.requiredString(isCustom ? "input" : "arguments")))
    _ = try reader.string("namespace")
    try reader.word("status", ResponsesInput.statuses)
    reader.skip("caller")
    calls.append((id, false))
  }

  private mutating func readOutput(_ reader: inout FieldReader) throws(Problem) {
    let id = try reader.requiredString("call_id")
    guard let index = calls.firstIndex(where: { $0.id == id }) else {
      throw .invalid(
        "No tool call found for function call output with call_id \(id).", at: FieldPath.root.member("input"))
    }
    calls[index].isAnswered = true
    let place = reader.path.member("output")
    guard let output = reader.value("output") else { throw .missing(place) }
    var words: [String] = []
    if let said = output.stringValue {
      words = [said]
      count(said)
    } else {
      for (part, path) in try FieldReader.elements(output, at: place) {
        words.append(try readPart(part, at: path, isAnswer: false))
      }
    }
    text = words.joined(separator: " ")
    isToolResult = true
    _ = try reader.string("id")
    try reader.word("status", ResponsesInput.statuses)
    reader.skip("caller", "name", "namespace")
  }

  private mutating func readReasoning(_ reader: inout FieldReader, next: JSONValue?) throws(Problem) {
    // Codex leaves it out where the encrypted content says all.
    let id = reader.has("encrypted_content") ? try reader.string("id") ?? "rs" : try reader.requiredString("id")
    guard id.hasPrefix("rs") else {
      throw .invalid("'\(id)'. Expected an ID that begins with 'rs'.", at: reader.path.member("id"))
    }
    guard let summary = try reader.array("summary") else { throw .missing(reader.path.member("summary")) }
    for (part, path) in summary {
      var inner = try FieldReader(part, at: path)
      try inner.word("type", ["summary_text"])
      _ = try inner.requiredString("text")
      try inner.end()
    }
    _ = try reader.array("content")
    try reader.word("status", ResponsesInput.statuses)
    if let sealed = try reader.string("encrypted_content") {
      guard let thought = ResponsesFormat.seal.opened(sealed) else {
        throw .signature(reader.path.member("encrypted_content"))
      }
      count(thought)
    } else if !isStored {
      throw Problem(
        reason: .route, status: 404,
        message: "Item with id '\(id)' not found. Items are not persisted when `store` is set to false.")
    }
    let type = next?["type"]?.stringValue ?? "message"
    let follows = type == "message" ? next?["role"]?.stringValue == "assistant" : !type.hasSuffix("_output")
    if !follows {
      throw .invalid("Item '\(id)' of type 'reasoning' was provided without its required following item.")
    }
  }
}

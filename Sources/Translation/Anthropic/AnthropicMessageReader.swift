import Core
import JSON

/// Reads messages in Anthropic's format.
enum AnthropicMessageReader {
  /// The value of `messages`.
  static func messages(_ value: JSONValue) throws(GatewayError) -> [Message] {
    let elements = try value.elements("messages")
    if elements.isEmpty { throw .field("messages", "'messages' is empty; send at least one message.") }
    var messages: [Message] = []
    messages.reserveCapacity(elements.count)
    for (index, element) in elements.enumerated() {
      messages.append(try message(element, field: "messages[\(index)]"))
    }
    return messages
  }

  private static func message(_ value: JSONValue, field: String) throws(GatewayError) -> Message {
    let members = try value.members(field)
    guard let role = value["role"]?.stringValue.flatMap(Message.Role.init), role != .developer else {
      throw .field(field + ".role", "\(field).role must be one of user, assistant, system.")
    }
    guard let content = value["content"] else { throw .field(field + ".content", "'\(field).content' is missing.") }
    var message = Message(role, try AnthropicBlockReader.parts(content, field: field + ".content"))
    for (key, value) in members where key != "role" && key != "content" && !value.isNull {
      message.extras.append(Member(key, value))
    }
    return message
  }
}

/// Reads content blocks in Anthropic's format: of a request, or of an answer.
enum AnthropicBlockReader {
  /// A text or an array of blocks.
  static func parts(_ value: JSONValue, field: String) throws(GatewayError) -> [Part] {
    if let text = value.stringValue { return text.isEmpty ? [] : [.text(text)] }
    guard let elements = value.arrayValue else {
      throw .field(field, "\(field) must be a string or an array of content blocks.")
    }
    var parts: [Part] = []
    parts.reserveCapacity(elements.count)
    for (index, element) in elements.enumerated() { parts.append(try part(element, field: "\(field)[\(index)]")) }
    return parts
  }

  private static func part(_ value: JSONValue, field: String) throws(GatewayError) -> Part {
    let members = try value.members(field)
    guard let type = value["type"]?.stringValue else { throw .field(field + ".type", "'\(field).type' is missing.") }
    guard let (content, own) = try content(type, value, field) else { return Part(.native(.anthropic, value)) }
    var part = Part(content)
    for (key, value) in members where key != "type" && !own.contains(key) && !value.isNull {
      if key == "cache_control" {
        part.cache = try CacheMark(value, field: field + ".cache_control")
      } else if key != "caller" || value["type"]?.stringValue != "direct" {
        part.extras.append(Member(key, value))
      }
    }
    return part
  }

  /// What a block of the type is, and the members that say it; nil for types that only this format has.
  private static func content(
    _ type: String, _ value: JSONValue, _ field: String
  ) throws(GatewayError) -> (Part.Content, Set<String>)? {
    switch type {
    case "text":
      let text = try (value["text"] ?? .null).requiredText(field + ".text")
      let citations = value["citations"]?.arrayValue?.map { AnthropicCitation.citation($0) } ?? []
      return (.text(TextContent(text, citations: citations)), ["text", "citations"])
    case "image":
      guard let source = try source(value["source"] ?? .null, field + ".source") else { return nil }
      return (.image(ImageContent(source)), ["source"])
    case "document": return try document(value, field).map { ($0, ["source", "title", "context", "citations"]) }
    case "thinking": return (thinking(value), ["thinking", "signature"])
    case "redacted_thinking":
      let data = try (value["data"] ?? .null).requiredText(field + ".data")
      return (.reasoning(ReasoningSeal.open(data) ?? Reasoning(.encrypted(data), format: .anthropic)), ["data"])
    case "tool_use": return (.toolCall(try call(value, field)), ["id", "name", "input"])
    case "tool_result": return (.toolResult(try result(value, field)), ["tool_use_id", "content", "is_error"])
    default: return nil
    }
  }

  private static func thinking(_ value: JSONValue) -> Part.Content {
    let text = value["thinking"]?.stringValue ?? ""
    let signature = value["signature"]?.stringValue ?? ""
    if let sealed = ReasoningSeal.open(signature, text: text) { return .reasoning(sealed) }
    // Text that no signature proves is anyone's.
    if signature.isEmpty { return .reasoning(Reasoning(.text(text))) }
    return .reasoning(Reasoning(.text(text), signature: signature, format: .anthropic))
  }

  private static func call(_ value: JSONValue, _ field: String) throws(GatewayError) -> ToolCall {
    let input = value["input"] ?? .object([])
    return ToolCall(
      id: try (value["id"] ?? .null).requiredText(field + ".id"),
      name: try (value["name"] ?? .null).requiredText(field + ".name"),
      arguments: String(decoding: input.serialized(), as: UTF8.self))
  }

  private static func result(_ value: JSONValue, _ field: String) throws(GatewayError) -> ToolResult {
    let content = value["content"] ?? .null
    return ToolResult(
      callID: try (value["tool_use_id"] ?? .null).requiredText(field + ".tool_use_id"),
      parts: content.isNull ? [] : try parts(content, field: field + ".content"),
      isError: try value["is_error"]?.flag(field + ".is_error"))
  }

  // MARK: Sources

  /// The source of a picture; nil for kinds not known.
  private static func source(_ value: JSONValue, _ field: String) throws(GatewayError) -> MediaSource? {
    _ = try value.members(field)
    switch value["type"]?.stringValue {
    case "base64":
      return .data(
        type: value["media_type"]?.stringValue ?? "", base64: try (value["data"] ?? .null).requiredText(field + ".data")
      )
    case "url": return .url(try (value["url"] ?? .null).requiredText(field + ".url"))
    case "file": return .file(id: try (value["file_id"] ?? .null).requiredText(field + ".file_id"))
    case "text": return .text(try (value["data"] ?? .null).requiredText(field + ".data"))
    case "content": return value["content"]?.stringValue.map { .text($0) }
    default: return nil
    }
  }

  private static func document(_ value: JSONValue, _ field: String) throws(GatewayError) -> Part.Content? {
    guard let source = try source(value["source"] ?? .null, field + ".source") else { return nil }
    return .file(
      FileContent(
        source, name: try value["title"]?.text(field + ".title"),
        context: try value["context"]?.text(field + ".context"),
        wantsCitations: try value["citations"]?["enabled"]?.flag(field + ".citations.enabled")))
  }
}

/// `citations` of a text block.
enum AnthropicCitation {
  /// One citation.
  static func citation(_ value: JSONValue) -> Citation {
    Citation(
      url: value["url"]?.stringValue, title: value["title"]?.stringValue ?? value["document_title"]?.stringValue,
      quote: value["cited_text"]?.stringValue, native: Citation.Native(.anthropic, value))
  }

  /// The object for a citation; nil for one that has no form here.
  static func object(_ citation: Citation) -> JSONValue? {
    if let native = citation.native, native.format == .anthropic { return complete(native.value) }
    guard let url = citation.url else { return nil }
    return .object([
      ("type", .string("web_search_result_location")), ("url", .string(url)),
      ("title", citation.title.map { .string($0) } ?? .null), ("cited_text", .string(citation.quote ?? "")),
      ("encrypted_index", .string("")),
    ])
  }

  /// A place in a document with the members that clients expect there, as null where the provider does not have them.
  private static func complete(_ value: JSONValue) -> JSONValue {
    guard value["document_index"] != nil else { return value }
    var writer = ObjectWriter(value.objectValue ?? [])
    for name in ["document_title", "file_id"] where value[name] == nil { writer.add(name, .null) }
    return writer.value
  }
}

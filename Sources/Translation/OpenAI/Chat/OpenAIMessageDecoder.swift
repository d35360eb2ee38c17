import Core
import JSON

/// Reads messages in OpenAI's chat format.
enum OpenAIMessageDecoder {
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
    switch value["role"]?.stringValue {
    case "system": return try said(.system, members, field)
    case "developer": return try said(.developer, members, field)
    case "user": return try said(.user, members, field)
    case "assistant":
      return try OpenAIAssistantReader.message(members, field: field)
    case "tool", "function": return try toolResult(members, field)
    default:
      throw .field(field + ".role", "\(field).role must be one of system, developer, user, assistant, tool.")
    }
  }

  private static func said(
    _ role: Message.Role, _ members: [(key: String, value: JSONValue)], _ field: String
  ) throws(GatewayError) -> Message {
    var message = Message(role, [])
    for (key, value) in members where key != "role" && !value.isNull {
      switch key {
      case "content": message.parts = try OpenAIPartReader.parts(value, field: field + ".content")
      case "name": message.name = try value.text(field + ".name")
      default: message.extras.append(Member(key, value))
      }
    }
    return message
  }

  private static func toolResult(
    _ members: [(key: String, value: JSONValue)], _ field: String
  ) throws(GatewayError) -> Message {
    var result = ToolResult(callID: "", parts: [])
    var extras: [Member] = []
    var cache: CacheMark?
    for (key, value) in members where key != "role" && !value.isNull {
      switch key {
      case "content": result.parts = try OpenAIPartReader.parts(value, field: field + ".content")
      case "tool_call_id": result.callID = try value.requiredText(field + ".tool_call_id")
      case "name": result.name = try value.text(field + ".name")
      case "is_error": result.isError = try value.flag(field + ".is_error")
      case "cache_control": cache = try CacheMark(value, field: field + ".cache_control")
      default: extras.append(Member(key, value))
      }
    }
    return Message(.user, [Part(.toolResult(result), cache: cache)], extras: extras)
  }
}

/// Reads the parts of a message's content.
enum OpenAIPartReader {
  /// A text or an array of parts.
  static func parts(_ value: JSONValue, field name: @autoclosure () -> String) throws(GatewayError) -> [Part] {
    if let text = value.stringValue { return text.isEmpty ? [] : [.text(text)] }
    let field = name()
    guard let elements = value.arrayValue else {
      throw .field(field, "\(field) must be a string or an array of parts.")
    }
    var parts: [Part] = []
    for (index, element) in elements.enumerated() {
      parts.append(try part(element, field: "\(field)[\(index)]"))
    }
    return parts
  }

  private static func part(_ value: JSONValue, field: String) throws(GatewayError) -> Part {
    let members = try value.members(field)
    guard let type = value["type"]?.stringValue else { throw .field(field + ".type", "'\(field).type' is missing.") }
    guard let (content, own) = try content(type, value, field) else { return Part(.native(.openAI, value)) }
    var part = Part(content)
    for (key, value) in members where key != "type" && key != own && !value.isNull {
      switch key {
      case "cache_control": part.cache = try CacheMark(value, field: field + ".cache_control")
      case "prompt_cache_breakpoint": if part.cache == nil { part.cache = CacheMark() }
      default: part.extras.append(Member(key, value))
      }
    }
    return part
  }

  /// What a part of the type is, and the member that says it; nil for types not known.
  private static func content(
    _ type: String, _ value: JSONValue, _ field: String
  ) throws(GatewayError) -> (Part.Content, String)? {
    switch type {
    case "text": return (.text(TextContent(try value["text"]?.text(field + ".text") ?? "")), "text")
    case "refusal": return (.refusal(try value["refusal"]?.text(field + ".refusal") ?? ""), "refusal")
    case "image_url":
      let image = value["image_url"]
      let url = try (image?["url"] ?? image ?? .null).requiredText(field + ".image_url.url")
      return (.image(ImageContent(MediaSource(address: url), detail: image?["detail"]?.stringValue)), "image_url")
    case "file": return (.file(try file(value["file"] ?? .null, field + ".file")), "file")
    case "input_audio":
      let audio = value["input_audio"] ?? .null
      let data = try (audio["data"] ?? .null).requiredText(field + ".input_audio.data")
      return (.audio(AudioContent(base64: data, format: audio["format"]?.stringValue)), "input_audio")
    case "video_url", "input_video":
      let url = try (value["video_url"]?["url"] ?? value[type]?["url"] ?? .null).requiredText(field + ".video_url.url")
      return (.video(MediaSource(address: url)), type)
    default: return nil
    }
  }

  private static func file(_ value: JSONValue, _ field: String) throws(GatewayError) -> FileContent {
    _ = try value.members(field)
    let name = try value["filename"]?.text(field + ".filename")
    if let data = try value["file_data"]?.text(field + ".file_data") {
      return FileContent(MediaSource(address: data), name: name)
    }
    guard let id = try value["file_id"]?.text(field + ".file_id") else {
      throw .field(field, "'\(field)' needs 'file_data' or 'file_id'.")
    }
    return FileContent(.file(id: id), name: name)
  }
}

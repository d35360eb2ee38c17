import Core
import JSON

/// Reads the content of messages and results in the Responses format: of a request, or of an answer.
enum ResponsesPartReader {
  /// A text or an array of parts.
  static func parts(_ value: JSONValue, field: String) throws(GatewayError) -> [Part] {
    if let text = value.stringValue { return text.isEmpty ? [] : [.text(text)] }
    if value.isNull { return [] }
    guard let elements = value.arrayValue else {
      throw .field(field, "\(field) must be a string or an array of parts.")
    }
    var parts: [Part] = []
    parts.reserveCapacity(elements.count)
    for (index, element) in elements.enumerated() { parts.append(try part(element, field: "\(field)[\(index)]")) }
    return parts
  }

  private static func part(_ value: JSONValue, field: String) throws(GatewayError) -> Part {
    let members = try value.members(field)
    guard let type = value["type"]?.stringValue else { throw .field(field + ".type", "'\(field).type' is missing.") }
    guard let (content, own) = try content(type, value, field) else { return Part(.native(.openAIResponses, value)) }
    var part = Part(content)
    for (key, value) in members where key != "type" && !own.contains(key) && !value.isNull {
      switch key {
      case "cache_control": part.cache = try CacheMark(value, field: field + ".cache_control")
      case "prompt_cache_breakpoint": if part.cache == nil { part.cache = CacheMark() }
      default: part.extras.append(Member(key, value))
      }
    }
    return part
  }

  /// What a part of the type is, and the members that say it; nil for types that only this format has.
  private static func content(
    _ type: String, _ value: JSONValue, _ field: String
  ) throws(GatewayError) -> (Part.Content, Set<String>)? {
    switch type {
    case "input_text", "output_text", "text":
      let text = try (value["text"] ?? .null).requiredText(field + ".text")
      let citations = value["annotations"]?.arrayValue?.map { ResponsesCitation.citation($0) } ?? []
      return (.text(TextContent(text, citations: citations)), ["text", "annotations", "logprobs"])
    case "refusal": return (.refusal(try (value["refusal"] ?? .null).requiredText(field + ".refusal")), ["refusal"])
    case "input_image": return (.image(try image(value, field)), ["image_url", "file_id", "detail"])
    case "input_file": return (.file(try file(value, field)), ["filename", "file_data", "file_url", "file_id"])
    case "input_audio":
      let audio = value["input_audio"] ?? .null
      let data = try (audio["data"] ?? .null).requiredText(field + ".input_audio.data")
      return (.audio(AudioContent(base64: data, format: audio["format"]?.stringValue)), ["input_audio"])
    case "input_video":
      let url = try (value["video_url"] ?? .null).requiredText(field + ".video_url")
      return (.video(MediaSource(address: url)), ["video_url"])
    default: return nil
    }
  }

  private static func image(_ value: JSONValue, _ field: String) throws(GatewayError) -> ImageContent {
    let detail = try value["detail"]?.text(field + ".detail")
    if let id = try value["file_id"]?.text(field + ".file_id") { return ImageContent(.file(id: id), detail: detail) }
    let url = try (value["image_url"]?["url"] ?? value["image_url"] ?? .null).requiredText(field + ".image_url")
    return ImageContent(MediaSource(address: url), detail: detail)
  }

  private static func file(_ value: JSONValue, _ field: String) throws(GatewayError) -> FileContent {
    let name = try value["filename"]?.text(field + ".filename")
    if let data = try value["file_data"]?.text(field + ".file_data") {
      let isAddress = data.hasPrefix("data:") || data.hasPrefix("http")
      return FileContent(
        isAddress ? MediaSource(address: data) : .data(type: "application/pdf", base64: data), name: name)
    }
    if let url = try value["file_url"]?.text(field + ".file_url") {
      return FileContent(MediaSource(address: url), name: name)
    }
    guard let id = try value["file_id"]?.text(field + ".file_id") else {
      throw .field(field, "'\(field)' needs 'file_data', 'file_url' or 'file_id'.")
    }
    return FileContent(.file(id: id), name: name)
  }
}

/// `annotations` of a text.
enum ResponsesCitation {
  /// One annotation.
  static func citation(_ value: JSONValue) -> Citation {
    guard value["type"]?.stringValue == "url_citation" else {
      return Citation(native: Citation.Native(.openAIResponses, value))
    }
    var range: Range<Int64>?
    if let start = value["start_index"]?.integerValue, let end = value["end_index"]?.integerValue, start < end {
      range = start..<end
    }
    return Citation(
      url: value["url"]?.stringValue, title: value["title"]?.stringValue, quote: value["content"]?.stringValue,
      range: range)
  }

  /// The object for a citation; nil for one that has no form here.
  static func object(_ citation: Citation) -> JSONValue? {
    guard let url = citation.url else {
      guard let native = citation.native, ResponsesCitation.own.contains(native.value["type"]?.stringValue ?? "") else {
        return nil
      }
      return native.value
    }
    var writer = ObjectWriter([("type", .string("url_citation")), ("url", .string(url))])
    writer.add("title", citation.title ?? "")
    writer.add("start_index", citation.range?.lowerBound ?? 0)
    writer.add("end_index", citation.range?.upperBound ?? 0)
    writer.add("content", citation.quote)
    return writer.value
  }

  /// The kinds that are no addresses; they come through the rooms as they are.
  private static let own: Set<String> = ["file_citation", "container_file_citation", "file_path"]
}

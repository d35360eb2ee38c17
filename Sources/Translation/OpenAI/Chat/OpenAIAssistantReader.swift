import Core
import JSON

/// Reads an assistant's message in OpenAI's chat format: of a request's history, or of a whole answer.
enum OpenAIAssistantReader {
  /// The message, its parts in the order reasoning, content, pictures, sound, refusal, calls.
  static func message(
    _ members: [(key: String, value: JSONValue)], field: String
  ) throws(GatewayError) -> Message {
    var message = Message(.assistant, [])
    var pieces = Pieces()
    for (key, value) in members where key != "role" && !value.isNull {
      switch key {
      case "name": message.name = try value.text(field + ".name")
      case "content": pieces.content = try OpenAIPartReader.parts(value, field: field + ".content")
      case "refusal":
        if let text = try value.text(field + ".refusal"), !text.isEmpty { pieces.refusal = text }
      case "reasoning", "reasoning_content": pieces.reasoning = try value.text("\(field).\(key)")
      case "reasoning_details": pieces.details = try ReasoningDetails.read(value, field: field + ".reasoning_details")
      case "tool_calls": pieces.calls = try calls(value, field: field + ".tool_calls")
      case "function_call":
        pieces.calls.append(try call(.object([("function", value)]), field: field + ".function_call"))
      case "images": pieces.images = try images(value, field: field + ".images")
      case "audio": pieces.audio = audio(value)
      case "annotations": pieces.citations = try OpenAICitation.read(value, field: field + ".annotations")
      default: message.extras.append(Member(key, value))
      }
    }
    message.parts = pieces.parts
    return message
  }

  private struct Pieces {
    var reasoning: String?
    var details: [Reasoning] = []
    var content: [Part] = []
    var citations: [Citation] = []
    var images: [Part] = []
    var audio: AudioContent?
    var refusal: String?
    var calls: [Part] = []

    var parts: [Part] {
      var parts: [Part] = details.map { Part(.reasoning($0)) }
      if let reasoning, !reasoning.isEmpty, !details.contains(where: { $0.text?.isEmpty == false }) {
        parts.append(Part(.reasoning(Reasoning(.text(reasoning)))))
      }
      parts += cited + images
      if let audio { parts.append(Part(.audio(audio))) }
      if let refusal { parts.append(Part(.refusal(refusal))) }
      return parts + calls
    }

    /// The content with its citations at the first text, which they are counted from.
    private var cited: [Part] {
      if citations.isEmpty { return content }
      var cited = content
      let place = cited.firstIndex { $0.text != nil } ?? cited.count
      if place == cited.count { cited.append(.text("")) }
      cited[place].content = .text(TextContent(cited[place].text ?? "", citations: citations))
      return cited
    }
  }

  private static func calls(_ value: JSONValue, field: String) throws(GatewayError) -> [Part] {
    var calls: [Part] = []
    for (index, element) in try value.elements(field).enumerated() {
      calls.append(try call(element, field: "\(field)[\(index)]"))
    }
    return calls
  }

  private static func call(_ value: JSONValue, field: String) throws(GatewayError) -> Part {
    let members = try value.members(field)
    guard let function = value["function"] else { return Part(.native(.openAI, value)) }
    let name = try (function["name"] ?? .null).requiredText(field + ".function.name")
    var call = ToolCall(
      id: try value["id"]?.text(field + ".id") ?? "", name: name, arguments: arguments(function["arguments"]))
    var part = Part(.toolCall(call))
    for (key, value) in members where !["id", "type", "function", "index"].contains(key) && !value.isNull {
      if key == "cache_control" {
        part.cache = try CacheMark(value, field: field + ".cache_control")
      } else {
        call.extras.append(Member(key, value))
      }
    }
    part.content = .toolCall(call)
    return part
  }

  /// The arguments as a text; some servers write the object itself.
  private static func arguments(_ value: JSONValue?) -> String {
    guard let value, !value.isNull else { return "" }
    return value.stringValue ?? String(decoding: value.serialized(), as: UTF8.self)
  }

  private static func images(_ value: JSONValue, field: String) throws(GatewayError) -> [Part] {
    var images: [Part] = []
    for element in try value.elements(field) {
      guard let url = element["image_url"]?["url"]?.stringValue else { continue }
      images.append(Part(.image(ImageContent(MediaSource(address: url)))))
    }
    return images
  }

  /// The value of `audio`, whole or a delta.
  static func audio(_ value: JSONValue) -> AudioContent? {
    guard value.objectValue != nil else { return nil }
    return AudioContent(
      base64: value["data"]?.stringValue, id: value["id"]?.stringValue, transcript: value["transcript"]?.stringValue,
      expiresAt: value["expires_at"]?.integerValue)
  }
}

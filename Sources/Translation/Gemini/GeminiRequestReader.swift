import Core
import JSON

/// Reads a generateContent request in Google's format into a conversation. The same for `countTokens`, whose body may wrap
/// one. The gateway's own members may stand beside Google's.
package enum GeminiRequestReader {
  /// The conversation that a request's body means. Throws a 400 that names the field.
  package static func conversation(
    _ body: UnsafeRawBufferPointer, _ target: CallerTarget
  ) throws(GatewayError) -> Conversation {
    var object = try GeminiObject(.object(try JSONValue.request(body)), field: "")
    if let inner = try object.object("generateContentRequest") { object = inner }
    var conversation = Conversation(.gemini, model: target.model ?? "")
    conversation.isStream = target.isStream ?? false
    var contents = GeminiContentsReader()
    guard let turns = object["contents"] else { throw .field("contents", "The field 'contents' is missing.") }
    conversation.messages = try contents.messages(turns)
    for (key, value) in object.value.objectValue ?? [] where !value.isNull {
      try read(key, value, object, into: &conversation)
    }
    return conversation
  }

  private static func read(
    _ key: String, _ value: JSONValue, _ object: GeminiObject, into conversation: inout Conversation
  ) throws(GatewayError) {
    if OpenAIRequest.ownMembers.contains(key) { return conversation.routing.append(Member(key, value)) }
    let name = GeminiObject.camelCase(key)
    switch name {
    case "contents": break
    case "model":
      let model = try value.requiredText(key)
      if conversation.model.isEmpty {
        conversation.model = model.hasPrefix("models/") ? String(model.dropFirst(7)) : model
      }
    case "systemInstruction":
      var reader = GeminiContentsReader()
      if let message = try reader.instruction(value) { conversation.messages.insert(message, at: 0) }
    case "tools":
      for (index, tool) in try value.elements(key).enumerated() {
        conversation.tools += try GeminiToolReader.tools(tool, field: "tools[\(index)]")
      }
    case "toolConfig":
      if let config = try object.object(name) { try GeminiToolReader.readConfig(config, into: &conversation) }
    case "generationConfig":
      if let config = try object.object(name) { try GeminiConfigReader.read(config, into: &conversation) }
    case "labels":
      _ = try value.members(key)
      conversation.metadata = value
    case "serviceTier": conversation.serviceTier = try value.text(key).map(GeminiServiceTier.openAI)
    default: conversation.extras.append(Member(name, value))
    }
  }
}

import Core
import JSON

/// Reads `contents` in Google's format.
struct GeminiContentsReader {
  private var parts = GeminiPartReader(makeID: { "call_\($0)" })

  /// The value of `contents`: an array of turns, or a single one.
  mutating func messages(_ value: JSONValue) throws(GatewayError) -> [Message] {
    let elements = value.objectValue == nil ? try value.elements("contents") : [value]
    if elements.isEmpty { throw .field("contents", "'contents' is empty; send at least one turn.") }
    var messages: [Message] = []
    messages.reserveCapacity(elements.count)
    for (index, element) in elements.enumerated() {
      messages.append(try message(element, field: "contents[\(index)]"))
    }
    return messages
  }

  private mutating func message(_ value: JSONValue, field: String) throws(GatewayError) -> Message {
    let object = try GeminiObject(value, field: field)
    let role: Message.Role
    switch try object.text("role") {
    case nil, "", "user", "function": role = .user
    case "model": role = .assistant
    case "system": role = .system
    default: throw .field(field + ".role", "\(field).role must be \"user\" or \"model\".")
    }
    guard let parts = object["parts"] else { throw .field(field + ".parts", "'\(field).parts' is missing.") }
    return Message(
      role, try self.parts.parts(parts, field: field + ".parts"), extras: object.members(except: ["role", "parts"]))
  }

  /// The value of `systemInstruction`: a turn, or its text; nil when it says nothing.
  mutating func instruction(_ value: JSONValue) throws(GatewayError) -> Message? {
    if let text = value.stringValue { return text.isEmpty ? nil : Message(.system, [.text(text)]) }
    let object = try GeminiObject(value, field: "systemInstruction")
    guard let parts = object["parts"] else { return nil }
    let said = try self.parts.parts(parts, field: "systemInstruction.parts")
    return said.isEmpty ? nil : Message(.system, said)
  }
}

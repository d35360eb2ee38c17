import Core
import JSON

/// Reads `contents` in Google's format.
struct GeminiContentsReader {
  private var parts = GeminiPartReader(makeID: { "call_\($0)" })

  /// The value of `contents`: an array of turns, or a single one. Clients that keep a stream's events as they came have a
  /// turn for each of them: neighbours of one role are one turn, and a model's turn that says nothing is none.
  mutating func messages(_ value: JSONValue) throws(GatewayError) -> [Message] {
    let elements = value.objectValue == nil ? try value.elements("contents") : [value]
    if elements.isEmpty { throw .field("contents", "'contents' is empty; send at least one turn.") }
    var messages: [Message] = []
    messages.reserveCapacity(elements.count)
    for (index, element) in elements.enumerated() { try read(element, field: "contents[\(index)]", into: &messages) }
    messages.removeAll { $0.role == .assistant && $0.parts.isEmpty && $0.extras.isEmpty }
    return messages
  }

  private mutating func read(
    _ value: JSONValue, field: String, into messages: inout [Message]
  ) throws(GatewayError) {
    let object = try GeminiObject(value, field: field)
    let role: Message.Role
    switch try object.text("role") {
    case nil, "", "user", "function": role = .user
    case "model": role = .assistant
    case "system": role = .system
    default: throw .field(field + ".role", "\(field).role must be \"user\" or \"model\".")
    }
    guard let parts = object["parts"] else { throw .field(field + ".parts", "'\(field).parts' is missing.") }
    let extras = object.members(except: ["role", "parts"])
    if let last = messages.indices.last, messages[last].role == role, messages[last].extras == extras {
      try self.parts.read(
        parts, field: field + ".parts", into: &messages[last].parts, continuesText: role == .assistant)
    } else {
      messages.append(Message(role, try self.parts.parts(parts, field: field + ".parts"), extras: extras))
    }
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

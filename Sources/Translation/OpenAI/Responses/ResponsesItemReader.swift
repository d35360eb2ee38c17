import Core
import JSON

/// Reads the items of a request's `input` as turns. Everything that the model said between two turns of others is one
/// turn: reasoning, messages, calls.
struct ResponsesItemReader {
  private var messages: [Message] = []
  private let tools: [ToolDefinition]
  /// How many pieces of reasoning were read, each item being one.
  private var reasoningItems: Int64 = 0
  /// Whether the last turn is the model's, and what it holds already.
  private var isOpen = false
  private var hasMessage = false
  private var hasCall = false
  /// Whether the last turn is results and nothing else.
  private var hasResults = false

  private init(_ tools: [ToolDefinition]) { self.tools = tools }

  /// The value of `input`: a text or items. `tools` tell which calls are known under another name.
  static func messages(_ value: JSONValue, tools: [ToolDefinition]) throws(GatewayError) -> [Message] {
    if let text = value.stringValue { return [Message(.user, [.text(text)])] }
    guard let items = value.arrayValue else { throw .field("input", "'input' must be a string or an array of items.") }
    if items.isEmpty { throw .field("input", "'input' is empty; send at least one item.") }
    var reader = ResponsesItemReader(tools)
    for (index, item) in items.enumerated() { try reader.read(item, field: "input[\(index)]") }
    return reader.messages
  }

  private mutating func read(_ item: JSONValue, field: String) throws(GatewayError) {
    let members = try item.members(field)
    let type = try item["type"]?.text(field + ".type")
    switch type {
    case "message": try readMessage(item, members, field)
    case nil where item["role"] != nil: try readMessage(item, members, field)
    case nil where item["id"] == nil: throw .field(field + ".type", "'\(field).type' is missing.")
    case nil, "item_reference":
      throw .field(
        field, "'\(field)' refers to a stored item: responses are not stored here. Send the item itself.")
    case "reasoning": append(try ResponsesReasoning.parts(item, index: reasoningItems, field))
    case "function_call": append([Part(.toolCall(try call(item, members, field)))])
    case "custom_tool_call": append([Part(.toolCall(try freeFormCall(item, members, field)))])
    case "function_call_output", "custom_tool_call_output": try readOutput(item, members, field)
    default: appendNative(item, type ?? "")
    }
    if type == "reasoning" { reasoningItems += 1 }
    if type == "function_call" || type == "custom_tool_call" { hasCall = true }
  }

  // MARK: Turns

  /// Adds to the model's turn, which begins with it where another one spoke last.
  private mutating func append(_ parts: [Part]) {
    if isOpen {
      messages[messages.count - 1].parts += parts
    } else {
      messages.append(Message(.assistant, parts))
      isOpen = true
      hasResults = false
      hasMessage = false
      hasCall = false
    }
  }

  private mutating func append(_ message: Message) {
    isOpen = false
    hasResults = false
    messages.append(message)
  }

  /// Items that only this format has: results come from the caller, everything else is the model's.
  private mutating func appendNative(_ item: JSONValue, _ type: String) {
    let part = Part(.native(.openAIResponses, item))
    let isCallers = type.hasSuffix("_output") || type.hasSuffix("_response") || type == "additional_tools"
    if isCallers { append(Message(.user, [part])) } else { append([part]) }
  }

  private mutating func readMessage(
    _ item: JSONValue, _ members: [(key: String, value: JSONValue)], _ field: String
  ) throws(GatewayError) {
    guard let role = item["role"]?.stringValue.flatMap(Message.Role.init) else {
      throw .field(field + ".role", "\(field).role must be one of user, assistant, system, developer.")
    }
    guard let content = item["content"] else { throw .field(field + ".content", "'\(field).content' is missing.") }
    let parts = try ResponsesPartReader.parts(content, field: field + ".content")
    var extras: [Member] = []
    for (key, value) in members where !ResponsesItemReader.known.contains(key) && !value.isNull {
      extras.append(Member(key, value))
    }
    guard role == .assistant else { return append(Message(role, parts, extras: extras)) }
    // A second message is a turn of its own, but for one behind a call, whose result must follow the call's turn.
    if isOpen, hasMessage, !hasCall { isOpen = false }
    append(parts)
    if !hasMessage { messages[messages.count - 1].extras += extras }
    hasMessage = true
  }

  /// Members of messages that are read, or that mean nothing where nothing is stored.
  private static let known: Set<String> = ["type", "role", "content", "id", "status"]

  // MARK: Calls and results

  private func call(
    _ item: JSONValue, _ members: [(key: String, value: JSONValue)], _ field: String
  ) throws(GatewayError) -> ToolCall {
    let name = try (item["name"] ?? .null).requiredText(field + ".name")
    let arguments = try item["arguments"]?.text(field + ".arguments") ?? ""
    return try renamed(
      ToolCall(id: try (item["call_id"] ?? .null).requiredText(field + ".call_id"), name: name, arguments: arguments),
      members, isFreeForm: false)
  }

  private func freeFormCall(
    _ item: JSONValue, _ members: [(key: String, value: JSONValue)], _ field: String
  ) throws(GatewayError) -> ToolCall {
    let name = try (item["name"] ?? .null).requiredText(field + ".name")
    let input = try (item["input"] ?? .null).requiredText(field + ".input")
    return try renamed(
      ToolCall(
        id: try (item["call_id"] ?? .null).requiredText(field + ".call_id"), name: name,
        arguments: FreeFormInput.arguments(input)),
      members, isFreeForm: true)
  }

  /// The call under the name that the tool has for the provider. A namespace that no tool stands in goes with the call.
  private func renamed(
    _ call: ToolCall, _ members: [(key: String, value: JSONValue)], isFreeForm: Bool
  ) throws(GatewayError) -> ToolCall {
    var call = call
    let namespace = members.first { $0.key == "namespace" }?.value.stringValue
    let tool = tools.first { tool in
      tool.alias.map { $0.name == call.name && $0.namespace == namespace && $0.isFreeForm == isFreeForm } ?? false
    }
    if let name = tool?.function?.name { call.name = name }
    for (key, value) in members where !ResponsesItemReader.callMembers.contains(key) && !value.isNull {
      if key != "namespace" || tool == nil { call.extras.append(Member(key, value)) }
    }
    return call
  }

  private static let callMembers: Set<String> = ["type", "id", "status", "call_id", "name", "arguments", "input"]

  private mutating func readOutput(
    _ item: JSONValue, _ members: [(key: String, value: JSONValue)], _ field: String
  ) throws(GatewayError) {
    let id = try (item["call_id"] ?? .null).requiredText(field + ".call_id")
    guard let output = item["output"] else { throw .field(field + ".output", "'\(field).output' is missing.") }
    var result = ToolResult(callID: id, parts: [])
    // Some callers give the object itself.
    if output.objectValue != nil {
      result.parts = [.text(String(decoding: output.serialized(), as: UTF8.self))]
    } else if !output.isNull {
      result.parts = try ResponsesPartReader.parts(output, field: field + ".output")
    }
    var extras: [Member] = []
    for (key, value) in members where !ResponsesItemReader.outputMembers.contains(key) && !value.isNull {
      extras.append(Member(key, value))
    }
    let part = Part(.toolResult(result), extras: extras)
    // The results of one turn stand together, as other formats have them directly behind the calls.
    if hasResults {
      messages[messages.count - 1].parts.append(part)
    } else {
      append(Message(.user, [part]))
      hasResults = true
    }
  }

  private static let outputMembers: Set<String> = ["type", "id", "status", "call_id", "output"]
}

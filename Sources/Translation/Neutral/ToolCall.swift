import JSON

/// The model's wish that a tool be run.
package struct ToolCall: Sendable, Equatable {
  /// Ties the result to it. Empty where the dialect knows none.
  package var id: String
  /// The tool's name.
  package var name: String
  /// Its arguments as JSON text; empty: none. What a model writes need not be JSON.
  package var arguments: String
  /// Members that have no field here, such as `namespace` of Responses or a thought's signature of Gemini.
  package var extras: [Member] = []

  /// A call.
  package init(id: String, name: String, arguments: String, extras: [Member] = []) {
    self.id = id
    self.name = name
    self.arguments = arguments
    self.extras = extras
  }
}

extension ToolCall {
  /// The arguments as an object, for dialects that know no text of them. What is no object stands under a name of its own,
  /// so that nothing is lost.
  var argumentObject: JSONValue {
    if arguments.isEmpty { return .object([]) }
    guard let value = try? JSONValue.parse(Array(arguments.utf8)) else {
      return .object([("arguments", .string(arguments))])
    }
    return value.objectValue == nil ? .object([("arguments", value)]) : value
  }
}

/// What a tool has answered.
package struct ToolResult: Sendable, Equatable {
  /// The call's id.
  package var callID: String
  /// The tool's name, for dialects that tie results to names.
  package var name: String?
  /// Text, pictures and documents.
  package var parts: [Part]
  /// Whether the tool failed; nil where the dialect cannot say.
  package var isError: Bool?

  /// A result.
  package init(callID: String, name: String? = nil, parts: [Part], isError: Bool? = nil) {
    self.callID = callID
    self.name = name
    self.parts = parts
    self.isError = isError
  }

  /// Its texts in one, a line each.
  package var text: String { parts.compactMap(\.text).joined(separator: "\n") }
}

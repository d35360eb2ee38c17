import JSON

/// `response` of a function's result, which is an object: `output` or `error` say what else it would be.
enum GeminiResponse {
  /// The object for a result.
  static func object(_ result: ToolResult) -> JSONValue {
    let text = result.text
    let value = (try? JSONValue.parse(Array(text.utf8))) ?? .null
    guard let members = value.objectValue else {
      return .object([(result.isError == true ? "error" : "output", .string(text))])
    }
    if result.isError == true { return .object([("error", value)]) }
    let isWrapped = members.count == 1 && (members[0].key == "output" || members[0].key == "error")
    return isWrapped ? .object([("output", value)]) : value
  }

  /// The text behind a response, and whether it says a failure.
  static func read(_ response: JSONValue) -> (text: String, isError: Bool?) {
    guard let members = response.objectValue else { return (text(response), nil) }
    if members.count == 1, members[0].key == "output" { return (text(members[0].value), nil) }
    if members.count == 1, members[0].key == "error" { return (text(members[0].value), true) }
    return (members.isEmpty ? "" : text(response), nil)
  }

  private static func text(_ value: JSONValue) -> String {
    value.stringValue ?? String(decoding: value.serialized(), as: UTF8.self)
  }
}

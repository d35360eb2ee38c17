import Core
import JSON

/// An error as callers of the OpenAI and OpenRouter interfaces read it (reference section 5.1).
package enum ErrorDocument {
  /// `{"error": {"code": …, "message": …, "metadata": {…}}}`, with further `members` beside `error`.
  package static func body(_ error: GatewayError, members: [(key: String, value: JSONValue)] = []) -> [UInt8] {
    JSONValue.object([("error", inner(error))] + members).serialized()
  }

  /// What stands behind `error`, also within a stream.
  static func inner(_ error: GatewayError) -> JSONValue {
    var metadata: [(key: String, value: JSONValue)] = [("error_type", .string(error.kind.errorType))]
    for field in error.metadata { metadata.append((field.name, value(field.value))) }
    return .object([
      ("code", .integer(error.kind.status)), ("message", .string(error.message)), ("metadata", .object(metadata)),
    ])
  }

  /// A detail as JSON.
  package static func value(_ value: MetadataValue) -> JSONValue {
    switch value {
    case .text(let text): .string(text)
    case .integer(let number): .integer(number)
    case .flag(let flag): .bool(flag)
    case .null: .null
    case .list(let elements): .array(elements.map(ErrorDocument.value))
    case .object(let fields): .object(fields.map { ($0.name, ErrorDocument.value($0.value)) })
    }
  }
}

import JSON

/// Fits a JSON schema to what Anthropic's structured outputs take: objects are closed, and keywords it refuses stand in
/// the description, where the model may still heed them. The same rules as in Anthropic's own SDKs.
enum AnthropicSchema {
  private static let kept: Set<String> = [
    "$ref", "$defs", "definitions", "type", "enum", "const", "default", "anyOf", "allOf", "description", "title",
    "properties",
    "required", "items", "additionalProperties",
  ]
  private static let formats: Set<String> = [
    "date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid",
  ]

  /// The schema as it may be sent. Schemas come out of a parser that bounds their depth.
  static func fitted(_ schema: JSONValue) -> JSONValue {
    guard let members = schema.objectValue else { return schema }
    var writer = ObjectWriter()
    var left: [(key: String, value: JSONValue)] = []
    for (key, value) in members {
      switch key {
      case "$defs", "definitions", "properties": writer.add(key, mapped(value))
      case "items": writer.add(key, fitted(value))
      case "anyOf", "allOf": writer.add(key, .array((value.arrayValue ?? []).map(fitted)))
      case "oneOf": writer.add("anyOf", .array((value.arrayValue ?? []).map(fitted)))
      case "additionalProperties", "description", "$schema": break
      case "format" where value.stringValue.map(formats.contains) ?? false: writer.add(key, value)
      case "minItems" where value.integerValue.map { $0 < 2 } ?? false: writer.add(key, value)
      case _ where kept.contains(key): writer.add(key, value)
      default: left.append((key, value))
      }
    }
    if schema["type"]?.stringValue == "object" || schema["properties"] != nil {
      writer.add("additionalProperties", false)
    }
    writer.add("description", description(schema["description"]?.stringValue, left))
    return writer.value
  }

  private static func mapped(_ value: JSONValue) -> JSONValue {
    guard let members = value.objectValue else { return value }
    return .object(members.map { ($0.key, fitted($0.value)) })
  }

  private static func description(_ text: String?, _ left: [(key: String, value: JSONValue)]) -> String? {
    if left.isEmpty { return text }
    let rest = left.map { "\($0.key): \(String(decoding: $0.value.serialized(), as: UTF8.self))" }.joined(
      separator: ", ")
    return (text.map { $0 + "\n\n" } ?? "") + "{" + rest + "}"
  }
}

import JSON

/// What Anthropic's structured outputs and strict tools take of JSON Schema: its page on structured outputs (October 2026).
enum AnthropicSchemaRules {
  private static let unsupported: Set<String> = [
    "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength", "maxItems",
    "uniqueItems", "minProperties", "maxProperties", "patternProperties", "oneOf", "not", "if",
  ]
  /// Schemas nest at most this deep; a bound of the simulator.
  private static let depth = 64

  /// Throws a `Problem` for what the provider would refuse.
  static func check(_ schema: JSONValue, at path: FieldPath) throws(Problem) {
    try check(schema, at: path, depth: 0)
  }

  private static func check(_ schema: JSONValue, at path: FieldPath, depth: Int) throws(Problem) {
    guard depth < AnthropicSchemaRules.depth else { throw .invalid("Schema is too complex.", at: path) }
    guard let members = schema.objectValue else { return }
    let type = schema["type"]?.stringValue ?? "object"
    for (name, value) in members {
      if unsupported.contains(name) {
        throw .invalid("For '\(type)' type, property '\(name)' is not supported", at: path)
      }
      switch name {
      case "properties", "$defs", "definitions":
        for (key, inner) in value.objectValue ?? [] {
          try check(inner, at: path.member(name).member(key), depth: depth + 1)
        }
      case "items": try check(value, at: path.member(name), depth: depth + 1)
      case "anyOf", "allOf":
        for (index, inner) in (value.arrayValue ?? []).enumerated() {
          try check(inner, at: path.member(name).element(index), depth: depth + 1)
        }
      case "minItems" where ![0, 1].contains(value.integerValue):
        throw .invalid("For 'array' type, 'minItems' values other than 0 or 1 are not supported", at: path)
      default: break
      }
    }
    if isObject(schema), schema["additionalProperties"]?.boolValue != false {
      throw .invalid("For 'object' type, 'additionalProperties' must be explicitly set to false", at: path)
    }
  }

  private static func isObject(_ schema: JSONValue) -> Bool {
    schema["type"]?.stringValue == "object" || schema["properties"] != nil
      || schema["type"]?.arrayValue?.contains { $0.stringValue == "object" } == true
  }
}

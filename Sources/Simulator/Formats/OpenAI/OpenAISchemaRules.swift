import JSON

/// What OpenAI's structured outputs and strict functions take of JSON Schema: its guide on structured outputs (October
/// 2026).
enum OpenAISchemaRules {
  /// Schemas nest at most this deep; a bound of the simulator.
  private static let depth = 64

  /// Throws a `Problem` for what the provider would refuse. `name`: whose schema it is.
  static func check(_ schema: JSONValue, of name: String, at path: FieldPath) throws(Problem) {
    guard schema["type"]?.stringValue == "object" else {
      throw problem(name, [], "schema must have type 'object'", path)
    }
    try check(schema, name, path, context: [], depth: 0)
  }

  private static func check(
    _ schema: JSONValue, _ name: String, _ path: FieldPath, context: [String], depth: Int
  ) throws(Problem) {
    guard depth < OpenAISchemaRules.depth else { throw problem(name, context, "the schema is nested too deeply", path) }
    if let properties = schema["properties"]?.objectValue {
      guard schema["additionalProperties"]?.boolValue == false else {
        throw problem(name, context, "'additionalProperties' is required to be supplied and to be false.", path)
      }
      let required = Set((schema["required"]?.arrayValue ?? []).compactMap(\.stringValue))
      if let missing = properties.first(where: { !required.contains($0.key) })?.key {
        throw problem(
          name, context,
          "'required' is required to be supplied and to be an array including every key in properties. Missing "
            + "'\(missing)'.", path)
      }
    }
    for word in ["oneOf", "allOf", "not", "if"] where schema[word] != nil {
      throw problem(name, context, "'\(word)' is not permitted.", path)
    }
    for word in ["properties", "$defs"] {
      for (key, inner) in schema[word]?.objectValue ?? [] {
        try check(inner, name, path, context: context + [word, key], depth: depth + 1)
      }
    }
    if let items = schema["items"] { try check(items, name, path, context: context + ["items"], depth: depth + 1) }
    for (index, inner) in (schema["anyOf"]?.arrayValue ?? []).enumerated() {
      try check(inner, name, path, context: context + ["anyOf", String(index)], depth: depth + 1)
    }
  }

  private static func problem(_ name: String, _ context: [String], _ text: String, _ path: FieldPath) -> Problem {
    let place = context.map { "'\($0)'" }.joined(separator: ", ")
    return .invalid("Invalid schema for '\(name)': In context=(\(place)), \(text)", at: path)
  }
}

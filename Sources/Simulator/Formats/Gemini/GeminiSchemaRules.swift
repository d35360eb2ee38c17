import JSON

/// What Google's `Schema` has of JSON Schema, and what it has not.
struct GeminiSchemaRules {
  /// Whether the schema is Vertex's, which has a little more.
  let isVertex: Bool

  private static let types: Set<String> = ["STRING", "NUMBER", "INTEGER", "BOOLEAN", "ARRAY", "OBJECT", "NULL"]
  /// Schemas nest at most this deep; a bound of the simulator.
  private static let depth = 64

  /// Throws a `Problem` for what the provider would refuse.
  func check(_ schema: JSONValue, at path: FieldPath) throws(Problem) { try check(schema, at: path, depth: 0) }

  private func check(_ schema: JSONValue, at path: FieldPath, depth: Int) throws(Problem) {
    guard depth < GeminiSchemaRules.depth else { throw .invalid("the schema is nested too deeply", at: path) }
    var reader = try FieldReader(schema, at: path, spelling: .camelOrSnake)
    let type = try type(&reader)
    try readLimits(&reader, type)
    let properties = try readProperties(&reader, depth: depth)
    if let items = reader.value("items") {
      try check(items, at: path.member("items"), depth: depth + 1)
    } else if type == "ARRAY" {
      throw .invalid("missing field.", at: path.member("items"))
    }
    for (option, place) in try reader.array("anyOf") ?? [] { try check(option, at: place, depth: depth + 1) }
    for (index, name) in (try reader.strings("required") ?? []).enumerated() where !properties.contains(name) {
      throw .invalid("property is not defined", at: path.member("required").element(index))
    }
    _ = try reader.strings("propertyOrdering")
    reader.skip("default", "example")
    if isVertex { reader.skip("additionalProperties", "defs", "ref", "$defs", "$ref") }
    try reader.end()
  }

  private func type(_ reader: inout FieldReader) throws(Problem) -> String {
    guard let type = try reader.string("type") else {
      guard reader.has("anyOf") || isVertex else { throw .missing(reader.path.member("type")) }
      return ""
    }
    guard GeminiSchemaRules.types.contains(type.uppercased()) else {
      throw .invalid("Invalid value (TYPE_ENUM), \"\(type)\"", at: reader.path.member("type"))
    }
    return type.uppercased()
  }

  private func readLimits(_ reader: inout FieldReader, _ type: String) throws(Problem) {
    if let choices = try reader.strings("enum"), !choices.isEmpty, type != "STRING" {
      throw .invalid("only allowed for STRING type", at: reader.path.member("enum"))
    }
    if let format = try reader.string("format"), !isVertex, type == "STRING", !["enum", "date-time"].contains(format) {
      throw .invalid(
        "only 'enum' and 'date-time' are supported for STRING type", at: reader.path.member("format"))
    }
    for name in ["title", "description", "pattern"] { _ = try reader.string(name) }
    for name in ["minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties"] {
      // Google writes 64-bit numbers as texts and takes both.
      if reader.peek(name).flatMap({ Int64($0) }) != nil {
        reader.skip(name)
      } else {
        try reader.integer(name, 0...Int64.max)
      }
    }
    for name in ["minimum", "maximum"] { try reader.number(name) }
    try reader.bool("nullable")
  }

  private func readProperties(_ reader: inout FieldReader, depth: Int) throws(Problem) -> Set<String> {
    let path = reader.path.member("properties")
    guard let properties = try reader.document("properties")?.objectValue else { return [] }
    for (name, schema) in properties { try check(schema, at: path.member(name), depth: depth + 1) }
    return Set(properties.map(\.key))
  }

  /// The schema as JSON Schema, for `SchemaFiller`.
  static func plain(_ schema: JSONValue) -> JSONValue {
    guard let members = schema.objectValue else { return schema }
    return .object(
      members.map { name, value in
        switch name {
        case "type": (name, .string((value.stringValue ?? "").lowercased()))
        case "items": (name, plain(value))
        case "properties": (name, .object((value.objectValue ?? []).map { ($0.key, plain($0.value)) }))
        case "anyOf", "any_of": ("anyOf", .array((value.arrayValue ?? []).map(plain)))
        case "min_items", "minItems": ("minItems", number(value))
        case "max_items", "maxItems": ("maxItems", number(value))
        case "min_length", "minLength": ("minLength", number(value))
        case "max_length", "maxLength": ("maxLength", number(value))
        default: (name, value)
        }
      })
  }

  private static func number(_ value: JSONValue) -> JSONValue { value.stringValue.map(JSONValue.number) ?? value }
}

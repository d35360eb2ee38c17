import JSON

/// Google's own form of a schema, a part of OpenAPI 3.0, as a JSON schema.
enum GeminiSchema {
  /// The JSON schema. Schemas come out of a parser that bounds their depth.
  static func jsonSchema(_ schema: JSONValue) -> JSONValue {
    guard let members = schema.objectValue else { return schema }
    let isNullable = schema["nullable"]?.boolValue == true
    var writer = ObjectWriter()
    for (key, value) in members where !value.isNull {
      let name = GeminiObject.camelCase(key)
      switch name {
      case "type": writer.add(name, type(value, isNullable))
      case "enum" where isNullable: writer.add(name, withNull(value))
      case "anyOf" where isNullable:
        let alternatives = (value.arrayValue ?? []).map(jsonSchema)
        writer.add(name, .array(alternatives + [.object([("type", .string("null"))])]))
      case "nullable", "propertyOrdering": break
      case "properties", "defs":
        writer.add(key.hasPrefix("$") ? key : name, mapped(value))
      case "items", "additionalProperties": writer.add(name, jsonSchema(value))
      case "anyOf", "prefixItems": writer.add(name, .array((value.arrayValue ?? []).map(jsonSchema)))
      // 64-bit numbers may be written as texts.
      case "minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties":
        writer.add(name, value.stringValue.flatMap { Int64($0) }.map { .integer($0) } ?? value)
      // Google's word for what every value with `enum` has.
      case "format" where value.stringValue == "enum": break
      case "example": writer.add("examples", .array([value]))
      default: writer.add(key.hasPrefix("$") ? key : name, value)
      }
    }
    return writer.value
  }

  private static func mapped(_ value: JSONValue) -> JSONValue {
    guard let members = value.objectValue else { return value }
    return .object(members.map { ($0.key, jsonSchema($0.value)) })
  }

  /// The values of `enum`, null among them.
  private static func withNull(_ value: JSONValue) -> JSONValue {
    guard let values = value.arrayValue, !values.contains(where: \.isNull) else { return value }
    return .array(values + [.null])
  }

  private static func type(_ value: JSONValue, _ isNullable: Bool) -> JSONValue? {
    guard let word = value.stringValue?.lowercased() else { return value }
    if word == "type_unspecified" { return nil }
    return isNullable && word != "null" ? .array([.string(word), .string("null")]) : .string(word)
  }
}

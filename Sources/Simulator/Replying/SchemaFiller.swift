import JSON

/// Makes a value that satisfies a simple JSON schema: types, `properties`, `required`, `enum`, `const`, `$ref`, `anyOf`,
/// `allOf`, bounds and the usual string formats. What it does not know (patterns, conditions) it ignores.
struct SchemaFiller {
  private let root: JSONValue
  /// Fills free strings.
  private let text: String
  /// Whether optional properties are filled too.
  private let fillsOptional: Bool

  /// Values nest at most this deep; recursive schemas end there.
  private static let depth = 12

  /// A filler for one schema.
  init(schema: JSONValue, text: String, fillsOptional: Bool) {
    root = schema
    self.text = text
    self.fillsOptional = fillsOptional
  }

  /// A value for the whole schema.
  func value() -> JSONValue { value(root, depth: 0) }

  private func value(_ schema: JSONValue, depth: Int) -> JSONValue {
    guard depth < SchemaFiller.depth else { return .null }
    if let fixed = schema["const"] ?? schema["enum"]?[0] ?? schema["default"] { return fixed }
    if let reference = schema["$ref"]?.stringValue { return value(resolve(reference), depth: depth + 1) }
    if let options = (schema["anyOf"] ?? schema["oneOf"])?.arrayValue {
      return value(options.first { $0["type"]?.stringValue != "null" } ?? .null, depth: depth + 1)
    }
    if let parts = schema["allOf"]?.arrayValue, schema["properties"] == nil { return merged(parts, depth: depth) }
    switch type(of: schema) {
    case "object": return object(schema, depth: depth)
    case "array": return array(schema, depth: depth)
    case "string": return .string(string(schema))
    case "integer": return .integer(Int64(number(schema).rounded(.up)))
    case "number":
      let number = number(schema)
      return .number(number == number.rounded() ? String(Int64(number)) : String(number))
    case "boolean": return .bool(true)
    default: return .null
    }
  }

  private func type(of schema: JSONValue) -> String {
    if let name = schema["type"]?.stringValue { return name }
    if let names = schema["type"]?.arrayValue {
      return names.compactMap(\.stringValue).first { $0 != "null" } ?? "null"
    }
    if schema["properties"] != nil { return "object" }
    return schema["items"] != nil ? "array" : "string"
  }

  private func object(_ schema: JSONValue, depth: Int) -> JSONValue {
    let properties = schema["properties"]?.objectValue ?? []
    let required = Set((schema["required"]?.arrayValue ?? []).compactMap(\.stringValue))
    return .object(
      properties.filter { fillsOptional || required.contains($0.key) }.map {
        ($0.key, value($0.value, depth: depth + 1))
      })
  }

  private func merged(_ parts: [JSONValue], depth: Int) -> JSONValue {
    var members: [(key: String, value: JSONValue)] = []
    for part in parts {
      let filled = value(part, depth: depth + 1)
      guard let more = filled.objectValue else { return filled }
      members += more.filter { new in !members.contains { $0.key == new.key } }
    }
    return .object(members)
  }

  private func array(_ schema: JSONValue, depth: Int) -> JSONValue {
    let largest = schema["maxItems"]?.integerValue ?? 100
    let count = min(100, max(schema["minItems"]?.integerValue ?? 1, min(1, largest)))
    let items = schema["items"] ?? .object([("type", .string("string"))])
    return .array((0..<max(0, count)).map { _ in value(items, depth: depth + 1) })
  }

  private func string(_ schema: JSONValue) -> String {
    switch schema["format"]?.stringValue {
    case "date-time": return "2026-01-02T03:04:05Z"
    case "date": return "2026-01-02"
    case "time": return "03:04:05Z"
    case "email": return "someone@example.org"
    case "uri", "url": return "https://example.org/"
    case "uuid": return "00000000-0000-4000-8000-000000000000"
    case "ipv4": return "192.0.2.1"
    default: break
    }
    var result = text.isEmpty ? "text" : text
    let shortest = Int(clamping: schema["minLength"]?.integerValue ?? 0)
    if result.count < shortest { result += String(repeating: "x", count: max(0, min(shortest, 10_000) - result.count)) }
    if let longest = schema["maxLength"]?.integerValue {
      result = String(result.prefix(Int(clamping: max(0, longest))))
    }
    return result
  }

  private func number(_ schema: JSONValue) -> Double {
    var value = 1.0
    if let least = schema["minimum"]?.doubleValue { value = max(value, least) }
    if let least = schema["exclusiveMinimum"]?.doubleValue, value <= least { value = least + 1 }
    if let most = schema["maximum"]?.doubleValue, value > most { value = most }
    if let most = schema["exclusiveMaximum"]?.doubleValue, value >= most { value = most - 1 }
    if let step = schema["multipleOf"]?.doubleValue, step > 0 { value = (value / step).rounded(.up) * step }
    return abs(value) < 1e15 ? value : 1
  }

  /// Follows `#/$defs/Name`.
  private func resolve(_ reference: String) -> JSONValue {
    var value = root
    for part in reference.split(separator: "/") where part != "#" { value = value[String(part)] ?? .null }
    return value
  }
}

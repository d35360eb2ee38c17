import JSON

/// Where references within a schema lead: the documents that `$id` makes of its parts, and their anchors.
struct SchemaIndex {
  /// A schema and the base that counts around it, before its own `$id`.
  typealias Place = (schema: JSONValue, base: SchemaAddress)

  private var documents: [String: Place] = [:]
  private var anchors: [String: Place] = [:]

  /// Walks a schema for its `$id`s.
  init(_ schema: JSONValue) {
    documents[""] = (schema, SchemaAddress.root)
    note(schema, SchemaAddress.root)
  }

  /// The schema at an address; nil when it is not here.
  func target(of address: SchemaAddress) -> Place? {
    if let anchor = anchors[address.text] { return anchor }
    guard var (schema, base) = documents[address.document] else { return nil }
    if address.fragment.isEmpty { return (schema, base) }
    guard address.fragment.hasPrefix("/") else { return nil }
    for token in address.fragment.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
      base = base.within(schema)
      guard let next = SchemaIndex.step(schema, token) else { return nil }
      schema = next
    }
    return schema.objectValue == nil && schema.boolValue == nil ? nil : (schema, base)
  }

  /// One token of a JSON pointer (RFC 6901).
  private static func step(_ value: JSONValue, _ token: Substring) -> JSONValue? {
    if let elements = value.arrayValue {
      guard let index = Int(token), elements.indices.contains(index) else { return nil }
      return elements[index]
    }
    let name = token.split(separator: "~1", omittingEmptySubsequences: false).joined(separator: "/")
      .split(separator: "~0", omittingEmptySubsequences: false).joined(separator: "~")
    return value.member(name)
  }

  // MARK: Walking

  private mutating func note(_ schema: JSONValue, _ base: SchemaAddress) {
    guard let members = schema.objectValue else { return }
    var base = base
    // Beside a reference nothing counts.
    if schema.member("$ref") == nil, let id = schema.member("$id")?.stringValue {
      let address = base.resolving(id)
      if address.fragment.isEmpty {
        documents[address.document] = documents[address.document] ?? (schema, base)
      } else {
        anchors[address.text] = anchors[address.text] ?? (schema, base)
      }
      base = base.within(schema)
    }
    for (name, value) in members { note(keyword: name, value, base) }
  }

  /// Goes on where a keyword holds schemas; what else it holds is data.
  private mutating func note(keyword name: String, _ value: JSONValue, _ base: SchemaAddress) {
    switch name {
    case "additionalItems", "contains", "additionalProperties", "propertyNames", "not", "if", "then", "else":
      note(value, base)
    case "items", "allOf", "anyOf", "oneOf":
      note(value, base)
      for schema in value.arrayValue ?? [] { note(schema, base) }
    case "definitions", "$defs", "properties", "patternProperties", "dependencies":
      for member in value.objectValue ?? [] { note(member.value, base) }
    default: break
    }
  }
}

import JSON
import JSONSchema

extension FuzzTarget {
  /// Schemas and values, one behind the other with a NUL between them: a schema and its negation do not both refuse a
  /// value, what a schema accepts it accepts twice, and the order of an object's members does not matter.
  static let schema = FuzzTarget(
    name: "schema", seeds: { SchemaSeeds.all },
    check: { input in
      guard let border = input.firstIndex(of: 0) else { return nil }
      let text = Array(input[..<border])
      guard let value = try? JSONValue.parse(Array(input[(border + 1)...])),
        let schema = text.withUnsafeBytes({ JSONSchema($0) })
      else { return nil }
      let accepts = schema.accepts(value)
      if schema.accepts(value) != accepts { return "another answer the second time" }
      // Inside another schema `#` means another one, and two schemas may take what one had of the bounds.
      guard let document = try? JSONValue.parse(text), !SchemaSeeds.refers(document), text.count + input.count < 2048,
        !SchemaSeeds.hasPattern(document)
      else { return nil }
      if let negation = JSONSchema(.object([("not", document)])), !accepts, !negation.accepts(value) {
        return "neither the schema nor its negation accepts"
      }
      if let both = JSONSchema(.object([("allOf", .array([document, document]))])), both.accepts(value) != accepts {
        return "twice the same schema is another one"
      }
      return schema.accepts(SchemaSeeds.reversed(value)) == accepts ? nil : "the order of members matters"
    })
}

/// Schemas with values to begin with, and what the target needs to know of documents.
private enum SchemaSeeds {
  static let all: [[UInt8]] = cases.map { Array($0.schema.utf8) + [0] + Array($0.value.utf8) }

  private static let cases: [(schema: String, value: String)] = [
    (#"{"type":["integer","object"],"enum":[1,{"a":2}]}"#, "1.0"),
    (#"{"minimum":-1.5e3,"exclusiveMaximum":1e400,"multipleOf":0.01}"#, "19.99"),
    (#"{"minLength":1,"maxLength":3,"pattern":"^(a|b)*\\d$"}"#, #""ab1""#),
    (#"{"items":[{"type":"null"}],"additionalItems":{"contains":{"const":1}},"uniqueItems":true}"#, "[null,[1],[2,1]]"),
    (
      ##"{"properties":{"a":{"$ref":"#"}},"patternProperties":{"^x":false},"additionalProperties":{}}"##,
      #"{"a":{"a":1}}"#
    ),
    (#"{"required":["a"],"propertyNames":{"maxLength":2},"minProperties":1,"maxProperties":4}"#, #"{"a":1,"b":2}"#),
    (#"{"dependencies":{"a":["b"],"b":{"required":["c"]}}}"#, #"{"a":1,"b":2,"c":3}"#),
    (#"{"if":{"type":"string"},"then":{"minLength":1},"else":{"not":{"type":"null"}}}"#, "null"),
    (#"{"anyOf":[{"type":"string"},{"oneOf":[true,false]}],"allOf":[{}]}"#, "[1]"),
    (
      ##"{"$id":"http://a.test/b/","definitions":{"c":{"$id":"../d#e","type":"null"}},"items":{"$ref":"/d#e"}}"##,
      "[null]"
    ),
    (##"{"definitions":{"a~b":{"$ref":"#/definitions/c%25"},"c%":{}},"$ref":"#/definitions/a~0b"}"##, "0"),
    (#"{"pattern":"(x+x+)+y"}"#, #""xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx""#),
  ]

  /// Whether a reference may stand in it.
  static func refers(_ value: JSONValue) -> Bool { holds("$ref", value) }

  /// Whether a pattern may stand in it, whose cost depends on the order of what it is held against.
  static func hasPattern(_ value: JSONValue) -> Bool { holds("pattern", value) || holds("patternProperties", value) }

  private static func holds(_ name: String, _ value: JSONValue) -> Bool {
    switch value {
    case .object(let members): members.contains { $0.key == name || holds(name, $0.value) }
    case .array(let elements): elements.contains { holds(name, $0) }
    default: false
    }
  }

  /// The value with the members of every object in the opposite order.
  static func reversed(_ value: JSONValue) -> JSONValue {
    switch value {
    case .object(let members): .object(members.reversed().map { ($0.key, reversed($0.value)) })
    case .array(let elements): .array(elements.map(reversed))
    default: value
    }
  }
}

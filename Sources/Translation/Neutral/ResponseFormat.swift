import JSON

/// The form of the answer's text.
package enum ResponseFormat: Sendable, Equatable {
  case text
  /// Any JSON object.
  case jsonObject
  case jsonSchema(SchemaFormat)
  /// A grammar, `python` and what else there may be, in OpenAI's form.
  case other(JSONValue)
}

/// JSON that keeps to a schema.
package struct SchemaFormat: Sendable, Equatable {
  /// The schema's name; some dialects require one, others know none.
  package var name: String?
  /// What it is for.
  package var description: String?
  /// The schema.
  package var schema: JSONValue
  /// Whether the answer must keep to it.
  package var isStrict: Bool?

  /// A format.
  package init(_ schema: JSONValue, name: String? = nil, description: String? = nil, isStrict: Bool? = nil) {
    self.schema = schema
    self.name = name
    self.description = description
    self.isStrict = isStrict
  }
}

import JSON

/// A tool that the model may call.
package struct ToolDefinition: Sendable, Equatable {
  /// What it is.
  package enum Kind: Sendable, Equatable {
    /// One that the caller runs.
    case function(FunctionTool)
    /// One that only this wire format has: the provider's own tools, free-form tools.
    case native(WireFormat, JSONValue)
  }

  /// What it is.
  package var kind: Kind
  /// Prompt caching up to here.
  package var cache: CacheMark?
  /// Members that have no field here.
  package var extras: [Member] = []

  /// A tool.
  package init(_ kind: Kind, cache: CacheMark? = nil, extras: [Member] = []) {
    self.kind = kind
    self.cache = cache
    self.extras = extras
  }

  /// The function, when it is one.
  package var function: FunctionTool? {
    if case .function(let function) = kind { function } else { nil }
  }
}

/// A function as the model is told of it.
package struct FunctionTool: Sendable, Equatable {
  /// Its name.
  package var name: String
  /// What it does.
  package var description: String?
  /// A JSON schema of its arguments; nil: it has none.
  package var parameters: JSONValue?
  /// Whether the arguments must keep to the schema.
  package var isStrict: Bool?

  /// A function.
  package init(_ name: String, description: String? = nil, parameters: JSONValue? = nil, isStrict: Bool? = nil) {
    self.name = name
    self.description = description
    self.parameters = parameters
    self.isStrict = isStrict
  }
}

/// Which tools the model calls.
package enum ToolChoice: Sendable, Equatable {
  /// As it likes.
  case auto
  /// None. Not called `none`, which an optional has too.
  case never
  /// At least one.
  case required
  /// This one.
  case tool(String)
  /// Some of these; at least one where `isRequired`.
  case allowed([String], isRequired: Bool)
  /// A choice that only this wire format has.
  case native(WireFormat, JSONValue)
}

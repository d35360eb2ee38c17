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
  /// What the caller knows it as, where that is no function of its own.
  package var alias: ToolAlias?
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

/// The caller's view of a tool that stands here as a function: a free-form tool, or one of several in a namespace. Calls
/// of the function go back to the caller as calls of this tool.
package struct ToolAlias: Sendable, Equatable {
  /// Its name there.
  package var name: String
  /// The namespace it stands in; nil: none.
  package var namespace: String?
  /// Whether it takes any text: the function has the text as its only argument, `input`.
  package var isFreeForm: Bool
  /// The object it was read from, which may hold several tools.
  package var source: JSONValue

  /// A caller's view.
  package init(_ name: String, namespace: String? = nil, isFreeForm: Bool = false, source: JSONValue) {
    self.name = name
    self.namespace = namespace
    self.isFreeForm = isFreeForm
    self.source = source
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

import JSON

/// Writes tool definitions, choices among them and the form of the text in the Responses format.
enum ResponsesToolWriter {
  /// The value of `tools`: as the caller of this format wrote them.
  static func tools(_ tools: [ToolDefinition]) -> [JSONValue] {
    var written: [JSONValue] = []
    var last: JSONValue?
    for tool in tools {
      if let source = tool.alias?.source {
        // The tools of a namespace stand in one object.
        if source != last { written.append(source) }
        last = source
        continue
      }
      last = nil
      switch tool.kind {
      case .native(_, let value): written.append(value)
      case .function(let function): written.append(self.function(function, tool, strict: .null))
      }
    }
    return written
  }

  /// One function. `strict` counts where nothing is said: here functions are strict unless they say otherwise.
  static func function(_ function: FunctionTool, _ tool: ToolDefinition, strict: JSONValue) -> JSONValue {
    var writer = ObjectWriter([("type", .string("function")), ("name", .string(function.name))])
    writer.add("description", function.description)
    writer.add(
      "parameters", function.parameters ?? .object([("type", .string("object")), ("properties", .object([]))]))
    writer.add("strict", function.isStrict.map { .bool($0) } ?? strict)
    writer.add(tool.extras)
    return writer.value
  }

  /// The value of `tool_choice`.
  static func choice(_ choice: ToolChoice, _ tools: [ToolDefinition]) -> JSONValue {
    func named(_ name: String) -> JSONValue {
      let alias = tools.first { $0.function?.name == name }?.alias
      let type = alias?.isFreeForm == true ? "custom" : "function"
      return .object([("type", .string(type)), ("name", .string(alias?.name ?? name))])
    }
    switch choice {
    case .auto: return .string("auto")
    case .never: return .string("none")
    case .required: return .string("required")
    case .tool(let name): return named(name)
    case .allowed(let names, let isRequired):
      return .object([
        ("type", .string("allowed_tools")), ("mode", .string(isRequired ? "required" : "auto")),
        ("tools", .array(names.map(named))),
      ])
    case .native(_, let value): return value
    }
  }

  /// The value of `text`; nil where nothing is said.
  static func text(_ conversation: Conversation) -> JSONValue? {
    var writer = ObjectWriter()
    switch conversation.responseFormat {
    case nil: if conversation.verbosity != nil { writer.add("format", .object([("type", .string("text"))])) }
    case .text: writer.add("format", .object([("type", .string("text"))]))
    case .jsonObject: writer.add("format", .object([("type", .string("json_object"))]))
    case .jsonSchema(let format):
      // A name is required, which not every dialect has.
      var inner = ObjectWriter([("type", .string("json_schema")), ("name", .string(format.name ?? "answer"))])
      inner.add("description", format.description)
      inner.add("schema", format.schema)
      inner.add("strict", format.isStrict)
      writer.add("format", inner.value)
    case .other(let value): writer.add("format", value)
    }
    writer.add("verbosity", conversation.verbosity)
    return writer.isEmpty ? nil : writer.value
  }
}

import Core
import JSON

/// Reads tool definitions, choices among them and the form of the text in the Responses format.
enum ResponsesToolReader {
  /// The value of `tools`. Free-form tools and those of a namespace become functions, which every provider knows.
  static func tools(_ value: JSONValue) throws(GatewayError) -> [ToolDefinition] {
    var tools: [ToolDefinition] = []
    for (index, element) in try value.elements("tools").enumerated() {
      let field = "tools[\(index)]"
      _ = try element.members(field)
      guard element["type"]?.stringValue == "namespace", let inner = element["tools"]?.arrayValue else {
        tools.append(try tool(element, source: element, field))
        continue
      }
      let namespace = try (element["name"] ?? .null).requiredText(field + ".name")
      for (position, value) in inner.enumerated() {
        var tool = try tool(value, source: element, "\(field).tools[\(position)]")
        place(&tool, in: namespace, source: element, among: tools)
        tools.append(tool)
      }
    }
    return tools
  }

  private static func tool(
    _ value: JSONValue, source: JSONValue, _ field: String
  ) throws(GatewayError) -> ToolDefinition {
    let members = try value.members(field)
    switch value["type"]?.stringValue {
    case "function": return try function(members, field)
    case "custom": return try freeForm(value, source: source, field)
    case nil: throw .field(field + ".type", "'\(field).type' is missing.")
    default: return ToolDefinition(.native(.openAIResponses, value))
    }
  }

  private static func function(
    _ members: [(key: String, value: JSONValue)], _ field: String
  ) throws(GatewayError) -> ToolDefinition {
    var function = FunctionTool("")
    var cache: CacheMark?
    var extras: [Member] = []
    for (key, value) in members where !value.isNull {
      switch key {
      case "type": break
      case "name": function.name = try value.requiredText(field + ".name")
      case "description": function.description = try value.text(field + ".description")
      case "parameters":
        _ = try value.members(field + ".parameters")
        function.parameters = value
      case "strict": function.isStrict = try value.flag(field + ".strict")
      case "cache_control": cache = try CacheMark(value, field: field + ".cache_control")
      default: extras.append(Member(key, value))
      }
    }
    if function.name.isEmpty { throw .field(field + ".name", "'\(field).name' is missing.") }
    return ToolDefinition(.function(function), cache: cache, extras: extras)
  }

  /// A tool that takes any text: a function with one argument.
  private static func freeForm(
    _ value: JSONValue, source: JSONValue, _ field: String
  ) throws(GatewayError) -> ToolDefinition {
    let name = try (value["name"] ?? .null).requiredText(field + ".name")
    var words = [try value["description"]?.text(field + ".description")].compactMap(\.self)
    if let grammar = value["format"]?["definition"]?.stringValue {
      words.append("The input must match this \(value["format"]?["syntax"]?.stringValue ?? "") grammar:\n" + grammar)
    }
    var function = FunctionTool(name, description: words.isEmpty ? nil : words.joined(separator: "\n\n"))
    function.parameters = FreeFormInput.schema
    var tool = ToolDefinition(.function(function))
    tool.alias = ToolAlias(name, isFreeForm: true, source: source)
    return tool
  }

  /// Notes a tool's namespace. A name that another tool has already is told apart by it.
  private static func place(
    _ tool: inout ToolDefinition, in namespace: String, source: JSONValue, among tools: [ToolDefinition]
  ) {
    guard case .function(var function) = tool.kind else { return }
    tool.alias = ToolAlias(
      function.name, namespace: namespace, isFreeForm: tool.alias?.isFreeForm ?? false, source: source)
    if tools.contains(where: { $0.function?.name == function.name }) {
      function.name = namespace + "__" + function.name
    }
    tool.kind = .function(function)
  }

  // MARK: Choices

  /// The value of `tool_choice`.
  static func choice(_ value: JSONValue) throws(GatewayError) -> ToolChoice {
    if let word = value.stringValue {
      switch word {
      case "auto": return .auto
      case "none": return .never
      case "required": return .required
      default:
        throw .field(
          "tool_choice", "'tool_choice' must be \"none\", \"auto\", \"required\" or an object that names a tool.")
      }
    }
    _ = try value.members("tool_choice")
    switch value["type"]?.stringValue {
    case "function", "custom": return .tool(try (value["name"] ?? .null).requiredText("tool_choice.name"))
    case "allowed_tools":
      let tools = try (value["tools"] ?? .null).elements("tool_choice.tools")
      let names = tools.compactMap { $0["name"]?.stringValue }
      if names.count == tools.count { return .allowed(names, isRequired: value["mode"]?.stringValue == "required") }
    case nil: throw .field("tool_choice.type", "'tool_choice.type' is missing.")
    default: break
    }
    return .native(.openAIResponses, value)
  }

  // MARK: The text's form

  /// The value of `text.format`.
  static func format(_ value: JSONValue) throws(GatewayError) -> ResponseFormat {
    let field = "text.format"
    _ = try value.members(field)
    switch try value["type"]?.text(field + ".type") {
    case "text": return .text
    case "json_object": return .jsonObject
    case "json_schema":
      guard let schema = value["schema"] else { throw .field(field + ".schema", "'text.format.schema' is missing.") }
      _ = try schema.members(field + ".schema")
      return .jsonSchema(
        SchemaFormat(
          schema, name: try value["name"]?.text(field + ".name"),
          description: try value["description"]?.text(field + ".description"),
          isStrict: try value["strict"]?.flag(field + ".strict")))
    default: return .other(value)
    }
  }
}

/// The arguments of a function that stands for a free-form tool.
enum FreeFormInput {
  /// The schema.
  static let schema = JSONValue.object([
    ("type", .string("object")), ("properties", .object([("input", .object([("type", .string("string"))]))])),
    ("required", .array([.string("input")])), ("additionalProperties", .bool(false)),
  ])

  /// The arguments for a text.
  static func arguments(_ input: String) -> String {
    String(decoding: JSONValue.object([("input", .string(input))]).serialized(), as: UTF8.self)
  }

  /// The text of arguments; what has another form is the text itself.
  static func input(_ arguments: String) -> String {
    (try? JSONValue.parse(Array(arguments.utf8)))?["input"]?.stringValue ?? arguments
  }
}

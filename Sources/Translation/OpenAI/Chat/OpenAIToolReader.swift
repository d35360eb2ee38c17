import Core
import JSON

/// Reads tool definitions and choices in OpenAI's chat format.
enum OpenAIToolReader {
  /// One element of `tools`.
  static func tool(_ value: JSONValue, field: String) throws(GatewayError) -> ToolDefinition {
    let members = try value.members(field)
    guard value["type"]?.stringValue ?? "function" == "function", let function = value["function"] else {
      return ToolDefinition(.native(.openAI, value))
    }
    var tool = ToolDefinition(.function(try self.function(function, field: field + ".function")))
    for (key, value) in members where key != "type" && key != "function" && !value.isNull {
      if key == "cache_control" {
        tool.cache = try CacheMark(value, field: field + ".cache_control")
      } else {
        tool.extras.append(Member(key, value))
      }
    }
    return tool
  }

  private static func function(_ value: JSONValue, field: String) throws(GatewayError) -> FunctionTool {
    _ = try value.members(field)
    guard let name = value["name"] else { throw .field(field + ".name", "'\(field).name' is missing.") }
    var function = FunctionTool(try name.requiredText(field + ".name"))
    function.description = try value["description"]?.text(field + ".description")
    if let parameters = value["parameters"], !parameters.isNull {
      _ = try parameters.members(field + ".parameters")
      function.parameters = parameters
    }
    function.isStrict = try value["strict"]?.flag(field + ".strict")
    return function
  }

  /// The value of `tool_choice`.
  static func choice(_ value: JSONValue) throws(GatewayError) -> ToolChoice {
    if let word = value.stringValue {
      switch word {
      case "auto": return .auto
      case "none": return .never
      case "required", "any": return .required
      default:
        throw .field(
          "tool_choice", "'tool_choice' must be \"none\", \"auto\", \"required\" or an object that names a tool.")
      }
    }
    _ = try value.members("tool_choice")
    if let name = value["function"]?["name"]?.stringValue { return .tool(name) }
    if let allowed = value["allowed_tools"], let tools = allowed["tools"]?.arrayValue {
      let names = tools.compactMap { $0["function"]?["name"]?.stringValue }
      if names.count == tools.count { return .allowed(names, isRequired: allowed["mode"]?.stringValue == "required") }
    }
    return .native(.openAI, value)
  }
}

/// Reads `response_format` in OpenAI's chat format.
enum OpenAIFormatReader {
  /// The value of `response_format`.
  static func format(_ value: JSONValue) throws(GatewayError) -> ResponseFormat {
    _ = try value.members("response_format")
    switch try value["type"]?.text("response_format.type") {
    case "text": return .text
    case "json_object": return .jsonObject
    case "json_schema":
      guard let schema = value["json_schema"] else {
        throw .field("response_format.json_schema", "'response_format.json_schema' is missing.")
      }
      return .jsonSchema(try self.schema(schema))
    default: return .other(value)
    }
  }

  private static func schema(_ value: JSONValue) throws(GatewayError) -> SchemaFormat {
    let field = "response_format.json_schema"
    _ = try value.members(field)
    return SchemaFormat(
      value["schema"] ?? .object([]), name: try value["name"]?.text(field + ".name"),
      description: try value["description"]?.text(field + ".description"),
      isStrict: try value["strict"]?.flag(field + ".strict"))
  }
}

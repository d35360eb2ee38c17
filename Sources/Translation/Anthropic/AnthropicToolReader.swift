import Core
import JSON

/// Reads tool definitions and choices in Anthropic's format.
enum AnthropicToolReader {
  /// One element of `tools`.
  static func tool(_ value: JSONValue, field: String) throws(GatewayError) -> ToolDefinition {
    let members = try value.members(field)
    let type = value["type"]?.stringValue
    guard type == nil || type == "custom", let name = value["name"]?.stringValue else {
      guard type != nil else { throw .field(field + ".name", "'\(field).name' is missing.") }
      return ToolDefinition(.native(.anthropic, value))
    }
    var function = FunctionTool(name)
    var cache: CacheMark?
    var extras: [Member] = []
    for (key, value) in members where !value.isNull {
      switch key {
      case "name", "type": break
      case "description": function.description = try value.text(field + ".description")
      case "input_schema":
        _ = try value.members(field + ".input_schema")
        function.parameters = value
      case "strict": function.isStrict = try value.flag(field + ".strict")
      case "cache_control": cache = try CacheMark(value, field: field + ".cache_control")
      default: extras.append(Member(key, value))
      }
    }
    return ToolDefinition(.function(function), cache: cache, extras: extras)
  }

  /// The value of `tool_choice`, which also says whether calls may be parallel.
  static func readChoice(_ value: JSONValue, into conversation: inout Conversation) throws(GatewayError) {
    _ = try value.members("tool_choice")
    switch value["type"]?.stringValue {
    case "auto": conversation.toolChoice = .auto
    case "any": conversation.toolChoice = .required
    case "none": conversation.toolChoice = .never
    case "tool":
      conversation.toolChoice = .tool(try (value["name"] ?? .null).requiredText("tool_choice.name"))
    default: throw .field("tool_choice.type", "'tool_choice.type' must be \"auto\", \"any\", \"tool\" or \"none\".")
    }
    if let flag = try value["disable_parallel_tool_use"]?.flag("tool_choice.disable_parallel_tool_use") {
      conversation.allowsParallelTools = !flag
    }
  }
}

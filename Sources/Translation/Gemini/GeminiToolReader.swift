import Core
import JSON

/// Reads tools and their choice in Google's format.
enum GeminiToolReader {
  /// The tools of one element of `tools`: its functions, and the provider's own, each for itself.
  static func tools(_ value: JSONValue, field: String) throws(GatewayError) -> [ToolDefinition] {
    let object = try GeminiObject(value, field: field)
    var tools: [ToolDefinition] = []
    for member in object.members() {
      guard member.name == "functionDeclarations" else {
        tools.append(ToolDefinition(.native(.gemini, .object([(member.name, member.value)]))))
        continue
      }
      let place = object.path(member.name)
      for (index, element) in try member.value.elements(place).enumerated() {
        tools.append(try function(GeminiObject(element, field: "\(place)[\(index)]")))
      }
    }
    return tools
  }

  private static func function(_ object: GeminiObject) throws(GatewayError) -> ToolDefinition {
    var function = FunctionTool(try object.requiredText("name"))
    function.description = try object.text("description")
    if let schema = object["parametersJsonSchema"] {
      _ = try schema.members(object.path("parametersJsonSchema"))
      function.parameters = schema
    } else if let schema = object["parameters"] {
      _ = try schema.members(object.path("parameters"))
      function.parameters = GeminiSchema.jsonSchema(schema)
    }
    return ToolDefinition(
      .function(function),
      extras: object.members(except: ["name", "description", "parametersJsonSchema", "parameters"]))
  }

  /// The value of `toolConfig`; what says more than which functions are called is kept as
  /// `toolConfig.NAME`.
  static func readConfig(_ config: GeminiObject, into conversation: inout Conversation) throws(GatewayError) {
    for member in config.members(except: ["functionCallingConfig"]) {
      conversation.extras.append(Member(config.path(member.name), member.value))
    }
    guard let calling = try config.object("functionCallingConfig") else { return }
    let names = try calling["allowedFunctionNames"]?.texts(calling.path("allowedFunctionNames")) ?? []
    switch try calling.text("mode")?.uppercased() {
    case nil, "MODE_UNSPECIFIED": break
    case "AUTO": conversation.toolChoice = .auto
    case "NONE": conversation.toolChoice = .never
    case "VALIDATED": conversation.toolChoice = names.isEmpty ? .auto : .allowed(names, isRequired: false)
    case "ANY":
      conversation.toolChoice =
        names.isEmpty ? .required : names.count == 1 ? .tool(names[0]) : .allowed(names, isRequired: true)
    default:
      throw .field(
        calling.path("mode"), "'\(calling.path("mode"))' must be \"AUTO\", \"ANY\", \"NONE\" or \"VALIDATED\".")
    }
  }
}

import Core
import JSON

/// Reads a Messages request in Anthropic's format, with OpenRouter's additions, into a conversation. The same for
/// `count_tokens`, whose body is one without limits.
package enum AnthropicRequestReader {
  /// The conversation that a request's body means. Throws a 400 that names the field.
  package static func conversation(_ body: UnsafeRawBufferPointer) throws(GatewayError) -> Conversation {
    var conversation = Conversation(.anthropic, model: "")
    var system: Message?
    var hasMessages = false
    for (key, value) in try JSONValue.request(body) where !value.isNull {
      switch key {
      case "messages":
        hasMessages = true
        conversation.messages = try AnthropicMessageReader.messages(value)
      case "system":
        system = Message(.system, try AnthropicBlockReader.parts(value, field: "system"))
      default: try read(key, value, into: &conversation)
      }
    }
    if !hasMessages { throw .field("messages", "The field 'messages' is missing.") }
    if let system, !system.parts.isEmpty { conversation.messages.insert(system, at: 0) }
    return conversation
  }

  private static func read(
    _ key: String, _ value: JSONValue, into conversation: inout Conversation
  ) throws(GatewayError) {
    switch key {
    case "model": conversation.model = try value.requiredText(key)
    case "stream": conversation.isStream = try value.flag(key) ?? false
    case "max_tokens": conversation.maxTokens = try value.integer(key)
    case "temperature": conversation.sampling.temperature = try value.number(key)
    case "top_p": conversation.sampling.topP = try value.number(key)
    case "top_k": conversation.sampling.topK = try value.number(key)
    case "stop_sequences": conversation.stop = try value.texts(key)
    case "cache_control": conversation.cache = try CacheMark(value, field: key)
    case "tools":
      for (index, tool) in try value.elements(key).enumerated() {
        conversation.tools.append(try AnthropicToolReader.tool(tool, field: "tools[\(index)]"))
      }
    case "tool_choice": try AnthropicToolReader.readChoice(value, into: &conversation)
    default: try readSettings(key, value, into: &conversation)
    }
  }

  private static func readSettings(
    _ key: String, _ value: JSONValue, into conversation: inout Conversation
  ) throws(GatewayError) {
    switch key {
    case "thinking": try readThinking(value, into: &conversation)
    case "output_config": try readOutput(value, into: &conversation)
    case "output_format": conversation.responseFormat = try format(value, field: key)
    case "metadata": try readMetadata(value, into: &conversation)
    case "user": if conversation.user == nil { conversation.user = try value.text(key) }
    case "service_tier":
      conversation.serviceTier = try value.text(key) == "standard_only" ? "default" : try value.text(key)
    case "fallbacks": try readFallbacks(value, into: &conversation)
    case _ where OpenAIRequest.ownMembers.contains(key):
      if key == "models", conversation.routing.contains(where: { $0.name == key }) { throw twoChains }
      conversation.routing.append(Member(key, value))
    default: conversation.extras.append(Member(key, value))
    }
  }

  private static func readThinking(_ value: JSONValue, into conversation: inout Conversation) throws(GatewayError) {
    var settings = conversation.reasoning ?? ReasoningSettings()
    for (key, value) in try value.members("thinking") where !value.isNull {
      let field = "thinking.\(key)"
      switch key {
      case "type":
        switch value.stringValue {
        case "enabled": settings.isEnabled = true
        case "disabled": settings.isEnabled = false
        case "adaptive": settings.isAdaptive = true
        default: throw .field(field, "'thinking.type' must be \"enabled\", \"disabled\" or \"adaptive\".")
        }
      case "budget_tokens": settings.budget = try value.integer(field)
      case "display":
        settings.display = try value.text(field)
        if settings.display == "omitted" { settings.isExcluded = true }
      default: settings.extras.append(Member(key, value))
      }
    }
    // `output_config` may have come first: with adaptive thinking its effort is the thinking's.
    if settings.isAdaptive, let effort = conversation.verbosity {
      settings.effort = effort
      conversation.verbosity = nil
    }
    conversation.reasoning = settings
  }

  private static func readOutput(_ value: JSONValue, into conversation: inout Conversation) throws(GatewayError) {
    var rest: [(key: String, value: JSONValue)] = []
    for (key, value) in try value.members("output_config") where !value.isNull {
      switch key {
      case "effort":
        let effort = try value.text("output_config.effort")
        if conversation.reasoning?.isAdaptive == true {
          conversation.reasoning?.effort = effort
        } else {
          conversation.verbosity = effort
        }
      case "format": conversation.responseFormat = try format(value, field: "output_config.format")
      default: rest.append((key, value))
      }
    }
    if !rest.isEmpty { conversation.extras.append(Member("output_config", .object(rest))) }
  }

  private static func format(_ value: JSONValue, field: String) throws(GatewayError) -> ResponseFormat {
    _ = try value.members(field)
    guard value["type"]?.stringValue == "json_schema", let schema = value["schema"] else {
      throw .field(field, "'\(field)' must be {\"type\":\"json_schema\",\"schema\":…}.")
    }
    return .jsonSchema(SchemaFormat(schema))
  }

  private static func readMetadata(_ value: JSONValue, into conversation: inout Conversation) throws(GatewayError) {
    var rest: [(key: String, value: JSONValue)] = []
    for (key, value) in try value.members("metadata") where !value.isNull {
      if key == "user_id" {
        conversation.user = try value.text("metadata.user_id")
      } else {
        rest.append((key, value))
      }
    }
    if !rest.isEmpty { conversation.metadata = .object(rest) }
  }

  /// OpenRouter's `fallbacks` on this interface: the chain of models by another name.
  private static func readFallbacks(_ value: JSONValue, into conversation: inout Conversation) throws(GatewayError) {
    var models: [JSONValue] = []
    for element in try value.elements("fallbacks") {
      guard let model = element["model"]?.stringValue, element.objectValue?.count == 1 else {
        throw .field("fallbacks", "'fallbacks' must hold objects with 'model' and nothing else.")
      }
      models.append(.string(model))
    }
    if models.count > 3 { throw .field("fallbacks", "'fallbacks' holds more than 3 models.") }
    if conversation.routing.contains(where: { $0.name == "models" }) { throw twoChains }
    if !models.isEmpty { conversation.routing.append(Member("models", .array(models))) }
  }

  private static var twoChains: GatewayError {
    .field("fallbacks", "'fallbacks' and 'models' cannot be given together; use one of them.")
  }
}

import Core
import JSON

/// Reads a chat request in OpenAI's format, with OpenRouter's additions, into a conversation.
package enum OpenAIChatReader {
  /// The conversation that a request's body means. Throws a 400 that names the field.
  package static func conversation(_ body: UnsafeRawBufferPointer) throws(GatewayError) -> Conversation {
    var conversation = Conversation(.openAI, model: "")
    var hasMessages = false
    for (key, value) in try JSONValue.request(body) {
      if key == "messages" {
        hasMessages = true
        conversation.messages = try OpenAIMessageDecoder.messages(value)
      } else if !value.isNull {
        try read(key, value, into: &conversation)
      }
    }
    if !hasMessages { throw .field("messages", "The field 'messages' is missing.") }
    return conversation
  }

  private static func read(
    _ key: String, _ value: JSONValue, into conversation: inout Conversation
  ) throws(GatewayError) {
    if try readSampling(key, value, into: &conversation.sampling) { return }
    if try readTooling(key, value, into: &conversation) { return }
    if try readOutput(key, value, into: &conversation) { return }
    switch key {
    case "model": conversation.model = try value.text(key) ?? ""
    case "stream": conversation.isStream = try value.flag(key) ?? false
    case "stream_options": break
    case "user": conversation.user = try value.text(key)
    case "metadata":
      _ = try value.members(key)
      conversation.metadata = value
    case "service_tier": conversation.serviceTier = try value.text(key)
    case "prompt_cache_key": conversation.cacheKey = try value.text(key)
    case "cache_control": conversation.cache = try CacheMark(value, field: key)
    case "include_reasoning":
      if try value.flag(key) == false { conversation.withReasoning { $0.isExcluded = true } }
    case _ where OpenAIRequest.ownMembers.contains(key): conversation.routing.append(Member(key, value))
    default: conversation.extras.append(Member(key, value))
    }
  }

  private static func readSampling(
    _ key: String, _ value: JSONValue, into sampling: inout SamplingParameters
  ) throws(GatewayError) -> Bool {
    switch key {
    case "temperature": sampling.temperature = try value.number(key)
    case "top_p": sampling.topP = try value.number(key)
    case "top_k": sampling.topK = try value.number(key)
    case "min_p": sampling.minP = try value.number(key)
    case "top_a": sampling.topA = try value.number(key)
    case "frequency_penalty": sampling.frequencyPenalty = try value.number(key)
    case "presence_penalty": sampling.presencePenalty = try value.number(key)
    case "repetition_penalty": sampling.repetitionPenalty = try value.number(key)
    case "seed": sampling.seed = try value.number(key)
    case "logit_bias":
      _ = try value.members(key)
      sampling.logitBias = value
    default: return false
    }
    return true
  }

  private static func readTooling(
    _ key: String, _ value: JSONValue, into conversation: inout Conversation
  ) throws(GatewayError) -> Bool {
    switch key {
    case "tools":
      for (index, tool) in try value.elements(key).enumerated() {
        conversation.tools.append(try OpenAIToolReader.tool(tool, field: "tools[\(index)]"))
      }
    case "tool_choice": conversation.toolChoice = try OpenAIToolReader.choice(value)
    case "parallel_tool_calls": conversation.allowsParallelTools = try value.flag(key)
    default: return false
    }
    return true
  }

  private static func readOutput(
    _ key: String, _ value: JSONValue, into conversation: inout Conversation
  ) throws(GatewayError) -> Bool {
    switch key {
    case "max_tokens", "max_completion_tokens":
      if let count = try value.integer(key) { conversation.maxTokens = max(count, conversation.maxTokens ?? count) }
    case "n": conversation.choiceCount = try value.integer(key)
    case "stop":
      if let text = value.stringValue { conversation.stop = [text] } else { conversation.stop = try value.texts(key) }
    case "logprobs":
      let alternatives = conversation.logprobs?.alternatives
      conversation.logprobs = LogprobSettings(isWanted: try value.flag(key), alternatives: alternatives)
    case "top_logprobs":
      let isWanted = conversation.logprobs?.isWanted
      conversation.logprobs = LogprobSettings(isWanted: isWanted, alternatives: try value.integer(key))
    case "response_format": conversation.responseFormat = try OpenAIFormatReader.format(value)
    case "reasoning": try readReasoning(value, into: &conversation)
    case "reasoning_effort":
      let effort = try value.text(key)
      conversation.withReasoning { $0.effort = effort }
    case "verbosity": conversation.verbosity = try value.text(key)
    case "prediction": conversation.prediction = value
    case "modalities": conversation.modalities = try value.texts(key)
    case "audio": conversation.audioOutput = value
    default: return false
    }
    return true
  }

  private static func readReasoning(_ value: JSONValue, into conversation: inout Conversation) throws(GatewayError) {
    var settings = conversation.reasoning ?? ReasoningSettings()
    for (key, value) in try value.members("reasoning") where !value.isNull {
      let field = "reasoning.\(key)"
      switch key {
      case "effort": settings.effort = try value.text(field)
      case "max_tokens": settings.budget = try value.integer(field)
      case "enabled": settings.isEnabled = try value.flag(field)
      case "exclude": settings.isExcluded = try value.flag(field)
      case "summary": settings.summary = try value.text(field)
      default: settings.extras.append(Member(key, value))
      }
    }
    conversation.reasoning = settings
  }
}

extension Conversation {
  /// Changes the reasoning's settings, which begin to exist with that.
  mutating func withReasoning(_ change: (inout ReasoningSettings) -> Void) {
    var settings = reasoning ?? ReasoningSettings()
    change(&settings)
    reasoning = settings
  }
}

extension CacheMark {
  /// Reads `{"type":"ephemeral","ttl":…}`; nil for null.
  init?(_ value: JSONValue, field: @autoclosure () -> String) throws(GatewayError) {
    if value.isNull { return nil }
    _ = try value.members(field())
    self.init(duration: try value["ttl"]?.text(field() + ".ttl"))
  }

  /// The object that both OpenRouter and Anthropic know.
  var object: JSONValue {
    var writer = ObjectWriter([("type", .string("ephemeral"))])
    writer.add("ttl", duration)
    return writer.value
  }
}

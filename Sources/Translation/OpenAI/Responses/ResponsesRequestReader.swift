import Core
import JSON

/// Reads a request of the Responses format, with OpenRouter's additions, into a conversation.
package enum ResponsesRequestReader {
  /// The conversation that a request's body means. Throws a 400 that names the field, also for everything that would need
  /// a stored response.
  package static func conversation(_ body: UnsafeRawBufferPointer) throws(GatewayError) -> Conversation {
    var conversation = Conversation(.openAIResponses, model: "")
    var instructions: Message?
    var input: JSONValue?
    for (key, value) in try JSONValue.request(body) where !value.isNull {
      switch key {
      case "input": input = value
      case "instructions": instructions = Message(.system, [.text(try value.requiredText(key))])
      default: try read(key, value, into: &conversation)
      }
    }
    // The newer name of the same; beside the older one it is a member of its own.
    if conversation.user == nil, let place = conversation.extras.firstIndex(where: { $0.name == "safety_identifier" }) {
      conversation.user = conversation.extras.remove(at: place).value.stringValue
    }
    // A stored prompt may be all there is.
    if input == nil, instructions == nil, !conversation.extras.contains(where: { $0.name == "prompt" }) {
      throw .field("input", "The field 'input' is missing.")
    }
    if let input { conversation.messages = try ResponsesItemReader.messages(input, tools: conversation.tools) }
    if let instructions { conversation.messages.insert(instructions, at: 0) }
    return conversation
  }

  private static func read(
    _ key: String, _ value: JSONValue, into conversation: inout Conversation
  ) throws(GatewayError) {
    if try readSampling(key, value, into: &conversation) { return }
    if try readStored(key, value) { return }
    switch key {
    case "model": conversation.model = try value.requiredText(key)
    case "stream": conversation.isStream = try value.flag(key) ?? false
    // Says only how a stream is padded.
    case "stream_options": _ = try value.members(key)
    case "max_output_tokens": conversation.maxTokens = try value.integer(key)
    case "tools": conversation.tools = try ResponsesToolReader.tools(value)
    case "tool_choice": conversation.toolChoice = try ResponsesToolReader.choice(value)
    case "parallel_tool_calls": conversation.allowsParallelTools = try value.flag(key)
    case "text": try readText(value, into: &conversation)
    case "reasoning": try readReasoning(value, into: &conversation)
    case "include": try readInclude(value, into: &conversation)
    default: try readLabels(key, value, into: &conversation)
    }
  }

  private static func readLabels(
    _ key: String, _ value: JSONValue, into conversation: inout Conversation
  ) throws(GatewayError) {
    switch key {
    case "user": conversation.user = try value.text(key)
    case "safety_identifier":
      _ = try value.text(key)
      conversation.extras.append(Member(key, value))
    case "metadata":
      _ = try value.members(key)
      conversation.metadata = value
    case "service_tier": conversation.serviceTier = try value.text(key)
    case "prompt_cache_key": conversation.cacheKey = try value.text(key)
    case "cache_control": conversation.cache = try CacheMark(value, field: key)
    case "modalities": conversation.modalities = try value.texts(key)
    // Nobody's servers but OpenAI's truncate; the other word is the default.
    case "truncation": if try value.text(key) != "disabled" { conversation.extras.append(Member(key, value)) }
    case _ where OpenAIRequest.ownMembers.contains(key): conversation.routing.append(Member(key, value))
    default: conversation.extras.append(Member(key, value))
    }
  }

  // MARK: What would have to be stored

  /// Refuses what needs memory of earlier requests; whether the member was one of these.
  private static func readStored(_ key: String, _ value: JSONValue) throws(GatewayError) -> Bool {
    switch key {
    case "store":
      if try value.flag(key) == true {
        throw .field(key, "'store' cannot be true: responses are not stored here. Leave it out or send false.")
      }
    case "background":
      if try value.flag(key) == true {
        throw .field(key, "'background' cannot be true: responses are not stored here. Use 'stream' instead.")
      }
    case "previous_response_id", "conversation":
      throw .field(
        key, "'\(key)' cannot be used: responses are not stored here. Send the whole conversation in 'input'.")
    default: return false
    }
    return true
  }

  // MARK: Settings

  private static func readSampling(
    _ key: String, _ value: JSONValue, into conversation: inout Conversation
  ) throws(GatewayError) -> Bool {
    switch key {
    case "temperature": conversation.sampling.temperature = try value.number(key)
    case "top_p": conversation.sampling.topP = try value.number(key)
    case "top_k": conversation.sampling.topK = try value.number(key)
    case "min_p": conversation.sampling.minP = try value.number(key)
    case "top_a": conversation.sampling.topA = try value.number(key)
    case "frequency_penalty": conversation.sampling.frequencyPenalty = try value.number(key)
    case "presence_penalty": conversation.sampling.presencePenalty = try value.number(key)
    case "repetition_penalty": conversation.sampling.repetitionPenalty = try value.number(key)
    case "seed": conversation.sampling.seed = try value.number(key)
    case "top_logprobs":
      let isWanted = conversation.logprobs?.isWanted
      guard let count = try value.integer(key), count > 0 || isWanted == true else { return true }
      conversation.logprobs = LogprobSettings(isWanted: true, alternatives: count)
    default: return false
    }
    return true
  }

  private static func readText(_ value: JSONValue, into conversation: inout Conversation) throws(GatewayError) {
    var rest: [(key: String, value: JSONValue)] = []
    for (key, value) in try value.members("text") where !value.isNull {
      switch key {
      case "format": conversation.responseFormat = try ResponsesToolReader.format(value)
      case "verbosity": conversation.verbosity = try value.text("text.verbosity")
      default: rest.append((key, value))
      }
    }
    if !rest.isEmpty { conversation.extras.append(Member("text", .object(rest))) }
  }

  private static func readReasoning(_ value: JSONValue, into conversation: inout Conversation) throws(GatewayError) {
    var settings = ReasoningSettings()
    for (key, value) in try value.members("reasoning") where !value.isNull {
      let field = "reasoning.\(key)"
      switch key {
      case "effort": settings.effort = try value.text(field)
      case "summary": settings.summary = try value.text(field)
      case "generate_summary": if settings.summary == nil { settings.summary = try value.text(field) }
      case "max_tokens": settings.budget = try value.integer(field)
      case "enabled": settings.isEnabled = try value.flag(field)
      case "exclude": settings.isExcluded = try value.flag(field)
      default: settings.extras.append(Member(key, value))
      }
    }
    conversation.reasoning = settings
  }

  /// What the answer is to hold besides. Encrypted reasoning is always there.
  private static func readInclude(_ value: JSONValue, into conversation: inout Conversation) throws(GatewayError) {
    var rest: [JSONValue] = []
    for word in try value.texts("include") {
      switch word {
      case "reasoning.encrypted_content": break
      case "message.output_text.logprobs":
        let alternatives = conversation.logprobs?.alternatives
        conversation.logprobs = LogprobSettings(isWanted: true, alternatives: alternatives)
      default: rest.append(.string(word))
      }
    }
    if !rest.isEmpty { conversation.extras.append(Member("include", .array(rest))) }
  }
}

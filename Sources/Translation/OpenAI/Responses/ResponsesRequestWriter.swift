import Core
import JSON

/// Writes a conversation as a request of the Responses format. Nothing is stored at the provider: what must be seen again
/// goes with the next request.
struct ResponsesRequestWriter {
  private let conversation: Conversation
  private let target: ProviderTarget
  private let model: OpenAIModel
  private let reasons: Bool
  private let takesSampling: Bool
  private var body = ObjectWriter()
  private var dropped = DroppedFields()
  private var include: [JSONValue] = []

  /// Least tokens of an answer that the interface takes (OpenAI's specification, October 2026).
  private static let leastTokens: Int64 = 16

  /// The request for an endpoint.
  static func encode(_ conversation: Conversation, for target: ProviderTarget) -> EncodedRequest {
    var writer = ResponsesRequestWriter(conversation: conversation, target: target)
    writer.writeAll()
    let buffer = ByteBuffer()
    writer.body.value.write(to: buffer)
    var request = EncodedRequest(buffer)
    request.dropped = writer.dropped
    return request
  }

  private init(conversation: Conversation, target: ProviderTarget) {
    self.conversation = conversation
    self.target = target
    model = OpenAIModel(target.model)
    reasons = model.reasons || target.lists("reasoning")
    takesSampling =
      conversation.format == .openAIResponses || model.takesSampling || conversation.reasoning?.isOff == true
  }

  private var isNative: Bool { conversation.format == .openAIResponses }

  private mutating func writeAll() {
    body.add("model", target.model)
    var items = ResponsesItemWriter(conversation)
    let (instructions, input) = items.write()
    body.add("instructions", instructions)
    body.add("input", input)
    dropped = items.dropped
    if conversation.isStream { body.add("stream", true) }
    body.add("store", false)
    writeLimits()
    writeReasoning()
    writeTools()
    writeText()
    writeLabels()
    if !include.isEmpty { body.add("include", .array(include)) }
  }

  // MARK: Pieces

  private mutating func writeLimits() {
    if let count = conversation.maxTokens {
      let isSmall = count < ResponsesRequestWriter.leastTokens && !isNative
      if isSmall { dropped.note(.maxTokens) }
      body.add("max_output_tokens", isSmall ? ResponsesRequestWriter.leastTokens : count)
    }
    for (field, number) in conversation.sampling.numbers {
      let isKnown = field == .temperature || field == .topP
      let isTaken = takesSampling && target.allows(field.openAIName) || target.lists(field.openAIName)
      if isNative || isKnown && isTaken {
        body.add(field.openAIName, number)
      } else {
        dropped.note(field)
      }
    }
    dropped.note(.logitBias, where: conversation.sampling.logitBias)
    if !conversation.stop.isEmpty { dropped.note(.stop) }
    if let count = conversation.choiceCount, count > 1 { dropped.note(.choiceCount) }
    guard let logprobs = conversation.logprobs, logprobs.isWanted == true else { return }
    guard takesSampling || target.lists("logprobs") else { return dropped.note(.logprobs) }
    include.append(.string("message.output_text.logprobs"))
    body.add("top_logprobs", logprobs.alternatives)
  }

  private mutating func writeReasoning() {
    let settings = conversation.reasoning
    if model.neverReasons, !isNative, !reasons { return settings?.isOn == true ? dropped.note(.reasoning) : () }
    if reasons || settings?.isOn == true || isNative && settings != nil {
      include.append(.string("reasoning.encrypted_content"))
    }
    guard let settings else { return }
    var writer = ObjectWriter()
    if settings.isOff {
      // Models that are not known to think may not know the word.
      let effort = model.leastEffort ?? (isNative || reasons && !model.reasons ? "none" : nil)
      writer.add("effort", effort)
      if effort == nil, reasons { dropped.note(.reasoning) }
    } else {
      let limit = conversation.maxTokens ?? target.maxCompletionTokens ?? 32_768
      let wanted = settings.effort ?? settings.budget.map { ReasoningSettings.effort(budget: $0, of: limit) }
      writer.add("effort", effort(wanted ?? (settings.isOn && !isNative ? "medium" : nil)))
      writer.add("summary", settings.summary ?? (isShown(settings) ? "auto" : nil))
    }
    if isNative {
      writer.add(settings.extras)
    } else {
      for extra in settings.extras { dropped.note(.other("reasoning." + extra.name)) }
    }
    if !writer.isEmpty { body.add("reasoning", writer.value) }
  }

  /// The word for an effort: `max` is Anthropic's.
  private func effort(_ word: String?) -> String? { word == "max" && !isNative ? "xhigh" : word }

  /// Whether a caller of another format expects to read thoughts, which come only as a summary and only when asked for.
  private func isShown(_ settings: ReasoningSettings) -> Bool {
    !isNative && settings.isOn && settings.isExcluded != true
  }

  private mutating func writeTools() {
    var tools: [JSONValue] = []
    if isNative {
      tools = ResponsesToolWriter.tools(conversation.tools)
    } else {
      for tool in conversation.tools { if let value = self.tool(tool) { tools.append(value) } }
    }
    if tools.isEmpty {
      switch conversation.toolChoice {
      case nil, .auto, .never: break
      default: dropped.note(.toolChoice)
      }
      return
    }
    body.add("tools", .array(tools))
    if let choice = conversation.toolChoice {
      if case .native(let format, _) = choice, format != .openAIResponses {
        dropped.note(.toolChoice)
      } else {
        body.add("tool_choice", ResponsesToolWriter.choice(choice, conversation.tools))
      }
    }
    body.add("parallel_tool_calls", conversation.allowsParallelTools)
  }

  private mutating func tool(_ tool: ToolDefinition) -> JSONValue? {
    switch tool.kind {
    case .native(_, let value):
      dropped.note(.other("tools." + value.kindName))
      return nil
    case .function(let function):
      if tool.cache != nil { dropped.note(.cache) }
      dropped.note(tool.extras)
      return ResponsesToolWriter.function(
        function, ToolDefinition(.function(function)), strict: .bool(false))
    }
  }

  private mutating func writeText() {
    var conversation = conversation
    if case .other = conversation.responseFormat, !isNative {
      dropped.note(.responseFormat)
      conversation.responseFormat = nil
    }
    if conversation.verbosity != nil, !isNative, !target.allows("verbosity") {
      dropped.note(.verbosity)
      conversation.verbosity = nil
    }
    body.add("text", ResponsesToolWriter.text(conversation))
    dropped.note(.prediction, where: conversation.prediction)
    if isNative, !conversation.modalities.isEmpty {
      body.add("modalities", .array(conversation.modalities.map { .string($0) }))
    } else if conversation.modalities.contains(where: { $0 != "text" }) {
      dropped.note(.modalities)
    }
    dropped.note(.audioOutput, where: conversation.audioOutput)
  }

  private mutating func writeLabels() {
    body.add("user", conversation.user)
    body.add("metadata", conversation.metadata)
    body.add("service_tier", conversation.serviceTier)
    body.add("prompt_cache_key", conversation.cacheKey)
    if let cache = conversation.cache {
      if isNative { body.add("cache_control", cache.object) } else { dropped.note(.cache) }
    }
    guard isNative else { return dropped.note(conversation.extras) }
    for extra in conversation.extras {
      if extra.name == "include" { include += extra.value.arrayValue ?? [] } else { body.add(extra.name, extra.value) }
    }
  }
}

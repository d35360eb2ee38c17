import Core
import JSON

/// Writes a conversation as a chat request in OpenAI's format.
package struct OpenAIChatWriter {
  private let conversation: Conversation
  private let style: OpenAIChatStyle
  private var body = ObjectWriter()
  private var dropped = DroppedFields()

  /// The request, as one for the rooms or for a provider.
  package static func encode(_ conversation: Conversation, style: OpenAIChatStyle) -> EncodedRequest {
    var writer = OpenAIChatWriter(conversation: conversation, style: style)
    writer.writeAll()
    let buffer = ByteBuffer()
    writer.body.value.write(to: buffer)
    var request = EncodedRequest(buffer)
    request.dropped = writer.dropped
    return request
  }

  private init(conversation: Conversation, style: OpenAIChatStyle) {
    self.conversation = conversation
    self.style = style
  }

  private mutating func writeAll() {
    body.add("model", style.target?.model ?? conversation.model)
    var messages = OpenAIMessageWriter(style: style, format: conversation.format)
    body.add("messages", messages.write(conversation.messages))
    dropped = messages.dropped
    if conversation.isStream {
      body.add("stream", true)
      body.add("stream_options", .object([("include_usage", .bool(true))]))
    }
    writeLimits()
    writeSampling()
    writeTools()
    writeOutput()
    writeReasoning()
    writeLabels()
  }

  // MARK: Pieces

  private mutating func writeLimits() {
    if let count = conversation.maxTokens { body.add(limitName, count) }
    body.add("n", conversation.choiceCount)
    switch conversation.stop.count {
    case 0: break
    case 1: body.add("stop", conversation.stop[0])
    default: body.add("stop", .array(conversation.stop.map { .string($0) }))
    }
    body.add("logprobs", conversation.logprobs?.isWanted)
    body.add("top_logprobs", conversation.logprobs?.alternatives)
  }

  /// `max_tokens` is what every server knows; OpenAI's own reasoning models take the newer name only.
  private var limitName: String {
    guard let target = style.target else { return "max_tokens" }
    if !target.supportedParameters.isEmpty {
      return target.lists("max_completion_tokens") && !target.lists("max_tokens")
        ? "max_completion_tokens" : "max_tokens"
    }
    let name = target.model.split(separator: "/").last ?? ""
    return ["gpt-5", "o1", "o3", "o4"].contains { name.hasPrefix($0) } ? "max_completion_tokens" : "max_tokens"
  }

  private mutating func writeSampling() {
    for (field, number) in conversation.sampling.numbers {
      let name = field.openAIName
      let isCommon = ![.topK, .minP, .topA, .repetitionPenalty].contains(field)
      guard style.target.map({ isCommon && isSampled(field) ? $0.allows(name) : $0.lists(name) }) ?? true else {
        dropped.note(field)
        continue
      }
      body.add(name, number)
    }
    body.add("logit_bias", conversation.sampling.logitBias)
  }

  /// Whether the model takes a number while it reasons: those of OpenAI take none but a seed.
  private func isSampled(_ field: RequestField) -> Bool {
    guard let target = style.target, field != .seed else { return true }
    return OpenAIModel(target.model).takesSampling || conversation.reasoning?.isOff == true
  }

  private mutating func writeTools() {
    var tools: [JSONValue] = []
    for tool in conversation.tools { if let value = self.tool(tool) { tools.append(value) } }
    if !tools.isEmpty { body.add("tools", .array(tools)) }
    // Without tools a choice among them is refused.
    if tools.isEmpty, !style.isFull { return noteToolless() }
    if let choice = conversation.toolChoice { body.add("tool_choice", self.choice(choice)) }
    body.add("parallel_tool_calls", conversation.allowsParallelTools)
  }

  private mutating func noteToolless() {
    switch conversation.toolChoice {
    case nil, .auto, .never: break
    default: dropped.note(.toolChoice)
    }
  }

  private mutating func tool(_ tool: ToolDefinition) -> JSONValue? {
    switch tool.kind {
    case .native(.openAI, let value): return value
    case .native(_, let value):
      dropped.note(.other("tools." + value.kindName))
      return nil
    case .function(let function):
      var inner = ObjectWriter([("name", .string(function.name))])
      inner.add("description", function.description)
      inner.add("parameters", function.parameters)
      inner.add("strict", function.isStrict)
      var writer = ObjectWriter([("type", .string("function")), ("function", inner.value)])
      if let cache = tool.cache {
        if style.isFull { writer.add("cache_control", cache.object) } else { dropped.note(.cache) }
      }
      addExtras(tool.extras, to: &writer)
      return writer.value
    }
  }

  private mutating func choice(_ choice: ToolChoice) -> JSONValue? {
    func named(_ name: String) -> JSONValue {
      .object([("type", .string("function")), ("function", .object([("name", .string(name))]))])
    }
    switch choice {
    case .auto: return .string("auto")
    case .never: return .string("none")
    case .required: return .string("required")
    case .tool(let name): return named(name)
    case .allowed(let names, let isRequired):
      return .object([
        ("type", .string("allowed_tools")),
        (
          "allowed_tools",
          .object([
            ("mode", .string(isRequired ? "required" : "auto")), ("tools", .array(names.map(named))),
          ])
        ),
      ])
    case .native(.openAI, let value): return value
    case .native:
      dropped.note(.toolChoice)
      return nil
    }
  }

  private mutating func writeOutput() {
    switch conversation.responseFormat {
    case nil: break
    case .text: body.add("response_format", .object([("type", .string("text"))]))
    case .jsonObject: body.add("response_format", .object([("type", .string("json_object"))]))
    case .jsonSchema(let format):
      // OpenAI requires a name, which not every dialect has.
      var inner = ObjectWriter([("name", .string(format.name ?? "answer"))])
      inner.add("description", format.description)
      inner.add("schema", format.schema)
      inner.add("strict", format.isStrict)
      body.add("response_format", .object([("type", .string("json_schema")), ("json_schema", inner.value)]))
    case .other(let value):
      if conversation.format == .openAI { body.add("response_format", value) } else { dropped.note(.responseFormat) }
    }
    body.add("prediction", conversation.prediction)
    if !conversation.modalities.isEmpty {
      body.add("modalities", .array(conversation.modalities.map { .string($0) }))
    }
    body.add("audio", conversation.audioOutput)
    if let verbosity = conversation.verbosity {
      if style.target?.allows("verbosity") ?? true {
        body.add("verbosity", verbosity)
      } else {
        dropped.note(.verbosity)
      }
    }
  }

  private mutating func writeReasoning() {
    guard let settings = conversation.reasoning else { return }
    guard style.isFull else { return writeEffort(settings) }
    var writer = ObjectWriter()
    writer.add("effort", settings.effort)
    writer.add("max_tokens", settings.budget)
    if settings.isEnabled != nil || !settings.isAdaptive { writer.add("enabled", settings.isEnabled) }
    if settings.isAdaptive, settings.isEnabled == nil, settings.effort == nil { writer.add("enabled", true) }
    writer.add("exclude", settings.isExcluded)
    writer.add("summary", settings.summary)
    writer.add(settings.extras)
    body.add("reasoning", writer.value)
  }

  /// Servers of OpenAI's format know reasoning as an effort.
  private mutating func writeEffort(_ settings: ReasoningSettings) {
    let limit = conversation.maxTokens ?? style.target?.maxCompletionTokens ?? 32_768
    let listed = style.takesReasoning || style.target?.lists("reasoning_effort") ?? false
    let model = OpenAIModel(style.target?.model ?? "")
    if settings.isOff {
      // Models that are not known to think may not know the word, and need none.
      if let effort = model.leastEffort ?? (listed && !model.reasons ? "none" : nil) {
        body.add("reasoning_effort", effort)
      } else if model.reasons {
        dropped.note(.reasoning)
      }
      return
    }
    let isTaken = listed || !model.neverReasons && style.target?.supportedParameters.isEmpty ?? true
    guard isTaken else { return settings.isOn ? dropped.note(.reasoning) : () }
    let effort = settings.effort ?? settings.budget.map { ReasoningSettings.effort(budget: $0, of: limit) }
    if let effort = effort ?? (settings.isOn ? "medium" : nil) { body.add("reasoning_effort", effort) }
    for extra in settings.extras { dropped.note(.other("reasoning." + extra.name)) }
  }

  private mutating func writeLabels() {
    body.add("user", conversation.user)
    body.add("metadata", conversation.metadata)
    body.add("service_tier", conversation.serviceTier)
    body.add("prompt_cache_key", conversation.cacheKey)
    if let cache = conversation.cache {
      if style.isFull { body.add("cache_control", cache.object) } else { dropped.note(.cache) }
    }
    if style.isFull { body.add(conversation.routing) }
    if conversation.format == .openAI { body.add(conversation.extras) } else { dropped.note(conversation.extras) }
  }

  /// Members without a field belong to the format they came from.
  private mutating func addExtras(_ extras: [Member], to writer: inout ObjectWriter) {
    if conversation.format == .openAI { writer.add(extras) } else { dropped.note(extras) }
  }
}

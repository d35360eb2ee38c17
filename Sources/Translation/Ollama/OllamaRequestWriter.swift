import Core
import JSON

/// Writes a conversation as a request of Ollama's chat.
struct OllamaRequestWriter {
  private let conversation: Conversation
  private let target: ProviderTarget
  private var body = ObjectWriter()
  private var options = ObjectWriter()
  private var dropped = DroppedFields()

  /// Members that Ollama has and no caller's format: an OpenAI caller may send them beside its own.
  private static let own: Set<String> = ["keep_alive", "truncate", "shift"]
  /// The same among `options` (Ollama's list of a model's parameters, October 2026).
  private static let ownOptions: Set<String> = [
    "num_ctx", "num_batch", "num_gpu", "main_gpu", "num_thread", "num_keep", "use_mmap", "repeat_last_n", "typical_p",
    "mirostat", "mirostat_tau", "mirostat_eta", "penalize_newline",
  ]

  /// The request for an endpoint.
  static func encode(_ conversation: Conversation, for target: ProviderTarget) -> EncodedRequest {
    var writer = OllamaRequestWriter(conversation: conversation, target: target)
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
  }

  private mutating func writeAll() {
    body.add("model", target.model)
    var messages = OllamaMessageWriter()
    body.add("messages", messages.write(conversation.messages))
    dropped = messages.dropped
    // Left out it would mean true.
    body.add("stream", conversation.isStream)
    writeThinking()
    writeFormat()
    writeTools()
    writeLogprobs()
    writeOptions()
    writeExtras()
    if !options.isEmpty { body.add("options", options.value) }
    noteUnknown()
  }

  // MARK: Thinking

  /// Only gpt-oss has degrees, and cannot be kept from thinking; all others think or do not.
  private mutating func writeThinking() {
    dropped.note(.verbosity, where: conversation.verbosity)
    guard let settings = conversation.reasoning else { return }
    let hasDegrees = target.model.lowercased().contains("gpt-oss")
    if settings.isOff { return hasDegrees ? dropped.note(.reasoning) : body.add("think", false) }
    guard settings.isOn else { return }
    guard target.allows("reasoning") else { return dropped.note(.reasoning) }
    if !hasDegrees { return body.add("think", true) }
    let limit = conversation.maxTokens ?? target.maxCompletionTokens ?? 8192
    switch settings.effort ?? settings.budget.map({ ReasoningSettings.effort(budget: $0, of: limit) }) {
    case "minimal", "low": body.add("think", "low")
    case "high", "xhigh", "max": body.add("think", "high")
    default: body.add("think", "medium")
    }
  }

  // MARK: Tools and formats

  private mutating func writeFormat() {
    switch conversation.responseFormat {
    case nil, .text: break
    case .jsonObject: body.add("format", "json")
    case .jsonSchema(let format): body.add("format", format.schema)
    case .other: dropped.note(.responseFormat)
    }
  }

  /// Tools are called or not as the model likes; a choice can only take some away.
  private mutating func writeTools() {
    var tools: [JSONValue] = []
    switch conversation.toolChoice {
    case .never: return
    case nil, .auto, .allowed(_, isRequired: false): break
    case .required, .tool, .allowed, .native: dropped.note(.toolChoice)
    }
    for tool in conversation.tools where isChosen(tool) {
      if let value = self.tool(tool) { tools.append(value) }
    }
    if tools.isEmpty { return }
    body.add("tools", .array(tools))
    if conversation.allowsParallelTools == false { dropped.note(.parallelTools) }
  }

  private func isChosen(_ tool: ToolDefinition) -> Bool {
    switch conversation.toolChoice {
    case .tool(let name): tool.function.map { $0.name == name } ?? true
    case .allowed(let names, _): tool.function.map { names.contains($0.name) } ?? true
    default: true
    }
  }

  private mutating func tool(_ tool: ToolDefinition) -> JSONValue? {
    dropped.note(.cache, where: tool.cache)
    guard let function = tool.function else {
      if case .native(_, let value) = tool.kind {
        dropped.note(.other("tools." + value.kindName))
      }
      return nil
    }
    if function.isStrict == true { dropped.note(.strictTools) }
    dropped.note(tool.extras)
    var writer = ObjectWriter([("name", .string(function.name))])
    writer.add("description", function.description)
    writer.add(
      "parameters", function.parameters ?? .object([("type", .string("object")), ("properties", .object([]))]))
    return .object([("type", .string("function")), ("function", writer.value)])
  }

  // MARK: Sampling

  private mutating func writeLogprobs() {
    guard conversation.logprobs?.isWanted == true else { return }
    body.add("logprobs", true)
    body.add("top_logprobs", conversation.logprobs?.alternatives)
  }

  private mutating func writeOptions() {
    options.add("num_predict", conversation.maxTokens)
    for (field, number) in conversation.sampling.numbers {
      switch field {
      case .topA: dropped.note(field)
      case .repetitionPenalty: options.add("repeat_penalty", number)
      default: options.add(field.openAIName, number)
      }
    }
    dropped.note(.logitBias, where: conversation.sampling.logitBias)
    if !conversation.stop.isEmpty { options.add("stop", .array(conversation.stop.map { .string($0) })) }
  }

  private mutating func writeExtras() {
    for extra in conversation.extras {
      if OllamaRequestWriter.own.contains(extra.name) {
        body.add(extra.name, extra.value)
      } else if OllamaRequestWriter.ownOptions.contains(extra.name) {
        addOption(extra.name, extra.value)
      } else if extra.name == "options", let members = extra.value.objectValue {
        for (key, value) in members { addOption(key, value) }
      } else {
        dropped.note([extra])
      }
    }
  }

  /// What the caller has said in its own format's words holds.
  private mutating func addOption(_ name: String, _ value: JSONValue) {
    if !options.members.contains(where: { $0.key == name }) { options.add(name, value) }
  }

  /// What the format has no word for.
  private mutating func noteUnknown() {
    if let count = conversation.choiceCount, count > 1 { dropped.note(.choiceCount) }
    dropped.note(.user, where: conversation.user)
    dropped.note(.metadata, where: conversation.metadata)
    if let tier = conversation.serviceTier, tier != "auto", tier != "default" { dropped.note(.serviceTier) }
    dropped.note(.prediction, where: conversation.prediction)
    if conversation.modalities.contains(where: { $0 != "text" }) { dropped.note(.modalities) }
    dropped.note(.audioOutput, where: conversation.audioOutput)
    dropped.note(.cache, where: conversation.cache)
    dropped.note(.cacheKey, where: conversation.cacheKey)
  }
}

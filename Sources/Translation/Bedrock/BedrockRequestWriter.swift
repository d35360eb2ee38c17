import Core
import JSON

/// Writes a conversation as a request of Converse. Whether it is streamed is the path's to say.
struct BedrockRequestWriter {
  private let conversation: Conversation
  private let target: ProviderTarget
  private let model: BedrockModel
  private var body = ObjectWriter()
  private var inference = ObjectWriter()
  private var output = ObjectWriter()
  /// `additionalModelRequestFields`: what one family of models takes.
  private var fields = ObjectWriter()
  private var dropped = DroppedFields()
  private var answerTool: String?

  /// Members that Converse has and no caller's format: an OpenAI caller may send them beside its own.
  private static let own: Set<String> = [
    "guardrailConfig", "performanceConfig", "requestMetadata", "promptVariables", "additionalModelResponseFieldPaths",
  ]

  /// The request for an endpoint.
  static func encode(_ conversation: Conversation, for target: ProviderTarget) -> EncodedRequest {
    var writer = BedrockRequestWriter(conversation: conversation, target: target)
    writer.writeAll()
    let buffer = ByteBuffer()
    writer.body.value.write(to: buffer)
    var request = EncodedRequest(buffer)
    request.dropped = writer.dropped
    request.answerTool = writer.answerTool
    return request
  }

  private init(conversation: Conversation, target: ProviderTarget) {
    self.conversation = conversation
    self.target = target
    model = BedrockModel(target.model)
  }

  private mutating func writeAll() {
    writeMessages()
    let isThinking = model.isClaude ? writeClaude() : writeReasoning()
    if !model.isClaude { writeSampling(isThinking: isThinking) }
    writeStop()
    if !inference.isEmpty { body.add("inferenceConfig", inference.value) }
    writeTools(isThinking: isThinking)
    if !output.isEmpty { body.add("outputConfig", output.value) }
    writeLabels()
    writeExtras()
    if !fields.isEmpty { body.add("additionalModelRequestFields", fields.value) }
    noteUnknown()
  }

  private mutating func writeMessages() {
    var writer = BedrockMessageWriter(format: conversation.format, model: model)
    var (system, messages) = writer.write(conversation.messages)
    if let mark = conversation.cache, let last = messages.indices.last, let point = writer.cachePoint(mark) {
      messages[last].append(point)
    }
    dropped = writer.dropped
    if !system.isEmpty { body.add("system", .array(system)) }
    body.add("messages", .array(messages.map(\.value)))
  }

  // MARK: Reasoning

  /// What a Claude takes, by the same rules as at Anthropic's own interface. Whether it thinks.
  private mutating func writeClaude() -> Bool {
    let parameters = AnthropicRequestWriter.parameters(conversation, for: target)
    dropped = parameters.dropped.merged(behind: dropped)
    if conversation.maxTokens != nil || parameters.isThinking { inference.add("maxTokens", parameters.limit) }
    for (key, value) in parameters.sampling {
      switch key {
      case "temperature": inference.add("temperature", value)
      case "top_p": inference.add("topP", value)
      default: fields.add(key, value)
      }
    }
    fields.add("thinking", parameters.thinking)
    output.add("effort", parameters.effort)
    return parameters.isThinking
  }

  /// What the other families take. Whether the model thinks hard, which excludes sampling and limits.
  private mutating func writeReasoning() -> Bool {
    dropped.note(.verbosity, where: conversation.verbosity)
    guard let settings = conversation.reasoning else { return false }
    if settings.isOff {
      if model.alwaysThinks { dropped.note(.reasoning) }
      return false
    }
    guard settings.isOn else { return false }
    let limit = conversation.maxTokens ?? target.maxCompletionTokens ?? 8192
    let effort = settings.effort ?? settings.budget.map { ReasoningSettings.effort(budget: $0, of: limit) } ?? "medium"
    let word = BedrockRequestWriter.effort(effort)
    if model.hasReasoningConfig {
      // The highest effort is refused beside a limit or samplers, which the caller has asked for.
      let isFree =
        conversation.maxTokens == nil && conversation.sampling.temperature == nil && conversation.sampling.topP == nil
      let fitted = word == "high" && !isFree ? "medium" : word
      fields.add(
        "reasoningConfig",
        .object([("type", .string("enabled")), ("maxReasoningEffort", .string(fitted))]))
    } else if model.family == .openAI || target.lists("reasoning_effort") {
      fields.add("reasoning_effort", word)
    } else if !model.alwaysThinks {
      dropped.note(.reasoning)
    }
    return model.hasReasoningConfig
  }

  /// Three words are all that models beside Claude know.
  private static func effort(_ word: String) -> String {
    switch word {
    case "minimal", "low": "low"
    case "high", "xhigh", "max": "high"
    default: "medium"
    }
  }

  // MARK: Sampling

  private mutating func writeSampling(isThinking: Bool) {
    inference.add("maxTokens", conversation.maxTokens)
    for (field, number) in conversation.sampling.numbers {
      switch field {
      case .temperature where target.allows("temperature"): writeTemperature(number)
      case .topP where target.allows("top_p"): inference.add("topP", number)
      case .topK: writeTopK(number, isThinking)
      default: writeOther(field, number)
      }
    }
    dropped.note(.logitBias, where: conversation.sampling.logitBias)
  }

  private mutating func writeTemperature(_ number: JSONNumber) {
    if number.value > 1 { dropped.note(.temperature) }
    inference.add("temperature", number.value > 1 ? JSONNumber(1) : number)
  }

  private mutating func writeTopK(_ number: JSONNumber, _ isThinking: Bool) {
    if model.family == .nova, !isThinking {
      fields.add("inferenceConfig", .object([("topK", .number(number.text))]))
    } else if let name = model.topKName ?? (target.lists("top_k") ? "top_k" : nil) {
      fields.add(name, number)
    } else {
      dropped.note(.topK)
    }
  }

  /// Samplers that Converse has no member for go to models that are known to take them.
  private mutating func writeOther(_ field: RequestField, _ number: JSONNumber) {
    let isCohere = model.family == .cohere && [.seed, .frequencyPenalty, .presencePenalty].contains(field)
    if isCohere || target.lists(field.openAIName) {
      fields.add(field.openAIName, number)
    } else {
      dropped.note(field)
    }
  }

  private mutating func writeStop() {
    if conversation.stop.isEmpty { return }
    guard target.allows("stop") else { return dropped.note(.stop) }
    inference.add("stopSequences", .array(conversation.stop.map { .string($0) }))
    // Only so does the answer say which of them ended it.
    if model.isClaude, !conversation.extras.contains(where: { $0.name == "additionalModelResponseFieldPaths" }) {
      body.add("additionalModelResponseFieldPaths", .array([.string("/stop_sequence")]))
    }
  }

  // MARK: Tools and formats

  private mutating func writeTools(isThinking: Bool) {
    var writer = BedrockToolWriter(conversation: conversation, model: model, target: target)
    writer.write(answer: writeFormat(isThinking: isThinking))
    body.add("toolConfig", writer.config)
    fields.add("tool_choice", writer.claudeChoice)
    answerTool = writer.answerTool
    dropped = writer.dropped.merged(behind: dropped)
  }

  /// Writes the answer's form where it has a native one; else the form that a tool's arguments must have.
  private mutating func writeFormat(isThinking: Bool) -> SchemaFormat? {
    switch conversation.responseFormat {
    case nil, .text: return nil
    case .other:
      dropped.note(.responseFormat)
      return nil
    case .jsonObject: return forced(SchemaFormat(.object([("type", .string("object"))])), isThinking)
    case .jsonSchema(let format):
      guard model.hasStructuredOutput || target.lists("structured_outputs") else { return forced(format, isThinking) }
      let schema = String(decoding: AnthropicSchema.fitted(format.schema).serialized(), as: UTF8.self)
      var definition = ObjectWriter([("schema", .string(schema))])
      definition.add("name", format.name)
      definition.add("description", format.description)
      output.add(
        "textFormat",
        .object([
          ("type", .string("json_schema")), ("structure", .object([("jsonSchema", definition.value)])),
        ]))
      return nil
    }
  }

  /// A forced call needs a model that can be forced, no thinking, and no choice of the caller's own.
  private mutating func forced(_ format: SchemaFormat, _ isThinking: Bool) -> SchemaFormat? {
    switch conversation.toolChoice {
    case nil, .auto, .never: if model.takesAnyTool, !(isThinking && model.isClaude) { return format }
    default: break
    }
    dropped.note(.responseFormat)
    return nil
  }

  // MARK: Labels

  private mutating func writeLabels() {
    dropped.note(.user, where: conversation.user)
    if let metadata = conversation.metadata {
      if let labels = BedrockRequestWriter.labels(metadata) {
        body.add("requestMetadata", labels)
      } else {
        dropped.note(.metadata)
      }
    }
    switch conversation.serviceTier {
    case nil, "auto": break
    case "default", "flex", "priority", "reserved":
      body.add("serviceTier", .object([("type", .string(conversation.serviceTier ?? "default"))]))
    default: dropped.note(.serviceTier)
    }
  }

  /// Names and values that Bedrock takes for its log of calls: at most 16, of at most 256 plain characters.
  private static func labels(_ metadata: JSONValue) -> JSONValue? {
    guard let members = metadata.objectValue, (1...16).contains(members.count) else { return nil }
    let isFit = members.allSatisfy { key, value in
      !key.isEmpty && isLabel(key) && value.stringValue.map(isLabel) ?? false
    }
    return isFit ? metadata : nil
  }

  private static func isLabel(_ text: String) -> Bool {
    text.utf8.count <= 256
      && text.utf8.allSatisfy { byte in
        switch byte {
        case 48...57, 65...90, 97...122, 9...13, 32: true
        default: ":_@$#=/+,-.".utf8.contains(byte)
        }
      }
  }

  private mutating func writeExtras() {
    let names = Set(body.members.map(\.key))
    for extra in conversation.extras {
      if extra.name == "additionalModelRequestFields", let members = extra.value.objectValue {
        let taken = Set(fields.members.map(\.key))
        for (key, value) in members where !taken.contains(key) { fields.add(key, value) }
      } else if BedrockRequestWriter.own.contains(extra.name), !names.contains(extra.name) {
        body.add(extra.name, extra.value)
      } else {
        dropped.note([extra])
      }
    }
  }

  /// What the format has no word for.
  private mutating func noteUnknown() {
    if let count = conversation.choiceCount, count > 1 { dropped.note(.choiceCount) }
    if conversation.logprobs?.isWanted == true { dropped.note(.logprobs) }
    dropped.note(.topLogprobs, where: conversation.logprobs?.alternatives)
    dropped.note(.prediction, where: conversation.prediction)
    if conversation.modalities.contains(where: { $0 != "text" }) { dropped.note(.modalities) }
    dropped.note(.audioOutput, where: conversation.audioOutput)
    dropped.note(.cacheKey, where: conversation.cacheKey)
  }
}

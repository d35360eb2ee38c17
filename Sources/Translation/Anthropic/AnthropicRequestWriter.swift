import Core
import JSON

/// Writes a conversation as a Messages request in Anthropic's format.
struct AnthropicRequestWriter {
  private let conversation: Conversation
  private let target: ProviderTarget
  private let model: ClaudeModel
  private var body = ObjectWriter()
  private var output = ObjectWriter()
  private var dropped = DroppedFields()
  private var answerTool: String?
  private var needsFiles = false

  /// The request for an endpoint.
  static func encode(_ conversation: Conversation, for target: ProviderTarget) -> EncodedRequest {
    var writer = AnthropicRequestWriter(conversation: conversation, target: target)
    writer.writeAll()
    let buffer = ByteBuffer()
    writer.body.value.write(to: buffer)
    var request = EncodedRequest(buffer)
    request.dropped = writer.dropped
    request.answerTool = writer.answerTool
    if writer.needsFiles { request.headers.append(HeaderField("anthropic-beta", "files-api-2025-04-14")) }
    return request
  }

  /// What the model takes of a conversation's reasoning and sampling, for Claude models behind another format.
  static func parameters(_ conversation: Conversation, for target: ProviderTarget) -> ClaudeParameters {
    var writer = AnthropicRequestWriter(conversation: conversation, target: target)
    let thinking = writer.thinking()
    writer.writeSampling(isThinking: thinking.isOn)
    return ClaudeParameters(
      thinking: thinking.object, effort: thinking.effort, limit: thinking.limit, isThinking: thinking.isOn,
      sampling: writer.body.members, dropped: writer.dropped)
  }

  private init(conversation: Conversation, target: ProviderTarget) {
    self.conversation = conversation
    self.target = target
    model = ClaudeModel(target.model)
  }

  private mutating func writeAll() {
    body.add("model", target.model)
    let thinking = self.thinking()
    body.add("max_tokens", thinking.limit)
    writeMessages()
    if conversation.isStream { body.add("stream", true) }
    body.add("thinking", thinking.object)
    writeSampling(isThinking: thinking.isOn)
    if !conversation.stop.isEmpty {
      body.add("stop_sequences", .array(conversation.stop.map { .string($0) }))
    }
    writeTools(writeFormat(isThinking: thinking.isOn))
    output.add("effort", thinking.effort)
    writeExtras()
    if !output.isEmpty { body.add("output_config", output.value) }
    writeLabels()
    noteUnknown()
  }

  private mutating func writeMessages() {
    var writer = AnthropicMessageWriter(
      format: conversation.format, takesLateInstructions: model.takesLateInstructions)
    let (system, messages) = writer.write(conversation.messages)
    body.add("system", system)
    body.add("messages", messages)
    dropped = writer.dropped.merged(behind: dropped)
    needsFiles = writer.needsFiles
  }

  // MARK: Thinking

  private struct Thinking {
    var object: JSONValue?
    var effort: String?
    var limit: Int64
    var isOn = false
  }

  private var isForced: Bool {
    switch conversation.toolChoice {
    case .required, .tool, .allowed(_, isRequired: true): true
    default: false
    }
  }

  /// How the model thinks, and the limit of tokens that thinking counts towards.
  private mutating func thinking() -> Thinking {
    let fallback = target.maxCompletionTokens ?? model.defaultMaxTokens
    var thinking = Thinking(limit: conversation.maxTokens ?? fallback)
    thinking.effort = conversation.verbosity.flatMap(effort)
    if conversation.verbosity != nil, thinking.effort == nil { dropped.note(.verbosity) }
    guard let settings = conversation.reasoning else { return thinking }
    if settings.isOff {
      if isNative || model.takesDisabled { thinking.object = .object([("type", .string("disabled"))]) }
      if !isNative, model.alwaysThinks { dropped.note(.reasoning) }
      return thinking
    }
    guard settings.isOn else { return thinking }
    let isOwn = takesOwn(settings)
    guard isOwn || model.canThink else {
      dropped.note(.reasoning)
      return thinking
    }
    if !isOwn, isForced {
      // Thinking and a forced call exclude each other; the call is what the caller's program waits for.
      dropped.note(.reasoning)
      return thinking
    }
    thinking.isOn = true
    let isAdaptive = settings.isAdaptive && model.mayBeAdaptive
    if isAdaptive || model.isAdaptive && (settings.budget == nil || !model.takesBudget) {
      makeAdaptive(&thinking, settings)
    } else {
      makeBudget(&thinking, settings)
    }
    return thinking
  }

  /// Whether what a caller of this format says of thinking goes on as it is: all but what the model is too old for.
  private func takesOwn(_ settings: ReasoningSettings) -> Bool {
    isNative && (!settings.isAdaptive || model.mayBeAdaptive)
  }

  private mutating func makeAdaptive(_ thinking: inout Thinking, _ settings: ReasoningSettings) {
    var object = ObjectWriter([("type", .string("adaptive"))])
    object.add("display", display(settings))
    object.add(extras(settings))
    thinking.object = object.value
    let wanted =
      settings.effort ?? settings.budget.map { ReasoningSettings.effort(budget: $0, of: thinking.limit) }
    if thinking.effort == nil { thinking.effort = wanted.flatMap(effort) }
  }

  private mutating func makeBudget(_ thinking: inout Thinking, _ settings: ReasoningSettings) {
    if model.isClaude, hasBareCall {
      thinking.isOn = false
      return dropped.note(.reasoning)
    }
    // Adaptive thinking is `high` where nothing is said.
    let usual = isNative && settings.isAdaptive ? "high" : "medium"
    let share = ReasoningSettings.share(of: settings.effort ?? usual)
    // Reference section 10.5; less than 1024 is refused.
    let wanted = settings.budget ?? min(Int64(Double(min(thinking.limit, 1_000_000)) * share), 128_000)
    if conversation.maxTokens == nil { thinking.limit = max(thinking.limit, max(wanted, 1024) + 4096) }
    let isExact = isNative && settings.budget != nil
    let budget = isExact ? wanted : max(min(wanted, thinking.limit - 1), 1024)
    guard isExact || budget < thinking.limit else {
      // The caller's limit leaves no room for thoughts.
      thinking.isOn = false
      return dropped.note(.reasoning)
    }
    var object = ObjectWriter([("type", .string("enabled")), ("budget_tokens", .integer(budget))])
    object.add("display", display(settings))
    object.add(extras(settings))
    thinking.object = object.value
  }

  /// Whether the thoughts can be read. Who asks for them in another format, or with a budget, expects to read them.
  private func display(_ settings: ReasoningSettings) -> String? {
    if let display = settings.display { return display }
    if settings.isExcluded == true { return model.isAdaptive ? "omitted" : nil }
    return model.omitsThoughts && !(isNative && settings.isAdaptive) ? "summarized" : nil
  }

  /// Whether the model's last turn calls a tool without signed thoughts before it, which a budget does not allow.
  private var hasBareCall: Bool {
    guard let last = conversation.messages.lastIndex(where: { $0.role == .assistant }) else { return false }
    let before = conversation.messages[..<last].lastIndex { $0.role != .assistant && !$0.isInstruction }
    let turn = conversation.messages[((before ?? -1) + 1)...last].filter { $0.role == .assistant }.flatMap(\.parts)
    guard turn.contains(where: { $0.toolCall != nil }) else { return false }
    let first = turn.first { !($0.text?.isEmpty ?? false) && ($0.reasoning.map(AnthropicReasoning.canGoBack) ?? true) }
    return first?.reasoning == nil
  }

  private mutating func extras(_ settings: ReasoningSettings) -> [Member] {
    if conversation.format == .anthropic { return settings.extras }
    if !settings.extras.isEmpty { dropped.note(.reasoning) }
    return []
  }

  /// The word for an effort; nil where the model takes none.
  private func effort(_ word: String) -> String? {
    guard model.isClaude else { return isNative ? word : nil }
    return model.takesEffort ? model.effort(word) : nil
  }

  // MARK: Sampling

  private mutating func writeSampling(isThinking: Bool) {
    let sampling = conversation.sampling
    for (field, number) in sampling.numbers {
      switch field {
      case .temperature: writeTemperature(number, isThinking)
      case .topP: writeTopP(number, isThinking, hasTemperature: sampling.temperature != nil)
      case .topK:
        if isNative || model.takesSampling && !isThinking { body.add("top_k", number) } else { dropped.note(field) }
      default: dropped.note(field)
      }
    }
    dropped.note(.logitBias, where: sampling.logitBias)
  }

  private var isNative: Bool { conversation.format == .anthropic }

  private mutating func writeTemperature(_ number: JSONNumber, _ isThinking: Bool) {
    if isNative { return body.add("temperature", number) }
    guard model.takesSampling, !isThinking || number.value == 1 else { return dropped.note(.temperature) }
    if number.value > 1 {
      // Anthropic's range ends where OpenAI's has its middle.
      dropped.note(.temperature)
      body.add("temperature", JSONNumber(1))
    } else {
      body.add("temperature", number)
    }
  }

  private mutating func writeTopP(_ number: JSONNumber, _ isThinking: Bool, hasTemperature: Bool) {
    if isNative { return body.add("top_p", number) }
    let isAllowed =
      model.takesSampling && (model.takesBothSamplers || !hasTemperature) && (!isThinking || number.value >= 0.95)
    if isAllowed { body.add("top_p", number) } else { dropped.note(.topP) }
  }

  // MARK: Tools and formats

  /// Writes the answer's form where it has a native one; else the tool that the model must answer with.
  private mutating func writeFormat(isThinking: Bool) -> SchemaFormat? {
    switch conversation.responseFormat {
    case nil, .text: return nil
    case .other:
      dropped.note(.responseFormat)
      return nil
    case .jsonSchema(let format):
      if model.hasStructuredOutput || isNative {
        let schema = isNative ? format.schema : AnthropicSchema.fitted(format.schema)
        output.add("format", .object([("type", .string("json_schema")), ("schema", schema)]))
        return nil
      }
      return forced(format, isThinking)
    case .jsonObject: return forced(SchemaFormat(.object([("type", .string("object"))])), isThinking)
    }
  }

  /// A forced call needs freedom to force: no thinking, and no choice of the caller's own.
  private mutating func forced(_ format: SchemaFormat, _ isThinking: Bool) -> SchemaFormat? {
    switch conversation.toolChoice {
    case nil, .auto, .never: if !isThinking { return format }
    default: break
    }
    dropped.note(.responseFormat)
    return nil
  }

  private mutating func writeTools(_ forced: SchemaFormat?) {
    var allowed: [String]?
    if case .allowed(let names, _) = conversation.toolChoice { allowed = names }
    var tools: [JSONValue] = []
    for tool in conversation.tools {
      if let allowed, let name = tool.function?.name, !allowed.contains(name) { continue }
      if let value = self.tool(tool) { tools.append(value) }
    }
    let hasOwn = !tools.isEmpty && conversation.toolChoice != .never
    if let forced {
      let name = freeName(forced)
      answerTool = name
      tools.append(
        .object([
          ("name", .string(name)),
          ("description", .string(forced.description ?? "Gives the final answer. Call it with the whole answer.")),
          ("input_schema", objectSchema(forced.schema)),
        ]))
      body.add("tools", .array(tools))
      let choice: [(key: String, value: JSONValue)] =
        hasOwn ? [("type", .string("any"))] : [("type", .string("tool")), ("name", .string(name))]
      body.add("tool_choice", .object(choice + (hasOwn ? parallelMember : [])))
      return
    }
    if tools.isEmpty {
      dropped.note(.toolChoice, where: conversation.toolChoice.flatMap { $0 == .auto || $0 == .never ? nil : $0 })
      return
    }
    body.add("tools", .array(tools))
    writeChoice()
  }

  private func freeName(_ format: SchemaFormat) -> String {
    let taken = Set(conversation.tools.compactMap(\.function?.name))
    let wanted = format.name ?? "answer"
    if !taken.contains(wanted) { return wanted }
    return (1...).lazy.map { "\(wanted)_\($0)" }.first { !taken.contains($0) } ?? wanted
  }

  private mutating func tool(_ tool: ToolDefinition) -> JSONValue? {
    guard let function = tool.function else {
      if case .native(.anthropic, let value) = tool.kind { return value }
      if case .native(_, let value) = tool.kind {
        dropped.note(.other("tools." + value.kindName))
      }
      return nil
    }
    var writer = ObjectWriter([("name", .string(function.name))])
    writer.add("description", function.description)
    writer.add("input_schema", isNative ? function.parameters : objectSchema(function.parameters))
    if let isStrict = function.isStrict {
      if isNative || model.hasStructuredOutput {
        if isNative || isStrict { writer.add("strict", isStrict) }
      } else if isStrict {
        dropped.note(.strictTools)
      }
    }
    writer.add("cache_control", tool.cache?.object)
    if isNative { writer.add(tool.extras) } else { dropped.note(tool.extras) }
    return writer.value
  }

  /// A schema whose type is given, as the interface requires.
  private func objectSchema(_ schema: JSONValue?) -> JSONValue {
    guard let members = schema?.objectValue else {
      return .object([("type", .string("object")), ("properties", .object([]))])
    }
    return schema?["type"] == nil ? .object([("type", .string("object"))] + members) : .object(members)
  }

  private var parallelMember: [(key: String, value: JSONValue)] {
    guard let allows = conversation.allowsParallelTools, isNative || !allows else { return [] }
    return [("disable_parallel_tool_use", .bool(!allows))]
  }

  private mutating func writeChoice() {
    let choice: [(key: String, value: JSONValue)]
    switch conversation.toolChoice {
    case nil:
      if parallelMember.isEmpty { return }
      choice = [("type", .string("auto"))]
    case .auto, .allowed(_, isRequired: false): choice = [("type", .string("auto"))]
    case .never: return body.add("tool_choice", .object([("type", .string("none"))] + (isNative ? parallelMember : [])))
    case .required, .allowed: choice = [("type", .string("any"))]
    case .tool(let name): choice = [("type", .string("tool")), ("name", .string(name))]
    case .native: return dropped.note(.toolChoice)
    }
    body.add("tool_choice", .object(choice + parallelMember))
  }

  // MARK: Labels

  private mutating func writeExtras() {
    guard isNative else { return dropped.note(conversation.extras) }
    for extra in conversation.extras {
      if extra.name == "output_config", let members = extra.value.objectValue {
        for (key, value) in members { output.add(key, value) }
      } else {
        body.add(extra.name, extra.value)
      }
    }
  }

  private mutating func writeLabels() {
    var metadata = ObjectWriter()
    metadata.add("user_id", conversation.user)
    if isNative, let members = conversation.metadata?.objectValue {
      for (key, value) in members { metadata.add(key, value) }
    } else {
      dropped.note(.metadata, where: conversation.metadata)
    }
    if !metadata.isEmpty { body.add("metadata", metadata.value) }
    body.add("cache_control", conversation.cache?.object)
    switch conversation.serviceTier {
    case nil: break
    case "auto", "priority", "fast": body.add("service_tier", "auto")
    case "default": body.add("service_tier", "standard_only")
    default: dropped.note(.serviceTier)
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

extension DroppedFields {
  /// The fields of another list, then these.
  func merged(behind other: DroppedFields) -> DroppedFields {
    var merged = other
    for field in fields { merged.note(field) }
    return merged
  }
}

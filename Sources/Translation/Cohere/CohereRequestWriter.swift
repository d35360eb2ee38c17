import Core
import JSON

/// Writes a conversation as a request of Cohere's chat.
struct CohereRequestWriter {
  private let conversation: Conversation
  private let target: ProviderTarget
  private var body = ObjectWriter()
  private var dropped = DroppedFields()
  private var answerTool: String?

  /// Members that Cohere has and no caller's format: an OpenAI caller may send them beside its own.
  private static let own: Set<String> = ["safety_mode", "citation_options", "documents", "priority"]
  /// Most stop texts that are taken.
  private static let stopLimit = 5

  /// The request for an endpoint.
  static func encode(_ conversation: Conversation, for target: ProviderTarget) -> EncodedRequest {
    var writer = CohereRequestWriter(conversation: conversation, target: target)
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
  }

  private mutating func writeAll() {
    body.add("model", target.model)
    var messages = CohereMessageWriter()
    body.add("messages", messages.write(conversation.messages))
    dropped = messages.dropped
    if conversation.isStream { body.add("stream", true) }
    body.add("max_tokens", conversation.maxTokens)
    writeStop()
    writeSampling()
    writeThinking()
    writeTools(writeFormat())
    if conversation.logprobs?.isWanted == true { body.add("logprobs", true) }
    writeExtras()
    noteUnknown()
  }

  private mutating func writeStop() {
    if conversation.stop.isEmpty { return }
    if conversation.stop.count > CohereRequestWriter.stopLimit { dropped.note(.stop) }
    let texts = conversation.stop.prefix(CohereRequestWriter.stopLimit)
    body.add("stop_sequences", .array(texts.map { .string($0) }))
  }

  // MARK: Sampling

  private mutating func writeSampling() {
    let sampling = conversation.sampling
    for (field, number) in sampling.numbers {
      switch field {
      case .temperature: body.add("temperature", number)
      case .topP: body.add("p", clamped(number, "0.01", "0.99"))
      case .topK: body.add("k", clamped(number, "0", "500"))
      case .seed: body.add("seed", number)
      case .frequencyPenalty: writePenalty("frequency_penalty", number, field)
      // Only one of the two may be given.
      case .presencePenalty where sampling.frequencyPenalty.map({ $0.value <= 0 }) ?? true:
        writePenalty("presence_penalty", number, field)
      default: dropped.note(field)
      }
    }
    dropped.note(.logitBias, where: sampling.logitBias)
  }

  /// The nearest number of Cohere's range, whose ends mean what the ends of OpenAI's do.
  private func clamped(_ number: JSONNumber, _ low: String, _ high: String) -> JSONNumber {
    let low = JSONNumber(text: low)
    let high = JSONNumber(text: high)
    return number.value < low.value ? low : number.value > high.value ? high : number
  }

  /// Penalties go from 0 to 1.
  private mutating func writePenalty(_ name: String, _ number: JSONNumber, _ field: RequestField) {
    if number.value == 0 { return }
    let fitted = clamped(number, "0", "1")
    if fitted != number { dropped.note(field) }
    if fitted.value > 0 { body.add(name, fitted) }
  }

  // MARK: Thinking

  private mutating func writeThinking() {
    dropped.note(.verbosity, where: conversation.verbosity)
    guard let settings = conversation.reasoning else { return }
    let canThink = target.model.contains("reasoning") || target.lists("reasoning")
    if settings.isOff {
      if canThink { body.add("thinking", .object([("type", .string("disabled"))])) }
      return
    }
    guard settings.isOn else { return }
    guard canThink else { return dropped.note(.reasoning) }
    var thinking = ObjectWriter([("type", .string("enabled"))])
    thinking.add("token_budget", settings.budget.map { max($0, 1) } ?? settings.effort.map(budget))
    body.add("thinking", thinking.value)
  }

  /// An effort's part of the answer's tokens. Models that think answer with 32,768 at most where nothing else is said
  /// (Cohere's page on Command A Reasoning, October 2026).
  private func budget(_ effort: String) -> Int64 {
    let limit = min(conversation.maxTokens ?? target.maxCompletionTokens ?? 32_768, 1_000_000)
    return max(Int64(Double(limit) * ReasoningSettings.share(of: effort)), 1)
  }

  // MARK: Tools and formats

  private var mayCall: Bool { conversation.toolChoice != .never && conversation.tools.contains { $0.function != nil } }

  /// Writes the answer's form where it has a native one; beside tools there is none, and a tool must stand for it.
  private mutating func writeFormat() -> SchemaFormat? {
    switch conversation.responseFormat {
    case nil, .text: return nil
    case .other:
      dropped.note(.responseFormat)
      return nil
    case .jsonObject:
      if mayCall { return forced(SchemaFormat(.object([("type", .string("object"))]))) }
      body.add("response_format", .object([("type", .string("json_object"))]))
    case .jsonSchema(let format):
      if mayCall { return forced(format) }
      body.add(
        "response_format", .object([("type", .string("json_object")), ("json_schema", format.schema)]))
    }
    return nil
  }

  private mutating func forced(_ format: SchemaFormat) -> SchemaFormat? {
    switch conversation.toolChoice {
    case nil, .auto: return format
    default:
      dropped.note(.responseFormat)
      return nil
    }
  }

  private mutating func writeTools(_ forced: SchemaFormat?) {
    var tools: [JSONValue] = []
    // A form of the answer excludes tools, also those that may not be called.
    if mayCall || conversation.responseFormat == nil || conversation.responseFormat == .text {
      for tool in conversation.tools where isChosen(tool) {
        if let value = self.tool(tool) { tools.append(value) }
      }
    }
    if let forced { tools.append(answer(forced)) }
    if tools.isEmpty {
      switch conversation.toolChoice {
      case nil, .auto, .never: return
      default: return dropped.note(.toolChoice)
      }
    }
    body.add("tools", .array(tools))
    if conversation.allowsParallelTools == false { dropped.note(.parallelTools) }
    writeStrict()
    if forced != nil { return body.add("tool_choice", "REQUIRED") }
    switch conversation.toolChoice {
    case nil, .auto, .allowed(_, isRequired: false): break
    case .never: body.add("tool_choice", "NONE")
    case .required, .tool, .allowed: body.add("tool_choice", "REQUIRED")
    case .native: dropped.note(.toolChoice)
    }
  }

  /// A named tool is the only one there is, and must be called.
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
    dropped.note(tool.extras)
    return CohereRequestWriter.tool(function.name, function.description, function.parameters)
  }

  private static func tool(_ name: String, _ description: String?, _ parameters: JSONValue?) -> JSONValue {
    var writer = ObjectWriter([("name", .string(name))])
    writer.add("description", description)
    writer.add("parameters", parameters ?? .object([("type", .string("object")), ("properties", .object([]))]))
    return .object([("type", .string("function")), ("function", writer.value)])
  }

  private mutating func answer(_ format: SchemaFormat) -> JSONValue {
    let taken = Set(conversation.tools.compactMap(\.function?.name))
    let wanted = format.name ?? "answer"
    let name =
      taken.contains(wanted) ? (1...).lazy.map { "\(wanted)_\($0)" }.first { !taken.contains($0) } ?? wanted : wanted
    answerTool = name
    return CohereRequestWriter.tool(
      name, format.description ?? "Gives the final answer. Call it with the whole answer.", format.schema)
  }

  /// Strictness is for all tools or none, and needs an argument that must be given.
  private mutating func writeStrict() {
    let functions = conversation.tools.compactMap(\.function)
    guard functions.contains(where: { $0.isStrict == true }) else { return }
    let isFit = functions.allSatisfy { function in
      function.isStrict == true && function.parameters?["required"]?.arrayValue?.isEmpty == false
    }
    if isFit { body.add("strict_tools", true) } else { dropped.note(.strictTools) }
  }

  // MARK: Labels

  private mutating func writeExtras() {
    for extra in conversation.extras {
      if CohereRequestWriter.own.contains(extra.name) {
        body.add(extra.name, extra.value)
      } else {
        dropped.note([extra])
      }
    }
  }

  /// What the format has no word for.
  private mutating func noteUnknown() {
    if let count = conversation.choiceCount, count > 1 { dropped.note(.choiceCount) }
    dropped.note(.topLogprobs, where: conversation.logprobs?.alternatives)
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

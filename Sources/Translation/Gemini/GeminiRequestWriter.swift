import Core
import JSON

/// Writes a conversation as a generateContent request in Google's format.
struct GeminiRequestWriter {
  private let conversation: Conversation
  private let target: ProviderTarget
  private let model: GeminiModel
  private var body = ObjectWriter()
  private var config = ObjectWriter()
  private var dropped = DroppedFields()
  private var answerTool: String?

  /// The request for an endpoint. Its model and whether it is streamed stand in the path.
  static func encode(_ conversation: Conversation, for target: ProviderTarget) -> EncodedRequest {
    var writer = GeminiRequestWriter(conversation: conversation, target: target)
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
    model = GeminiModel(target.model)
  }

  private var isNative: Bool { conversation.format == .gemini }

  private mutating func writeAll() {
    var contents = GeminiContentWriter(format: conversation.format, model: model)
    let (system, turns) = contents.write(conversation.messages)
    body.add("systemInstruction", system)
    body.add("contents", turns)
    dropped = contents.dropped
    writeLimits()
    writeSampling()
    let forced = writeFormat()
    writeThinking()
    writeOutput()
    var tools = GeminiToolWriter(conversation, answerTool: forced)
    tools.write(to: &body)
    answerTool = tools.answerTool
    dropped = tools.dropped.merged(behind: dropped)
    writeLabels()
    writeExtras()
    noteUnknown()
  }

  // MARK: Sampling

  private mutating func writeLimits() {
    config.add("maxOutputTokens", conversation.maxTokens)
    config.add("candidateCount", conversation.choiceCount)
    // Google takes five.
    let stop = isNative ? conversation.stop : Array(conversation.stop.prefix(5))
    if stop.count < conversation.stop.count { dropped.note(.stop) }
    if !stop.isEmpty { config.add("stopSequences", .array(stop.map { .string($0) })) }
    guard let logprobs = conversation.logprobs else { return }
    config.add("responseLogprobs", logprobs.isWanted)
    config.add("logprobs", logprobs.alternatives)
  }

  private mutating func writeSampling() {
    for (field, number) in conversation.sampling.numbers {
      switch field {
      case .temperature: config.add("temperature", number)
      case .topP: config.add("topP", number)
      case .topK: config.add("topK", number)
      case .frequencyPenalty: config.add("frequencyPenalty", number)
      case .presencePenalty: config.add("presencePenalty", number)
      case .seed where isNative || Int32(number.text) != nil: config.add("seed", number)
      default: dropped.note(field)
      }
    }
    dropped.note(.logitBias, where: conversation.sampling.logitBias)
  }

  // MARK: The form of the answer

  /// Writes the answer's form. Older models take none beside functions: there a tool that must be called stands for it,
  /// which is returned.
  private mutating func writeFormat() -> SchemaFormat? {
    let format: SchemaFormat?
    switch conversation.responseFormat {
    case nil, .text: return nil
    case .other(let value):
      guard isNative, let members = value.objectValue else {
        dropped.note(.responseFormat)
        return nil
      }
      for (name, value) in members { config.add(name, value) }
      return nil
    case .jsonObject: format = nil
    case .jsonSchema(let schema): format = schema
    }
    if !isNative, !model.combinesFormatAndFunctions, !conversation.tools.isEmpty {
      switch conversation.toolChoice {
      case .never: break
      case nil, .auto: return format ?? SchemaFormat(.object([("type", .string("object"))]))
      default:
        dropped.note(.responseFormat)
        return nil
      }
    }
    config.add("responseMimeType", "application/json")
    config.add("responseJsonSchema", format?.schema)
    return nil
  }

  private mutating func writeOutput() {
    if isNative || conversation.modalities.contains(where: { $0 != "text" }) {
      let modalities = conversation.modalities.map { JSONValue.string($0.uppercased()) }
      if !modalities.isEmpty { config.add("responseModalities", .array(modalities)) }
    }
    guard let audio = conversation.audioOutput else { return }
    // The voice is all that Google's format knows; sound comes as samples.
    if audio["format"]?.stringValue.map({ $0 != "pcm16" }) ?? false { dropped.note(.audioOutput) }
    guard let voice = audio["voice"]?.stringValue else { return dropped.note(.audioOutput) }
    config.add(
      "speechConfig",
      .object([
        ("voiceConfig", .object([("prebuiltVoiceConfig", .object([("voiceName", .string(voice))]))]))
      ]))
  }

  // MARK: Thinking

  private mutating func writeThinking() {
    guard let settings = conversation.reasoning else { return }
    var writer = GeminiThinkingWriter(model: model, isNative: isNative)
    let limit = conversation.maxTokens ?? target.maxCompletionTokens ?? 65_536
    config.add("thinkingConfig", writer.config(settings, limit: limit))
    if writer.isIncomplete { dropped.note(.reasoning) }
  }

  // MARK: Labels

  private mutating func writeLabels() {
    if let tier = conversation.serviceTier, tier != "auto" {
      if let word = GeminiServiceTier.word(tier) ?? (isNative ? tier : nil) {
        body.add("serviceTier", word)
      } else {
        dropped.note(.serviceTier)
      }
    }
    if isNative {
      body.add("labels", conversation.metadata)
    } else {
      dropped.note(.metadata, where: conversation.metadata)
    }
  }

  /// Members without a field belong to the format they came from; some of them stand in `generationConfig`.
  private mutating func writeExtras() {
    if isNative {
      for extra in conversation.extras {
        if let name = extra.name(within: "generationConfig") {
          config.add(name, extra.value)
        } else if extra.name(within: "toolConfig") == nil {
          body.add(extra.name, extra.value)
        }
      }
    } else {
      dropped.note(conversation.extras)
    }
    if !config.isEmpty { body.add("generationConfig", config.value) }
  }

  /// What the format has no word for.
  private mutating func noteUnknown() {
    dropped.note(.verbosity, where: conversation.verbosity)
    dropped.note(.user, where: conversation.user)
    dropped.note(.prediction, where: conversation.prediction)
    dropped.note(.cache, where: conversation.cache)
    dropped.note(.cacheKey, where: conversation.cacheKey)
  }
}

extension Member {
  /// The name of a member that stood within another one: `x` for `generationConfig.x`.
  func name(within parent: String) -> String? {
    name.hasPrefix(parent + ".") ? String(name.dropFirst(parent.count + 1)) : nil
  }
}

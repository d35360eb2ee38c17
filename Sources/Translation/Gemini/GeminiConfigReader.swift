import Core
import JSON

/// Reads `generationConfig` in Google's format.
enum GeminiConfigReader {
  /// Reads the object; what has no field is kept as `generationConfig.NAME`.
  static func read(_ config: GeminiObject, into conversation: inout Conversation) throws(GatewayError) {
    for member in config.members() {
      let field = config.path(member.name)
      if try readSampling(member.name, member.value, field, &conversation.sampling) { continue }
      if try readOutput(member.name, member.value, field, &conversation) { continue }
      switch member.name {
      case "responseMimeType", "responseSchema", "responseJsonSchema": break
      case "thinkingConfig": if let thinking = try config.object(member.name) { try read(thinking, &conversation) }
      case "speechConfig":
        if let voice = voice(member.value) {
          conversation.audioOutput = .object([("voice", .string(voice))])
        } else {
          conversation.extras.append(Member(field, member.value))
        }
      default: conversation.extras.append(Member(field, member.value))
      }
    }
    conversation.responseFormat = try format(config)
  }

  private static func readSampling(
    _ name: String, _ value: JSONValue, _ field: String, _ sampling: inout SamplingParameters
  ) throws(GatewayError) -> Bool {
    switch name {
    case "temperature": sampling.temperature = try value.number(field)
    case "topP": sampling.topP = try value.number(field)
    case "topK": sampling.topK = try value.number(field)
    case "seed": sampling.seed = try value.number(field)
    case "presencePenalty": sampling.presencePenalty = try value.number(field)
    case "frequencyPenalty": sampling.frequencyPenalty = try value.number(field)
    default: return false
    }
    return true
  }

  private static func readOutput(
    _ name: String, _ value: JSONValue, _ field: String, _ conversation: inout Conversation
  ) throws(GatewayError) -> Bool {
    switch name {
    case "maxOutputTokens": conversation.maxTokens = try value.integer(field)
    case "candidateCount": conversation.choiceCount = try value.integer(field)
    case "stopSequences": conversation.stop = try value.texts(field)
    case "responseLogprobs":
      let alternatives = conversation.logprobs?.alternatives
      conversation.logprobs = LogprobSettings(isWanted: try value.flag(field), alternatives: alternatives)
    case "logprobs":
      let isWanted = conversation.logprobs?.isWanted
      conversation.logprobs = LogprobSettings(isWanted: isWanted, alternatives: try value.integer(field))
    case "responseModalities": conversation.modalities = try value.texts(field).map { $0.lowercased() }
    default: return false
    }
    return true
  }

  /// A voice that Google has ready; other settings of speech have no other form.
  private static func voice(_ speech: JSONValue) -> String? {
    guard speech.objectValue?.count == 1, let config = (speech["voiceConfig"] ?? speech["voice_config"]),
      let voice = config["prebuiltVoiceConfig"] ?? config["prebuilt_voice_config"]
    else { return nil }
    return (voice["voiceName"] ?? voice["voice_name"])?.stringValue
  }

  // MARK: The form of the answer

  private static func format(_ config: GeminiObject) throws(GatewayError) -> ResponseFormat? {
    var schema = config["responseJsonSchema"]
    if schema == nil { schema = config["responseSchema"].map(GeminiSchema.jsonSchema) }
    switch try config.text("responseMimeType") {
    case nil, "":
      guard let schema else { return nil }
      return .jsonSchema(SchemaFormat(schema))
    case "text/plain": return .text
    case "application/json": return schema.map { .jsonSchema(SchemaFormat($0)) } ?? .jsonObject
    default:
      let names: Set = ["responseMimeType", "responseSchema", "responseJsonSchema"]
      return .other(.object(config.members().filter { names.contains($0.name) }.map { ($0.name, $0.value) }))
    }
  }

  // MARK: Thinking

  private static func read(_ thinking: GeminiObject, _ conversation: inout Conversation) throws(GatewayError) {
    var settings = ReasoningSettings()
    settings.isExcluded = try thinking.flag("includeThoughts").map { !$0 }
    switch try thinking.integer("thinkingBudget") {
    case nil: break
    case 0: settings.isEnabled = false
    case -1: settings.isAdaptive = true
    case let budget?: settings.budget = budget
    }
    if let level = try thinking.text("thinkingLevel")?.lowercased(), level != "thinking_level_unspecified" {
      settings.effort = level
    }
    settings.extras = thinking.members(except: ["includeThoughts", "thinkingBudget", "thinkingLevel"])
    conversation.reasoning = settings
  }
}

import Core
import JSON
import Testing
import Translation

@Suite("What Claude models take, at Anthropic's own interface and on Bedrock")
struct ClaudeRulesTests {
  private func request(
    _ format: WireFormat, _ model: String, _ change: (inout Conversation) -> Void
  ) throws -> (thinking: String?, effort: String?, dropped: DroppedFields) {
    var conversation = Conversation(format, model: "m", messages: [Message(.user, [.text("hi")])])
    conversation.maxTokens = 10_000
    change(&conversation)
    func text(_ value: JSONValue?) -> String? { value.map { String(decoding: $0.serialized(), as: UTF8.self) } }
    let own = try AnthropicDialect().encode(conversation, for: ProviderTarget(model: model))
    let bedrock = try BedrockDialect().encode(conversation, for: ProviderTarget(model: "anthropic.\(model)-v1:0"))
    let body = try JSONValue.parse(own.body.bytes)
    let converse = try JSONValue.parse(bedrock.body.bytes)
    let thinking = text(body["thinking"])
    let effort = body["output_config"]?["effort"]?.stringValue
    #expect(text(converse["additionalModelRequestFields"]?["thinking"]) == thinking)
    #expect(converse["outputConfig"]?["effort"]?.stringValue == effort)
    #expect(bedrock.dropped == own.dropped)
    return (thinking, effort, own.dropped)
  }

  @Test(
    "Thoughts can be read where a caller asks for them, and are omitted where it excludes them",
    arguments: [
      ("claude-opus-4-6", nil, #"{"type":"adaptive"}"#),
      ("claude-opus-4-6", true, #"{"type":"adaptive","display":"omitted"}"#),
      ("claude-opus-4-7", nil, #"{"type":"adaptive","display":"summarized"}"#),
      ("claude-opus-4-7", true, #"{"type":"adaptive","display":"omitted"}"#),
      ("claude-sonnet-5", false, #"{"type":"adaptive","display":"summarized"}"#),
      ("claude-sonnet-4-5", true, #"{"type":"enabled","budget_tokens":8000}"#),
    ] as [(String, Bool?, String)])
  func display(_ row: (model: String, isExcluded: Bool?, thinking: String)) throws {
    let request = try request(.openAI, row.model) {
      $0.reasoning = ReasoningSettings()
      $0.reasoning?.effort = "high"
      $0.reasoning?.isExcluded = row.isExcluded
    }
    #expect(request.thinking == row.thinking && request.dropped.isEmpty)
  }

  @Test("A caller of Anthropic's format reads what Anthropic shows it; a budget means readable thoughts")
  func ownDisplay() throws {
    let adaptive = try request(.anthropic, "claude-opus-4-8") {
      $0.reasoning = ReasoningSettings()
      $0.reasoning?.isAdaptive = true
    }
    #expect(adaptive.thinking == #"{"type":"adaptive"}"#)
    let budget = try request(.anthropic, "claude-opus-4-8") {
      $0.reasoning = ReasoningSettings()
      $0.reasoning?.isEnabled = true
      $0.reasoning?.budget = 8000
    }
    #expect(budget.thinking == #"{"type":"adaptive","display":"summarized"}"# && budget.effort == "high")
  }

  @Test(
    "The effort goes to models that take one, in a word that they know",
    arguments: [
      ("claude-opus-4-5-20251101", "low", "low"), ("claude-opus-4-5-20251101", "max", "high"),
      ("claude-sonnet-4-5-20250929", "low", nil), ("claude-haiku-4-5-20251001", "low", nil),
      ("claude-opus-4-1-20250805", "low", nil), ("claude-sonnet-4-6", "medium", "medium"),
      ("claude-sonnet-4-6", "xhigh", "max"), ("claude-opus-4-8", "xhigh", "xhigh"), ("claude-haiku-5-5", "max", "max"),
    ] as [(String, String, String?)])
  func effort(_ row: (model: String, wanted: String, effort: String?)) throws {
    for format in [WireFormat.openAI, .anthropic] {
      let request = try request(format, row.model) { $0.verbosity = row.wanted }
      #expect(request.effort == row.effort && request.thinking == nil)
      #expect(request.dropped.fields == (row.effort == nil ? [.verbosity] : []))
    }
  }

  @Test("A budget is dropped and named where the last call has no signed thoughts before it")
  func bareCalls() throws {
    func asked(_ first: [Part], _ model: String = "claude-sonnet-4-5") throws -> (String?, [RequestField]) {
      let request = try request(.openAI, model) {
        $0.messages += [
          Message(.assistant, first + [Part(.toolCall(ToolCall(id: "c", name: "f", arguments: "{}")))]),
          Message(.user, [Part(.toolResult(ToolResult(callID: "c", parts: [.text("r")])))]),
        ]
        $0.tools = [ToolDefinition(.function(FunctionTool("f")))]
        $0.reasoning = ReasoningSettings()
        $0.reasoning?.budget = 2000
      }
      return (request.thinking, request.dropped.fields)
    }
    #expect(try asked([.text("So.")]) == (nil, [.reasoning]))
    let signed = Part(.reasoning(Reasoning(.text("t"), signature: "s", format: .anthropic)))
    let budget = #"{"type":"enabled","budget_tokens":2000}"#
    #expect(try asked([.text(""), signed, .text("So.")]) == (budget, []))
    #expect(try asked([.text("So.")], "claude-opus-4-7").0 == #"{"type":"adaptive","display":"summarized"}"#)
  }

  @Test(
    "Adaptive thinking is a budget for models that know no other, or is dropped and named",
    arguments: [
      ("claude-sonnet-4-5", nil, 10_000, #"{"type":"enabled","budget_tokens":8000}"#),
      ("claude-sonnet-4-5", "low", 10_000, #"{"type":"enabled","budget_tokens":2000}"#),
      ("claude-opus-4-5", "max", 10_000, #"{"type":"enabled","budget_tokens":9500}"#),
      ("claude-haiku-4-5", nil, 1000, nil), ("claude-3-5-sonnet-20241022", nil, 8000, nil),
      ("claude-opus-4-6", nil, 8000, #"{"type":"adaptive"}"#),
    ] as [(String, String?, Int64, String?)])
  func adaptive(_ row: (model: String, effort: String?, limit: Int64, thinking: String?)) throws {
    let request = try request(.anthropic, row.model) {
      $0.maxTokens = row.limit
      $0.reasoning = ReasoningSettings()
      $0.reasoning?.isAdaptive = true
      $0.reasoning?.effort = row.effort
    }
    #expect(request.thinking == row.thinking && request.effort == nil)
    #expect(request.dropped.fields == (row.thinking == nil ? [.reasoning] : []))
  }
}

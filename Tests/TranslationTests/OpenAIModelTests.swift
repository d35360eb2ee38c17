import Core
import JSON
import Testing

@testable import Translation

/// What is asked of OpenAI's models by callers of other formats, and what is made of their habits.
struct OpenAIModelTests {
  private static func chat(_ model: String, _ change: (inout Conversation) -> Void) -> (JSONValue, DroppedFields) {
    var conversation = Conversation(.anthropic, model: "x")
    conversation.messages = [Message(.user, [.text("hi")])]
    change(&conversation)
    let request = OpenAIChatWriter.encode(conversation, style: .provider(ProviderTarget(model: model)))
    return ((try? JSONValue.parse(request.body.bytes)) ?? .null, request.dropped)
  }

  private static func reasoning(_ effort: String?, isEnabled: Bool? = nil) -> ReasoningSettings {
    var settings = ReasoningSettings()
    settings.effort = effort
    settings.isEnabled = isEnabled
    return settings
  }

  @Test(
    "An effort goes to models that may reason, and is named for those that never do",
    arguments: [
      ("gpt-4o", nil), ("gpt-4.1-mini", nil), ("chatgpt-4o-latest", nil), ("gpt-5-chat-latest", nil),
      ("openai/gpt-3.5-turbo", nil), ("gpt-5.1", "high"), ("o3", "high"), ("some-model", "high"),
    ])
  func asksForEffort(_ row: (model: String, effort: String?)) {
    let (body, dropped) = Self.chat(row.model) { $0.reasoning = Self.reasoning("high") }
    #expect(body["reasoning_effort"]?.stringValue == row.effort)
    #expect(dropped.fields == (row.effort == nil ? [.reasoning] : []))
  }

  @Test(
    "Reasoning that is switched off is asked for as the least effort there is",
    arguments: [
      ("gpt-5.1", "none", false), ("gpt-5-mini", "minimal", false), ("o3", nil, true), ("gpt-4o", nil, false),
    ]
  )
  func switchesOff(_ row: (model: String, effort: String?, isNamed: Bool)) {
    let (body, dropped) = Self.chat(row.model) { $0.reasoning = Self.reasoning(nil, isEnabled: false) }
    #expect(body["reasoning_effort"]?.stringValue == row.effort)
    #expect(dropped.isEmpty != row.isNamed)
  }

  @Test("A temperature is named for models that take none while they reason")
  func namesTemperature() {
    let (hot, dropped) = Self.chat("gpt-5.1") { $0.sampling.temperature = JSONNumber(text: "0.5") }
    #expect(hot["temperature"] == nil && dropped.fields == [.temperature])
    let (cold, none) = Self.chat("gpt-5.1") {
      $0.sampling.temperature = JSONNumber(text: "0.5")
      $0.reasoning = Self.reasoning("none")
    }
    #expect(cold["temperature"]?.numberText == "0.5" && none.isEmpty)
  }

  @Test("The content of an answer is one string, whatever stands beside it")
  func writesOneString() throws {
    var answer = Answer([
      Answer.Choice(
        [
          Part(.native(.gemini, .object([("executableCode", .object([]))]))), .text("one"),
          Part(.native(.anthropic, .object([("type", .string("server_tool_use"))]))), .text(" two"),
        ], finish: FinishReason(.stop))
    ])
    answer.id = "a"
    let output = ByteBuffer()
    OpenAIAnswerWriter.write(answer, created: 1, to: output)
    let message = try JSONValue.parse(output.bytes)["choices"]?[0]?["message"]
    #expect(message?["content"]?.stringValue == "one two")
  }

  @Test("An answer that calls tools and ends with stop has ended for its calls")
  func endsForCalls() throws {
    let call = #"{"index":0,"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}"#
    let whole =
      #"{"choices":[{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[\#(call)]},"finish_reason":"stop"}]}"#
    let answer = try Array(whole.utf8).withUnsafeBytes { try OpenAIAnswerReader.answer($0) }
    #expect(answer.choices[0].finish == FinishReason(.toolCalls, native: "stop"))
    var decoder = OpenAIChunkDecoder()
    var reasons: [FinishReason] = []
    for chunk in [
      #"{"choices":[{"index":0,"delta":{"tool_calls":[\#(call)]}}]}"#,
      #"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#,
    ] {
      try Array(chunk.utf8).withUnsafeBytes {
        try decoder.take($0) { if case .finish(let reason) = $0.happening { reasons.append(reason) } }
      }
    }
    #expect(reasons == [FinishReason(.toolCalls, native: "stop")])
  }
}

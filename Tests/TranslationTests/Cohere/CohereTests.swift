import Core
import JSON
import Ledger
import Testing
import Translation

@Suite("Cohere's chat and the neutral model")
struct CohereTests {
  private let dialect = CohereDialect()
  private let context = AnswerContext(id: "gen-1", created: 1)
  private let model = "command-a-03-2025"

  private func asked(_ change: (inout Conversation) -> Void) -> Conversation {
    var conversation = Conversation(.openAI, model: "m", messages: [Message(.user, [.text("hi")])])
    change(&conversation)
    return conversation
  }

  private func body(_ conversation: Conversation, _ model: String? = nil) throws -> (JSONValue, EncodedRequest) {
    let encoded = try dialect.encode(conversation, for: ProviderTarget(model: model ?? self.model))
    return (try JSONValue.parse(encoded.body.bytes), encoded)
  }

  private func text(_ value: JSONValue?) -> String? { value.map { String(decoding: $0.serialized(), as: UTF8.self) } }

  private func answer(_ text: String, _ context: AnswerContext) throws -> Answer {
    try Array(text.utf8).withUnsafeBytes { try dialect.answer($0, context) }
  }

  private func log(_ events: [String], _ context: AnswerContext) throws -> EventLog {
    var log = EventLog()
    let decoder = dialect.streamDecoder(context, eventBytes: 1 << 20)
    let bytes = Array(events.map { "data: \($0)\n\n" }.joined().utf8)
    try bytes.withUnsafeBytes { try decoder.feed($0) { log.note($0) } }
    return log
  }

  private static func tool(_ name: String, strict: Bool? = nil, required: Bool = true) -> ToolDefinition {
    let schema = JSONValue.object([
      ("type", .string("object")), ("required", .array(required ? [.string("a")] : [])),
    ])
    return ToolDefinition(.function(FunctionTool(name, parameters: schema, isStrict: strict)))
  }

  @Test("Chats and embeddings have a path, and a key is a bearer's")
  func address() {
    #expect(dialect.path(.chat, model: "m", isStream: true) == "/chat")
    #expect(dialect.path(.embedding, model: "m", isStream: false) == "/embed")
    #expect(dialect.path(.completion, model: "m", isStream: false) == nil)
    #expect(dialect.authorization(Secret("key")) == HeaderField("authorization", "Bearer key"))
  }

  // MARK: Requests

  @Test(
    "A choice of tools takes Cohere's words; a named tool is the only one",
    arguments: [
      (nil, nil, 2), (.auto, nil, 2), (.never, "NONE", 2), (.required, "REQUIRED", 2), (.tool("f"), "REQUIRED", 1),
      (.allowed(["g"], isRequired: false), nil, 1),
    ] as [(ToolChoice?, String?, Int)])
  func choices(_ row: (choice: ToolChoice?, word: String?, count: Int)) throws {
    let (body, encoded) = try body(
      asked {
        $0.tools = [CohereTests.tool("f"), CohereTests.tool("g")]
        $0.toolChoice = row.choice
      })
    #expect(body["tool_choice"]?.stringValue == row.word && body["tools"]?.arrayValue?.count == row.count)
    #expect(encoded.dropped.isEmpty)
  }

  @Test("Strict tools are strict together or not at all")
  func strictTools() throws {
    let strict = asked { $0.tools = [CohereTests.tool("f", strict: true), CohereTests.tool("g", strict: true)] }
    #expect(try body(strict).0["strict_tools"]?.boolValue == true)
    for other in [CohereTests.tool("g"), CohereTests.tool("g", strict: true, required: false)] {
      let (body, encoded) = try body(asked { $0.tools = [CohereTests.tool("f", strict: true), other] })
      #expect(body["strict_tools"] == nil && encoded.dropped.fields == [.strictTools])
    }
  }

  @Test("A form of the answer beside tools is a tool that must be called, and text again in the answer")
  func answerTool() throws {
    let conversation = asked {
      $0.tools = [CohereTests.tool("answer")]
      $0.responseFormat = .jsonObject
    }
    let (body, encoded) = try body(conversation)
    #expect(encoded.answerTool == "answer_1" && body["tool_choice"]?.stringValue == "REQUIRED")
    #expect(body["response_format"] == nil && body["tools"]?.arrayValue?.count == 2)
    let context = AnswerContext(id: "g", created: 1, answerTool: "answer_1")
    let whole = try answer(
      #"{"message":{"tool_calls":[{"id":"c","function":{"name":"answer_1","arguments":"{\"a\":1}"}}]},"finish_reason":"TOOL_CALL"}"#,
      context)
    #expect(whole.choices[0].parts == [.text(#"{"a":1}"#)] && whole.choices[0].finish?.kind == .stop)
    let log = try log(
      [
        #"{"type":"tool-call-start","index":0,"delta":{"message":{"tool_calls":{"id":"c","function":{"name":"answer_1","arguments":""}}}}}"#,
        #"{"type":"tool-call-delta","index":0,"delta":{"message":{"tool_calls":{"function":{"arguments":"{}"}}}}}"#,
        #"{"type":"message-end","delta":{"finish_reason":"TOOL_CALL"}}"#,
      ], context)
    #expect(log.merged.first == "0 text|{}" && !log.merged.contains { $0.contains("call ") })
  }

  @Test("A form of the answer takes the place of tools that may not be called")
  func formatWithoutTools() throws {
    let (body, encoded) = try body(
      asked {
        $0.tools = [CohereTests.tool("f")]
        $0.toolChoice = .never
        $0.responseFormat = .jsonObject
      })
    #expect(body["tools"] == nil && text(body["response_format"]) == #"{"type":"json_object"}"#)
    #expect(encoded.dropped.isEmpty && encoded.answerTool == nil)
  }

  @Test(
    "Thinking is asked of models that can",
    arguments: [
      ("command-a-reasoning-08-2025", "high", #"{"type":"enabled","token_budget":8000}"#, []),
      ("command-a-reasoning-08-2025", "none", #"{"type":"disabled"}"#, []),
      ("command-a-03-2025", "high", nil, [.reasoning]), ("command-a-03-2025", "none", nil, []),
    ] as [(String, String, String?, [RequestField])])
  func thinks(_ row: (model: String, effort: String, thinking: String?, dropped: [RequestField])) throws {
    let (body, encoded) = try body(
      asked {
        $0.maxTokens = 10_000
        $0.reasoning = ReasoningSettings()
        $0.reasoning?.effort = row.effort
      }, row.model)
    #expect(text(body["thinking"]) == row.thinking && encoded.dropped.fields == row.dropped)
  }

  @Test("Samplers are fitted into Cohere's ranges, and of two penalties one is kept")
  func samples() throws {
    let (body, encoded) = try body(
      asked {
        $0.sampling.topP = JSONNumber(1)
        $0.sampling.topK = JSONNumber(1000)
        $0.sampling.frequencyPenalty = JSONNumber(text: "1.5")
        $0.sampling.presencePenalty = JSONNumber(text: "0.5")
        $0.stop = ["1", "2", "3", "4", "5", "6"]
      })
    #expect(body["p"]?.numberText == "0.99" && body["k"]?.numberText == "500")
    #expect(body["frequency_penalty"]?.numberText == "1" && body["presence_penalty"] == nil)
    #expect(body["stop_sequences"]?.arrayValue?.count == 5)
    #expect(encoded.dropped.fields == [.stop, .frequencyPenalty, .presencePenalty])
    let (other, _) = try self.body(asked { $0.sampling.presencePenalty = JSONNumber(text: "0.5") })
    #expect(other["presence_penalty"]?.numberText == "0.5")
  }

  @Test("Members of Cohere that a caller sends beside its own are kept")
  func extras() throws {
    let (body, encoded) = try body(
      asked { $0.extras = [Member("safety_mode", .string("STRICT")), Member("other", .integer(1))] })
    #expect(body["safety_mode"]?.stringValue == "STRICT" && encoded.dropped.header(\.openAIName) == "other")
  }

  @Test("Thoughts that anyone may have had come again, and what is said beside calls is their plan")
  func history() throws {
    let (body, encoded) = try body(
      asked {
        $0.messages.append(
          Message(
            .assistant,
            [
              Part(.reasoning(Reasoning(.text("hm")))), Part(.reasoning(Reasoning(.encrypted("x")))), .text("I look."),
              Part(.toolCall(ToolCall(id: "c", name: "f", arguments: "[1]"))),
            ]))
      })
    #expect(
      text(body["messages"]?[1])
        == #"{"role":"assistant","content":[{"type":"thinking","thinking":"hm"}],"tool_plan":"I look.","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{\"arguments\":[1]}"}}]}"#
    )
    #expect(encoded.dropped.fields == [.reasoningHistory])
  }

  @Test("Pictures of results stand behind the last of them")
  func results() throws {
    let picture = Part(.image(ImageContent(.data(type: "image/png", base64: "QQ=="))))
    let results = ["c", "d"].map { id in
      Message(.user, [Part(.toolResult(ToolResult(callID: id, parts: [.text(id), picture])))])
    }
    let (body, _) = try body(asked { $0.messages += results + [Message(.assistant, [.text("x")])] })
    let roles = body["messages"]?.arrayValue?.compactMap { $0["role"]?.stringValue }
    #expect(roles == ["user", "tool", "tool", "user", "assistant"])
    #expect(body["messages"]?[3]?["content"]?.arrayValue?.count == 4)
  }

  // MARK: Answers

  @Test(
    "What is billed is counted, else what was used; the cache's tokens are a part of the prompt's",
    arguments: [
      (
        #"{"billed_units":{"input_tokens":100.0,"output_tokens":9},"tokens":{"input_tokens":600,"output_tokens":12},"cached_tokens":40}"#,
        Usage(promptTokens: 100, completionTokens: 9, cachedTokens: 40)
      ),
      (
        #"{"tokens":{"input_tokens":600,"output_tokens":12},"cached_tokens":700}"#,
        Usage(promptTokens: 600, completionTokens: 12, cachedTokens: 600)
      ),
      (#"{"tokens":{"input_tokens":-1e99,"output_tokens":1e99}}"#, Usage(promptTokens: 0, completionTokens: 1).most),
    ])
  func usage(_ row: (usage: String, counts: Usage)) throws {
    let whole = try answer(#"{"message":{},"finish_reason":"COMPLETE","usage":\#(row.usage)}"#, context)
    #expect(whole.usage?.counts == row.counts)
  }

  @Test(
    "Finish reasons are normalised and kept",
    arguments: [
      ("COMPLETE", FinishReason.Kind.stop), ("STOP_SEQUENCE", .stop), ("MAX_TOKENS", .length),
      ("TOOL_CALL", .toolCalls), ("ERROR", .error), ("TIMEOUT", .error),
    ])
  func finishReasons(_ row: (word: String, kind: FinishReason.Kind)) throws {
    let whole = try answer(#"{"message":{},"finish_reason":"\#(row.word)"}"#, context)
    #expect(whole.choices[0].finish == FinishReason(row.kind, native: row.word))
  }

  @Test("A citation's place is counted from where its text begins, and each page is one")
  func citations() throws {
    let citation =
      #"{"start":1,"end":3,"text":"bc","content_index":1,"sources":[{"type":"document","document":{"url":"u","title":"t","snippet":"q"}},{"type":"document","document":{"url":"v"}}]}"#
    let whole = try answer(
      #"{"message":{"content":[{"type":"text","text":"é12"},{"type":"text","text":"abc"}],"citations":[\#(citation)]}}"#,
      context)
    guard case .text(let text) = whole.choices[0].parts[0].content else {
      Issue.record("no text")
      return
    }
    #expect(
      text.citations == [
        Citation(url: "u", title: "t", quote: "q", range: 4..<6), Citation(url: "v", range: 4..<6),
      ])
  }

  @Test("An answer that failed in its course ends with a failure")
  func failure() throws {
    var kinds: [ErrorKind] = []
    let decoder = dialect.streamDecoder(context, eventBytes: 1 << 20)
    let event =
      #"data: {"type":"message-end","delta":{"finish_reason":"ERROR","error":"too many tokens: 5 over"}}"# + "\n\n"
    try Array(event.utf8).withUnsafeBytes {
      try decoder.feed($0) { if case .failure(let error) = $0.happening { kinds.append(error.kind) } }
    }
    #expect(kinds == [.contextLengthExceeded])
  }

  @Test(
    "Failing answers have the kind that goes with the status and the words",
    arguments: [
      (400, #"{"message":"too many tokens: size limit exceeded by 11326 tokens."}"#, ErrorKind.contextLengthExceeded),
      (400, #"{"message":"too many tokens: max tokens must be less than or equal to 4096"}"#, .providerRejected),
      (401, #"{"message":"invalid api token"}"#, .providerFailed), (429, "{}", .rateLimited),
      (498, #"{"message":"blocked"}"#, .moderated), (503, "", .providerOverloaded), (504, "{}", .timedOut),
    ])
  func errors(_ row: (status: Int, body: String, kind: ErrorKind)) {
    let error = Array(row.body.utf8).withUnsafeBytes {
      dialect.error(status: row.status, body: $0, retryAfterSeconds: nil, provider: "P", secrets: [])
    }
    #expect(error.kind == row.kind, "\(error.message)")
  }
}

extension Usage {
  /// The same with as many tokens of the answer as are believed.
  fileprivate var most: Usage {
    var usage = self
    usage.completionTokens = Usage.plausibleTokens
    return usage
  }
}

import Core
import JSON
import Ledger
import Testing
import Translation

@Suite("Ollama's chat and the neutral model")
struct OllamaTests {
  private let dialect = OllamaDialect()
  private let context = AnswerContext(id: "gen-1", created: 1)

  private func asked(_ change: (inout Conversation) -> Void) -> Conversation {
    var conversation = Conversation(.openAI, model: "m", messages: [Message(.user, [.text("hi")])])
    change(&conversation)
    return conversation
  }

  private func body(_ conversation: Conversation, _ model: String = "qwen3:8b") throws -> (JSONValue, EncodedRequest) {
    let encoded = try dialect.encode(conversation, for: ProviderTarget(model: model))
    return (try JSONValue.parse(encoded.body.bytes), encoded)
  }

  private func text(_ value: JSONValue?) -> String? { value.map { String(decoding: $0.serialized(), as: UTF8.self) } }

  private func answer(_ text: String) throws -> Answer {
    try Array(text.utf8).withUnsafeBytes { try dialect.answer($0, context) }
  }

  @Test("Chats and embeddings have a path; pictures must be fetched")
  func address() {
    #expect(dialect.path(.chat, model: "m", isStream: true) == "/chat")
    #expect(dialect.path(.embedding, model: "m", isStream: false) == "/embed")
    #expect(dialect.path(.completion, model: "m", isStream: false) == nil)
    #expect(dialect.needsBytes(of: .image, at: "https://a/b.png"))
    #expect(!dialect.needsBytes(of: .file, at: "https://a/b.pdf"))
  }

  // MARK: Requests

  @Test("Whether an answer is streamed is always said", arguments: [true, false])
  func stream(_ isStream: Bool) throws {
    #expect(try body(asked { $0.isStream = isStream }).0["stream"]?.boolValue == isStream)
  }

  @Test(
    "Thinking is on or off, and of a degree for gpt-oss",
    arguments: [
      ("qwen3:8b", "high", "true", []), ("qwen3:8b", "none", "false", []),
      ("gpt-oss:20b", "minimal", #""low""#, []), ("gpt-oss:20b", "medium", #""medium""#, []),
      ("gpt-oss:20b", "xhigh", #""high""#, []), ("gpt-oss:20b", "none", nil, [.reasoning]),
    ] as [(String, String, String?, [RequestField])])
  func thinks(_ row: (model: String, effort: String, think: String?, dropped: [RequestField])) throws {
    let (body, encoded) = try body(
      asked {
        $0.reasoning = ReasoningSettings()
        $0.reasoning?.effort = row.effort
      }, row.model)
    #expect(text(body["think"]) == row.think && encoded.dropped.fields == row.dropped)
  }

  @Test("Options are gathered, and a caller may add Ollama's own")
  func options() throws {
    let (body, encoded) = try body(
      asked {
        $0.maxTokens = 10
        $0.sampling.topK = JSONNumber(40)
        $0.sampling.minP = JSONNumber(text: "0.05")
        $0.sampling.repetitionPenalty = JSONNumber(text: "1.1")
        $0.sampling.topA = JSONNumber(1)
        $0.stop = ["x"]
        $0.extras = [
          Member("keep_alive", .string("10m")), Member("num_ctx", .integer(8192)),
          Member("options", .object([("top_k", .integer(1)), ("mirostat", .integer(2))])), Member("other", .integer(1)),
        ]
      })
    #expect(
      text(body["options"])
        == #"{"num_predict":10,"top_k":40,"min_p":0.05,"repeat_penalty":1.1,"stop":["x"],"num_ctx":8192,"mirostat":2}"#)
    #expect(body["keep_alive"]?.stringValue == "10m")
    #expect(encoded.dropped.header(\.openAIName) == "top_a, other")
  }

  @Test("A form of the answer is its schema, or any JSON")
  func formats() throws {
    #expect(try text(body(asked { $0.responseFormat = .jsonObject }).0["format"]) == #""json""#)
    let schema = JSONValue.object([("type", .string("object"))])
    let (body, _) = try body(asked { $0.responseFormat = .jsonSchema(SchemaFormat(schema, name: "n")) })
    #expect(text(body["format"]) == #"{"type":"object"}"#)
  }

  @Test(
    "A choice of tools takes some away, and what cannot be forced is named",
    arguments: [
      (nil, 2, []), (.never, nil, []), (.required, 2, [.toolChoice]), (.tool("f"), 1, [.toolChoice]),
      (.allowed(["g"], isRequired: false), 1, []),
    ] as [(ToolChoice?, Int?, [RequestField])])
  func choices(_ row: (choice: ToolChoice?, count: Int?, dropped: [RequestField])) throws {
    let (body, encoded) = try body(
      asked {
        $0.tools = ["f", "g"].map { ToolDefinition(.function(FunctionTool($0))) }
        $0.toolChoice = row.choice
      })
    #expect(body["tools"]?.arrayValue?.count == row.count && encoded.dropped.fields == row.dropped)
  }

  @Test("A result names its tool, which the call before it tells")
  func results() throws {
    let picture = Part(.image(ImageContent(.data(type: "image/png", base64: "QQ=="))))
    let (body, encoded) = try body(
      asked {
        $0.messages += [
          Message(
            .assistant,
            [
              Part(.reasoning(Reasoning(.text("hm")))),
              Part(.toolCall(ToolCall(id: "c", name: "f", arguments: #"{"a":1}"#))),
            ]),
          Message(.user, [Part(.toolResult(ToolResult(callID: "c", parts: [.text("r"), picture], isError: true)))]),
        ]
      })
    #expect(
      text(body["messages"]?[1])
        == #"{"role":"assistant","content":"","thinking":"hm","tool_calls":[{"id":"c","function":{"name":"f","arguments":{"a":1}}}]}"#
    )
    #expect(
      text(body["messages"]?[2])
        == #"{"role":"tool","content":"The tool failed.\nr","tool_name":"f","tool_call_id":"c"}"#)
    #expect(text(body["messages"]?[3]?["images"]) == #"["QQ=="]"# && encoded.dropped.isEmpty)
  }

  @Test("Pieces of a model's text are joined as they are, and a user's stand on lines of their own")
  func texts() throws {
    let (body, _) = try body(
      asked {
        $0.messages = [
          Message(.user, [.text("a"), .text("b")]), Message(.assistant, [.text("Hel"), .text("lo"), .text(" you")]),
        ]
      })
    #expect(body["messages"]?[0]?["content"]?.stringValue == "a\nb")
    #expect(body["messages"]?[1]?["content"]?.stringValue == "Hello you")
  }

  // MARK: Answers

  @Test("Probabilities have all members of OpenAI's, whatever the server leaves out")
  func logprobs() throws {
    let answer = try answer(
      #"{"message":{"role":"assistant","content":"hi"},"done":true,"done_reason":"stop","logprobs":[{"token":"hi","logprob":-0.1,"top_logprobs":[{"token":"ho","logprob":-2,"bytes":[104,111]}]},{"token":"!","logprob":0}]}"#
    )
    let content = answer.choices.first?.logprobs?["content"]
    #expect(content?[0]?["bytes"] == .null && content?[0]?["top_logprobs"]?[0]?["bytes"]?.arrayValue?.count == 2)
    #expect(content?[1]?["bytes"] == .null && content?[1]?["top_logprobs"] == .array([]))
  }

  @Test("Counts of a prompt and an answer, and none where none are said")
  func usage() throws {
    let whole = try answer(#"{"message":{"content":"a"},"done":true,"prompt_eval_count":20,"eval_count":9}"#)
    #expect(whole.usage?.counts == Usage(promptTokens: 20, completionTokens: 9))
    #expect(try answer(#"{"message":{"content":"a"},"done":true}"#).usage == nil)
  }

  @Test("An answer that calls tools ends for them, and calls without ids have ids of ours")
  func calls() throws {
    let whole = try answer(
      #"{"message":{"tool_calls":[{"function":{"name":"f","arguments":{"a":1.0}}},{"id":"","function":{"name":"g","arguments":"{}"}}]},"done":true,"done_reason":"stop"}"#
    )
    #expect(
      whole.choices[0].parts.compactMap(\.toolCall) == [
        ToolCall(id: "call_gen1_0", name: "f", arguments: #"{"a":1.0}"#),
        ToolCall(id: "call_gen1_1", name: "g", arguments: "{}"),
      ])
    #expect(whole.choices[0].finish == FinishReason(.toolCalls, native: "stop"))
  }

  @Test("Blank lines and carriage returns mean nothing, and nothing is read behind the last line")
  func lines() throws {
    var log = EventLog()
    let decoder = dialect.streamDecoder(context, eventBytes: 1 << 20)
    let stream =
      "\r\n{\"model\":\"m\",\"message\":{\"content\":\"a\"},\"done\":false}\r\n \n"
      + "{\"message\":{\"content\":\"\"},\"done\":true,\"done_reason\":\"length\"}\nrubbish\n"
    try Array(stream.utf8).withUnsafeBytes { try decoder.feed($0) { log.note($0) } }
    #expect(log.merged.contains("0 text|a") && log.merged.contains { $0.contains("length") })
    #expect(!decoder.hasPartialEvent)
  }

  @Test("A line that is too long or no JSON fails", arguments: [String(repeating: "x", count: 70), "{\"a\":}"])
  func badLines(_ line: String) {
    let decoder = dialect.streamDecoder(context, eventBytes: 64)
    let error = #expect(throws: GatewayError.self) {
      try Array((line + "\n").utf8).withUnsafeBytes { try decoder.feed($0) { _ in } }
    }
    #expect(error?.kind == .providerFailed)
  }

  @Test("An error in the course of an answer ends it")
  func failure() throws {
    var messages: [String] = []
    let decoder = dialect.streamDecoder(context, eventBytes: 1 << 20)
    let stream = "{\"error\":\"the input length exceeds the context length\"}\n{\"message\":{\"content\":\"a\"}}\n"
    try Array(stream.utf8).withUnsafeBytes {
      try decoder.feed($0) {
        if case .failure(let error) = $0.happening { messages.append("\(error.kind)") } else { messages.append("more") }
      }
    }
    #expect(messages == ["contextLengthExceeded"])
    #expect(throws: GatewayError.self) { try answer(#"{"error":"no"}"#) }
  }

  @Test(
    "Failing answers have the kind that goes with the status and the words",
    arguments: [
      (404, #"{"error":"model 'x' not found"}"#, ErrorKind.providerFailed),
      (400, #"{"error":"\"x\" does not support thinking"}"#, .providerRejected),
      (503, #"{"error":"server busy, please try again"}"#, .providerOverloaded), (500, "", .providerFailed),
    ])
  func errors(_ row: (status: Int, body: String, kind: ErrorKind)) {
    let error = Array(row.body.utf8).withUnsafeBytes {
      dialect.error(status: row.status, body: $0, retryAfterSeconds: nil, provider: "P", secrets: [])
    }
    #expect(error.kind == row.kind, "\(error.message)")
  }
}

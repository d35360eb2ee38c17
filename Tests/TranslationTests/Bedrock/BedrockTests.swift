import Core
import HTTPWire
import JSON
import Ledger
import TestSupport
import Testing
import Translation

@Suite("Bedrock's Converse and the neutral model")
struct BedrockTests {
  private let dialect = BedrockDialect()
  private let context = AnswerContext(id: "gen-1", created: 1, model: "anthropic.claude-sonnet-4-5-v1:0")
  private let sonnet = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"

  private func asked(_ change: (inout Conversation) -> Void) -> Conversation {
    var conversation = Conversation(.openAI, model: "m", messages: [Message(.user, [.text("hi")])])
    change(&conversation)
    return conversation
  }

  private func body(
    _ conversation: Conversation, _ model: String, _ parameters: Set<String> = []
  ) throws -> (JSONValue, EncodedRequest) {
    let encoded = try dialect.encode(
      conversation, for: ProviderTarget(model: model, supportedParameters: parameters))
    return (try JSONValue.parse(encoded.body.bytes), encoded)
  }

  private func text(_ value: JSONValue?) -> String? { value.map { String(decoding: $0.serialized(), as: UTF8.self) } }

  private func answer(_ text: String, _ context: AnswerContext) throws -> Answer {
    try Array(text.utf8).withUnsafeBytes { try dialect.answer($0, context) }
  }

  private func log(_ lines: String, _ context: AnswerContext) throws -> EventLog {
    var log = EventLog()
    let decoder = dialect.streamDecoder(context, eventBytes: 1 << 20)
    try GoldenFrames.bytes(Array(lines.utf8)).withUnsafeBytes { try decoder.feed($0) { log.note($0) } }
    #expect(!decoder.hasPartialEvent)
    return log
  }

  private static let function = ToolDefinition(.function(FunctionTool("f")))

  private static let turnsWithCalls = [
    Message(.user, [.text("hi")]),
    Message(.assistant, [Part(.toolCall(ToolCall(id: "c", name: "f", arguments: "{}")))]),
    Message(.user, [Part(.toolResult(ToolResult(callID: "c", parts: [.text("r")], isError: true)))]),
  ]

  // MARK: Requests

  @Test("A model's name is one segment of the path")
  func paths() {
    #expect(
      dialect.path(.chat, model: "anthropic.claude-3-haiku-20240307-v1:0", isStream: false)
        == "/model/anthropic.claude-3-haiku-20240307-v1%3A0/converse")
    #expect(
      dialect.path(.chat, model: "arn:aws:bedrock:eu-west-1:1:inference-profile/x", isStream: true)
        == "/model/arn%3Aaws%3Abedrock%3Aeu-west-1%3A1%3Ainference-profile%2Fx/converse-stream")
    #expect(
      dialect.path(.embedding, model: "amazon.titan-embed-text-v2:0", isStream: false)
        == "/model/amazon.titan-embed-text-v2%3A0/invoke")
    #expect(dialect.path(.completion, model: "m", isStream: false) == nil)
  }

  @Test("An API key is a bearer's")
  func authorization() {
    #expect(dialect.authorization(Secret("key")) == HeaderField("authorization", "Bearer key"))
  }

  @Test("Only what lies in S3 goes as an address")
  func addresses() throws {
    #expect(
      dialect.needsBytes(of: .image, at: "https://a/b.png") && !dialect.needsBytes(of: .image, at: "s3://a/b.png"))
    let (body, encoded) = try body(
      asked { $0.messages[0].parts.append(Part(.image(ImageContent(.url("s3://bucket/b.jpg"))))) }, sonnet)
    #expect(encoded.dropped.isEmpty)
    #expect(
      text(body["messages"]?[0]?["content"]?[1])
        == #"{"image":{"format":"jpeg","source":{"s3Location":{"uri":"s3://bucket/b.jpg"}}}}"#)
  }

  @Test("No tool may be called: the tools stay away, unless earlier turns have called some")
  func noTools() throws {
    var conversation = asked {
      $0.tools = [BedrockTests.function]
      $0.toolChoice = .never
    }
    var (body, encoded) = try body(conversation, sonnet)
    #expect(body["toolConfig"] == nil && encoded.dropped.isEmpty)
    conversation.messages = BedrockTests.turnsWithCalls
    (body, encoded) = try self.body(conversation, sonnet)
    #expect(body["toolConfig"]?["tools"]?[0]?["toolSpec"]?["name"]?.stringValue == "f")
    #expect(text(body["additionalModelRequestFields"]?["tool_choice"]) == #"{"type":"none"}"#)
    (body, encoded) = try self.body(conversation, "amazon.nova-pro-v1:0")
    #expect(body["toolConfig"] != nil && encoded.dropped.fields == [.toolChoice])
  }

  @Test("Turns that have called tools bring them along where the request has none")
  func earlierTools() throws {
    let (body, encoded) = try body(asked { $0.messages = BedrockTests.turnsWithCalls }, "meta.llama3-1-70b-v1:0")
    #expect(
      text(body["toolConfig"])
        == #"{"tools":[{"toolSpec":{"name":"f","inputSchema":{"json":{"type":"object","properties":{}}}}}]}"#)
    #expect(encoded.dropped.isEmpty)
    // This family knows no status of a result.
    let result = body["messages"]?[2]?["content"]?[0]?["toolResult"]
    #expect(result?["status"] == nil && result?["content"]?[0]?["text"]?.stringValue == "The tool failed.")
  }

  @Test(
    "A choice of tools takes the form that the model knows",
    arguments: [
      ("anthropic.claude-3-haiku-v1:0", ToolChoice.tool("f"), #"{"tool":{"name":"f"}}"#, nil),
      ("mistral.mistral-large-2407-v1:0", .tool("f"), #"{"any":{}}"#, nil),
      ("meta.llama3-1-70b-v1:0", .required, nil, "tool_choice"),
      ("amazon.nova-lite-v1:0", .allowed(["f"], isRequired: true), #"{"any":{}}"#, nil),
      ("amazon.nova-lite-v1:0", .auto, nil, nil),
    ] as [(String, ToolChoice, String?, String?)])
  func choices(_ row: (model: String, choice: ToolChoice, written: String?, dropped: String?)) throws {
    let (body, encoded) = try body(
      asked {
        $0.tools = [BedrockTests.function, ToolDefinition(.function(FunctionTool("g")))]
        $0.toolChoice = row.choice
      }, row.model)
    #expect(text(body["toolConfig"]?["toolChoice"]) == row.written)
    #expect(encoded.dropped.header(\.openAIName) == row.dropped)
    let isOnly = row.model.hasPrefix("mistral") || row.choice == .allowed(["f"], isRequired: true)
    #expect(body["toolConfig"]?["tools"]?.arrayValue?.count == (isOnly ? 1 : 2))
  }

  @Test(
    "Reasoning takes the form that the model knows",
    arguments: [
      ("anthropic.claude-3-7-sonnet-20250219-v1:0", #"{"thinking":{"type":"enabled","budget_tokens":8000}}"#, nil),
      ("global.anthropic.claude-opus-4-6-v1", #"{"thinking":{"type":"adaptive"}}"#, #"{"effort":"high"}"#),
      ("amazon.nova-2-lite-v1:0", #"{"reasoningConfig":{"type":"enabled","maxReasoningEffort":"medium"}}"#, nil),
      ("openai.gpt-oss-120b-1:0", #"{"reasoning_effort":"high"}"#, nil), ("meta.llama3-1-70b-v1:0", nil, nil),
    ] as [(String, String?, String?)])
  func thinks(_ row: (model: String, fields: String?, output: String?)) throws {
    let (body, encoded) = try body(
      asked {
        $0.maxTokens = 10_000
        $0.reasoning = ReasoningSettings()
        $0.reasoning?.effort = "high"
      }, row.model)
    #expect(text(body["additionalModelRequestFields"]) == row.fields && text(body["outputConfig"]) == row.output)
    #expect(encoded.dropped.fields == (row.fields == nil ? [.reasoning] : []))
    #expect(body["inferenceConfig"]?["maxTokens"]?.integerValue == 10_000)
  }

  @Test(
    "Samplers stand where the family has them, or are named",
    arguments: [
      ("amazon.nova-lite-v1:0", #"{"inferenceConfig":{"topK":40}}"#, "temperature, seed"),
      ("cohere.command-r-v1:0", #"{"k":40,"seed":7}"#, "temperature"),
      ("mistral.mistral-large-2407-v1:0", #"{"top_k":40}"#, "temperature, seed"),
      ("meta.llama3-1-70b-v1:0", nil, "temperature, top_k, seed"),
    ] as [(String, String?, String)])
  func samples(_ row: (model: String, fields: String?, dropped: String)) throws {
    let (body, encoded) = try body(
      asked {
        $0.sampling.temperature = JSONNumber(text: "1.5")
        $0.sampling.topK = JSONNumber(40)
        $0.sampling.seed = JSONNumber(7)
      }, row.model)
    #expect(text(body["inferenceConfig"]) == #"{"temperature":1}"#)
    #expect(text(body["additionalModelRequestFields"]) == row.fields)
    #expect(encoded.dropped.header(\.openAIName) == row.dropped)
  }

  @Test("Parameters that an endpoint lists go to its model as they are")
  func listed() throws {
    let conversation = asked { $0.sampling.minP = JSONNumber(text: "0.05") }
    #expect(try body(conversation, "qwen.qwen3-32b-v1:0").1.dropped.fields == [.minP])
    let (body, encoded) = try body(conversation, "qwen.qwen3-32b-v1:0", ["min_p"])
    #expect(text(body["additionalModelRequestFields"]) == #"{"min_p":0.05}"# && encoded.dropped.isEmpty)
  }

  @Test("Members of Converse that a caller sends beside its own are kept")
  func extras() throws {
    let (body, encoded) = try body(
      asked {
        $0.extras = [
          Member("guardrailConfig", .object([("guardrailIdentifier", .string("g"))])),
          Member("additionalModelRequestFields", .object([("x", .integer(1))])), Member("other", .integer(2)),
        ]
        $0.metadata = .object([("team", .string("a b"))])
      }, sonnet)
    #expect(text(body["guardrailConfig"]) == #"{"guardrailIdentifier":"g"}"#)
    #expect(text(body["additionalModelRequestFields"]) == #"{"x":1}"#)
    #expect(text(body["requestMetadata"]) == #"{"team":"a b"}"#)
    #expect(encoded.dropped.header(\.openAIName) == "other")
    let odd = asked { $0.metadata = .object([("team", .string("é"))]) }
    #expect(try self.body(odd, sonnet).1.dropped.fields == [.metadata])
  }

  @Test("Documents have names that are allowed and differ, and a text beside them")
  func documents() throws {
    let pdf = MediaSource.data(type: "application/pdf", base64: "JVBERi0=")
    let (body, _) = try body(
      asked {
        $0.messages[0].parts = [
          Part(.file(FileContent(pdf, name: "a/b_c.pdf"))), Part(.file(FileContent(pdf, name: "a b c pdf"))),
          Part(.file(FileContent(pdf))), Part(.file(FileContent(.text("x"), name: "n.md"))),
        ]
      }, sonnet)
    let content = try #require(body["messages"]?[0]?["content"]?.arrayValue)
    #expect(
      content.compactMap { $0["document"]?["name"]?.stringValue } == ["a b c pdf", "a b c pdf 2", "document", "n md"])
    #expect(content.last?["text"] != nil)
  }

  @Test("Call ids are as short as they must be, and the same for the same id")
  func callIDs() throws {
    func sent(_ id: String) throws -> String? {
      let (body, _) = try body(
        asked {
          $0.messages.append(Message(.assistant, [Part(.toolCall(ToolCall(id: id, name: "f", arguments: "")))]))
        }, sonnet)
      return body["messages"]?[1]?["content"]?[0]?["toolUse"]?["toolUseId"]?.stringValue
    }
    let long = String(repeating: "a", count: 70)
    let short = try #require(try sent(long))
    #expect(short.utf8.count == 64)
    #expect(try sent(long) == short)
    #expect(try sent(long + "b") != short)
    #expect(try sent("a:b.c") == "a_b_c")
  }

  @Test("A conversation begins with its user, and blank texts are no texts")
  func begins() throws {
    let (body, _) = try body(
      asked { $0.messages = [Message(.assistant, [.text(" \n"), .text("x")])] }, sonnet)
    #expect(
      text(body["messages"])
        == #"[{"role":"user","content":[{"text":"Go on."}]},{"role":"assistant","content":[{"text":"x"}]}]"#)
  }

  @Test("Marks of caching stand once, for models that take them")
  func caching() throws {
    let conversation = asked {
      $0.messages[0].parts = [.text("hi", cache: CacheMark(duration: "1h"))]
      $0.cache = CacheMark()
    }
    #expect(
      text(try body(conversation, sonnet).0["messages"]?[0]?["content"])
        == #"[{"text":"hi"},{"cachePoint":{"type":"default","ttl":"1h"}}]"#)
    let (body, encoded) = try body(conversation, "meta.llama3-1-70b-v1:0")
    #expect(text(body["messages"]?[0]?["content"]) == #"[{"text":"hi"}]"# && encoded.dropped.fields == [.cache])
  }

  @Test("Reasoning of others, and of Claude for others, is left out and named")
  func foreignReasoning() throws {
    let conversation = asked {
      $0.messages.append(
        Message(
          .assistant,
          [
            Part(.reasoning(Reasoning(.text("a"), signature: "s", format: .gemini))),
            Part(.reasoning(Reasoning(.text("b"), signature: "s", format: .anthropic))), .text("x"),
          ]))
    }
    let (body, encoded) = try body(conversation, sonnet)
    #expect(body["messages"]?[1]?["content"]?.arrayValue?.count == 2 && encoded.dropped.fields == [.reasoningHistory])
    #expect(try self.body(conversation, "amazon.nova-pro-v1:0").0["messages"]?[1]?["content"]?.arrayValue?.count == 1)
  }

  // MARK: Answers

  private static let usage =
    #"{"inputTokens":100,"outputTokens":9,"totalTokens":1009,"cacheReadInputTokens":600,"cacheWriteInputTokens":300,"cacheDetails":[{"ttl":"1h","inputTokens":200}]}"#

  @Test("Tokens of the cache are not in Bedrock's count of the prompt, and are in ours")
  func usage() throws {
    let counts = Usage(promptTokens: 1000, completionTokens: 9, cachedTokens: 600, cacheWriteTokens: 300)
    let whole = try answer(
      #"{"output":{"message":{"content":[]}},"stopReason":"end_turn","usage":\#(BedrockTests.usage)}"#, context)
    #expect(whole.usage?.counts == counts && whole.usage?.longCacheWriteTokens == 200)
    var streamed: AnswerUsage?
    let decoder = dialect.streamDecoder(context, eventBytes: 1 << 20)
    try GoldenFrames.bytes(Array("event metadata {\"usage\":\(BedrockTests.usage)}".utf8)).withUnsafeBytes {
      try decoder.feed($0) { if case .usage(let usage) = $0.happening { streamed = usage } }
    }
    #expect(streamed == whole.usage)
  }

  @Test(
    "Stop reasons are normalised and kept",
    arguments: [
      ("end_turn", FinishReason.Kind.stop), ("stop_sequence", .stop), ("max_tokens", .length),
      ("model_context_window_exceeded", .length), ("tool_use", .toolCalls), ("content_filtered", .contentFilter),
      ("guardrail_intervened", .contentFilter), ("malformed_model_output", .error), ("malformed_tool_use", .error),
    ])
  func stopReasons(_ row: (word: String, kind: FinishReason.Kind)) throws {
    let whole = try answer(#"{"output":{"message":{"content":[]}},"stopReason":"\#(row.word)"}"#, context)
    #expect(whole.choices[0].finish == FinishReason(row.kind, native: row.word))
  }

  @Test("Whose reasoning it is, the model tells")
  func reasoningFormat() throws {
    let body = #"{"output":{"message":{"content":[{"reasoningContent":{"reasoningText":{"text":"a"}}}]}}}"#
    #expect(try answer(body, context).choices[0].parts[0].reasoning?.format == .anthropic)
    let other = AnswerContext(id: "g", created: 1, model: "us.deepseek.r1-v1:0")
    #expect(try answer(body, other).choices[0].parts[0].reasoning?.format == .unknown)
  }

  @Test("The tool that stands for the answer is text again, whole and streamed")
  func answerTool() throws {
    let context = AnswerContext(id: "g", created: 1, answerTool: "answer")
    let whole = try answer(
      #"{"output":{"message":{"content":[{"toolUse":{"toolUseId":"t","name":"answer","input":{"a":1.0}}}]}},"stopReason":"tool_use"}"#,
      context)
    #expect(whole.choices[0].parts == [.text(#"{"a":1.0}"#)] && whole.choices[0].finish?.kind == .stop)
    let log = try log(
      """
      event contentBlockStart {"contentBlockIndex":0,"start":{"toolUse":{"toolUseId":"t","name":"answer"}}}
      event contentBlockDelta {"contentBlockIndex":0,"delta":{"toolUse":{"input":"{}"}}}
      event messageStop {"stopReason":"tool_use"}
      """, context)
    #expect(log.merged.first == "0 text|{}" && log.merged.contains { $0.contains("stop") })
  }

  @Test("A picture that comes in pieces is one picture")
  func pictures() throws {
    var sources: [MediaSource] = []
    let lines = """
      event contentBlockStart {"contentBlockIndex":0,"start":{"image":{"format":"webp"}}}
      event contentBlockDelta {"contentBlockIndex":0,"delta":{"image":{"source":{"bytes":"QQ=="}}}}
      event contentBlockDelta {"contentBlockIndex":0,"delta":{"image":{"source":{"bytes":"QkM="}}}}
      event contentBlockStop {"contentBlockIndex":0}
      """
    let decoder = dialect.streamDecoder(context, eventBytes: 1 << 20)
    try GoldenFrames.bytes(Array(lines.utf8)).withUnsafeBytes {
      try decoder.feed($0) { if case .image(let image) = $0.happening { sources.append(image.source) } }
    }
    #expect(sources == [.data(type: "image/webp", base64: "QUJD")])
  }

  // MARK: Failures

  @Test("A damaged frame ends the stream", arguments: [3, 40])
  func damage(_ place: Int) throws {
    var bytes = try GoldenFrames.bytes(
      Array(#"event contentBlockDelta {"contentBlockIndex":0,"delta":{"text":"hello"}}"#.utf8))
    bytes[place] ^= 1
    let decoder = dialect.streamDecoder(context, eventBytes: 1 << 20)
    let error = #expect(throws: GatewayError.self) { try bytes.withUnsafeBytes { try decoder.feed($0) { _ in } } }
    #expect(error?.kind == .providerFailed)
  }

  @Test("Damage behind an exception changes nothing")
  func damageBehind() throws {
    let bytes =
      try GoldenFrames.bytes(Array(#"exception throttlingException {"message":"m"}"#.utf8)) + [1] + Array(0..<40)
    var events = 0
    let decoder = dialect.streamDecoder(context, eventBytes: 1 << 20)
    for piece in [bytes[...], bytes[..<3]] { try piece.withUnsafeBytes { try decoder.feed($0) { _ in events += 1 } } }
    #expect(events == 1 && !decoder.hasPartialEvent)
  }

  @Test("A frame without its end is told")
  func partial() throws {
    let bytes = try GoldenFrames.bytes(Array("event messageStart {}".utf8)).dropLast()
    let decoder = dialect.streamDecoder(context, eventBytes: 1 << 20)
    try bytes.withUnsafeBytes { try decoder.feed($0) { _ in } }
    #expect(decoder.hasPartialEvent)
  }

  @Test(
    "Exceptions of a stream have the kind that goes with their name, and nothing follows them",
    arguments: [
      ("throttlingException", ErrorKind.rateLimited), ("serviceUnavailableException", .providerOverloaded),
      ("internalServerException", .providerFailed), ("modelStreamErrorException", .providerFailed),
      ("modelTimeoutException", .timedOut), ("validationException", .providerRejected),
      ("somethingNewException", .providerFailed),
    ])
  func exceptions(_ row: (name: String, kind: ErrorKind)) throws {
    var kinds: [ErrorKind] = []
    var events = 0
    let lines = """
      exception \(row.name) {"message":"m"}
      event contentBlockDelta {"contentBlockIndex":0,"delta":{"text":"late"}}
      """
    let decoder = dialect.streamDecoder(context, eventBytes: 1 << 20)
    try GoldenFrames.bytes(Array(lines.utf8)).withUnsafeBytes {
      try decoder.feed($0) { event in
        events += 1
        if case .failure(let error) = event.happening { kinds.append(error.kind) }
      }
    }
    #expect(kinds == [row.kind] && events == 1)
  }

  @Test(
    "Failing answers have the kind that goes with the exception or the status",
    arguments: [
      (400, #"{"message":"Input is too long for requested model."}"#, ErrorKind.contextLengthExceeded),
      (400, #"{"message":"prompt is too long: 210000 tokens > 200000 maximum"}"#, .contextLengthExceeded),
      (400, #"{"message":"The provided model identifier is invalid."}"#, .providerRejected),
      (400, #"{"__type":"ServiceQuotaExceededException","message":"quota"}"#, .rateLimited),
      (403, #"{"Message":"Authentication failed: Please make sure your API Key is valid."}"#, .providerFailed),
      (408, #"{"message":"slow"}"#, .timedOut), (424, #"{"message":"model"}"#, .providerFailed),
      (429, #"{"__type":"ModelNotReadyException","message":"wait"}"#, .providerOverloaded),
      (429, #"{"message":"Too many tokens"}"#, .rateLimited), (503, "<html>", .providerOverloaded),
    ])
  func errors(_ row: (status: Int, body: String, kind: ErrorKind)) {
    let error = Array(row.body.utf8).withUnsafeBytes {
      dialect.error(status: row.status, body: $0, retryAfterSeconds: nil, provider: "P", secrets: [])
    }
    #expect(error.kind == row.kind, "\(error.message)")
    #expect(
      (error.resend == .safe)
        == (row.status != 408 && ![.contextLengthExceeded, .providerRejected].contains(row.kind) && row.status != 403))
  }

  @Test(
    "The exception's name in the head counts before the body's and before the status",
    arguments: [
      (400, "ThrottlingException", "{}", ErrorKind.rateLimited),
      (400, "ThrottlingException:http://internal.amazon.com/coral/com.amazon.bedrock/", "{}", .rateLimited),
      (429, "com.amazon.coral.service#ModelNotReadyException", #"{"message":"wait"}"#, .providerOverloaded),
      (400, "ValidationException", #"{"message":"Input is too long for requested model."}"#, .contextLengthExceeded),
      (400, "ServiceQuotaExceededException", #"{"__type":"ValidationException"}"#, .rateLimited),
      (424, "NobodyKnowsException", "{}", .providerFailed), (504, "InternalServerException", "{}", .timedOut),
      (400, "InternalServerException", "{}", .providerFailed),
    ])
  func errorsOfTheHead(_ row: (status: Int, type: String, body: String, kind: ErrorKind)) {
    let error = Array(row.body.utf8).withUnsafeBytes {
      dialect.error(
        status: row.status, type: row.type, body: $0, retryAfterSeconds: nil, provider: "P", secrets: [])
    }
    #expect(error.kind == row.kind, "\(error.message)")
  }
}

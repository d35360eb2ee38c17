import Core
import HTTPWire
import JSON
import Ledger
import TestSupport
import Testing
import Translation

@Suite("Anthropic's Messages format and the neutral model")
struct AnthropicTests {
  private let dialect = AnthropicDialect()
  private let caller = AnthropicCaller()
  private let context = CallerContext(id: "msg_1", model: "a/b", created: 1, promptTokens: 7)

  private func conversation(_ text: String) throws -> Conversation {
    try Array(text.utf8).withUnsafeBytes { try caller.conversation($0, CallerTarget()) }
  }

  private func body(_ conversation: Conversation, _ model: String) throws -> (JSONValue, EncodedRequest) {
    let encoded = try dialect.encode(conversation, for: ProviderTarget(model: model))
    return (try JSONValue.parse(encoded.body.bytes), encoded)
  }

  private func asked(_ change: (inout Conversation) -> Void) -> Conversation {
    var conversation = Conversation(.openAI, model: "m", messages: [Message(.user, [.text("hi")])])
    change(&conversation)
    return conversation
  }

  // MARK: Round trips

  @Test("A caller's conversation written for Anthropic is read back as it was", arguments: 0..<300)
  func requestRoundTrip(_ seed: UInt64) throws {
    var maker = ConversationMaker(.anthropic, seed: seed)
    var conversation = maker.conversation()
    conversation.model = "claude-sonnet-4-5"
    let (_, encoded) = try body(conversation, "claude-sonnet-4-5")
    #expect(encoded.dropped.isEmpty)
    let read = try caller.conversation(encoded.body.bytes, CallerTarget())
    #expect(read == conversation, "\(String(decoding: encoded.body.bytes, as: UTF8.self))")
  }

  @Test("An Anthropic caller's conversation survives the rooms' format", arguments: 0..<200)
  func throughTheRooms(_ seed: UInt64) throws {
    var maker = ConversationMaker(.anthropic, seed: seed)
    let conversation = maker.conversation()
    let encoded = OpenAIChatWriter.encode(conversation, style: .full)
    let read = try OpenAIChatReader.conversation(encoded.body.bytes)
    func said(_ conversation: Conversation) -> [String] {
      conversation.messages.flatMap(\.parts).map { "\($0.content)" }.sorted()
    }
    // Reasoning gets its place; nothing else of what is said changes.
    #expect(said(read).count == said(conversation).count)
    #expect(
      read.messages.flatMap(\.parts).compactMap(\.toolCall)
        == conversation.messages.flatMap(\.parts).compactMap(\.toolCall))
    #expect(read.tools == conversation.tools && read.toolChoice == conversation.toolChoice)
  }

  /// Everything that is said in a stream, as an Anthropic caller's client reads it.
  private func crossed(_ seed: UInt64) throws -> (sent: EventLog, received: EventLog) {
    var sent = EventLog()
    var received = EventLog()
    let encoder = caller.streamEncoder(context)
    let output = ByteBuffer()
    try EventMaker.stream(seed: seed) { event in
      sent.note(event)
      encoder.encode(event, into: output)
    }
    encoder.end(into: output)
    let decoder = dialect.streamDecoder(AnswerContext(id: "g", created: 1), eventBytes: 1 << 20)
    try decoder.feed(output.bytes) { received.note($0) }
    return (sent, received)
  }

  @Test("A stream written for an Anthropic caller says what was said", arguments: 0..<200)
  func streamRoundTrip(_ seed: UInt64) throws {
    let (sent, received) = try crossed(seed)
    func heard(_ log: EventLog, _ kind: String) -> [String] { log.merged.filter { $0.hasPrefix("0 \(kind)") } }
    for kind in ["text", "call", "arguments", "citation"] { #expect(heard(sent, kind) == heard(received, kind)) }
    let reasoning = heard(sent, "reasoning").count
    #expect(heard(received, "reasoning").count == reasoning)
  }

  @Test("Events of a stream come in Anthropic's order", arguments: 0..<100)
  func eventOrder(_ seed: UInt64) throws {
    let encoder = caller.streamEncoder(context)
    let output = ByteBuffer()
    try EventMaker.stream(seed: seed) { encoder.encode($0, into: output) }
    encoder.end(into: output)
    try #expect(AnthropicOrder.objection(output.copyBytes()) == nil)
  }

  // MARK: Forms

  @Test("Foreign reasoning is sealed for the caller and comes back whole")
  func seals() throws {
    let pieces = [
      Reasoning(.encrypted("ZW5j"), id: "rs:1", format: .openAIResponses),
      Reasoning(.summary("sum"), signature: "sig", id: "rs_2", format: .openAIResponses),
      Reasoning(.text("think"), signature: "g\u{e9}", format: .gemini), Reasoning(.text("plain")),
      Reasoning(.text("own"), signature: "c2ln", format: .anthropic), Reasoning(.encrypted("cmVk"), format: .anthropic),
    ]
    let answer = Answer([Answer.Choice(pieces.map { Part(.reasoning($0)) } + [.text("a")])])
    let output = ByteBuffer()
    caller.write(answer, context, to: output)
    let content = try #require(try JSONValue.parse(output.bytes)["content"])
    let request = JSONValue.object([
      ("model", .string("m")),
      ("messages", .array([.object([("role", .string("assistant")), ("content", content)])])),
    ])
    let read = try conversation(String(decoding: request.serialized(), as: UTF8.self))
    #expect(read.messages[0].parts.compactMap(\.reasoning) == pieces)
  }

  @Test(
    "Reasoning takes the form that the model knows",
    arguments: [
      ("claude-sonnet-4-5-20250929", #"{"type":"enabled","budget_tokens":8000}"#, nil),
      ("claude-3-7-sonnet@20250219", #"{"type":"enabled","budget_tokens":8000}"#, nil),
      ("anthropic.claude-opus-4-6-v1:0", #"{"type":"adaptive"}"#, "high"),
      ("claude-opus-4-8", #"{"type":"adaptive","display":"summarized"}"#, "high"),
      ("claude-mythos-preview", #"{"type":"adaptive","display":"summarized"}"#, "high"),
      ("MiniMax-M2", #"{"type":"enabled","budget_tokens":8000}"#, nil),
    ] as [(String, String, String?)])
  func thinks(_ row: (model: String, thinking: String, effort: String?)) throws {
    let (body, _) = try body(
      asked {
        $0.maxTokens = 10_000
        $0.withEffort("high")
      }, row.model)
    #expect(body["thinking"].map { String(decoding: $0.serialized(), as: UTF8.self) } == row.thinking)
    #expect(body["output_config"]?["effort"]?.stringValue == row.effort)
  }

  @Test("What a model does not take is left out and named")
  func drops() throws {
    let conversation = asked {
      $0.sampling.temperature = JSONNumber(text: "1.5")
      $0.sampling.topP = JSONNumber(text: "0.5")
      $0.sampling.seed = JSONNumber(7)
      $0.choiceCount = 2
      $0.serviceTier = "flex"
    }
    let (old, oldRequest) = try body(conversation, "claude-3-5-haiku-20241022")
    #expect(old["temperature"]?.numberText == "1" && old["top_p"]?.numberText == "0.5")
    #expect(oldRequest.dropped.header(\.openAIName) == "temperature, seed, service_tier, n")
    let (new, newRequest) = try body(conversation, "claude-opus-4-7")
    #expect(new["temperature"] == nil && new["top_p"] == nil)
    #expect(newRequest.dropped.header(\.openAIName) == "temperature, top_p, seed, service_tier, n")
  }

  @Test("The limit of tokens is always there")
  func limits() throws {
    #expect(try body(asked { _ in }, "claude-3-haiku-20240307").0["max_tokens"]?.integerValue == 4096)
    #expect(try body(asked { _ in }, "claude-sonnet-4-5").0["max_tokens"]?.integerValue == 8192)
    let encoded = try dialect.encode(
      asked { _ in }, for: ProviderTarget(model: "claude-sonnet-4-5", maxCompletionTokens: 64_000))
    #expect(try JSONValue.parse(encoded.body.bytes)["max_tokens"]?.integerValue == 64_000)
    // A budget needs room behind it.
    let (body, _) = try body(asked { $0.withBudget(20_000) }, "claude-sonnet-4-5")
    #expect(body["max_tokens"]?.integerValue == 24_096 && body["thinking"]?["budget_tokens"]?.integerValue == 20_000)
  }

  @Test("JSON without a native form is the argument of a tool, and text again in the answer")
  func forcedTool() throws {
    let conversation = asked { $0.responseFormat = .jsonObject }
    let (body, encoded) = try body(conversation, "claude-sonnet-4-5")
    #expect(encoded.answerTool == "answer" && body["tool_choice"]?["name"]?.stringValue == "answer")
    let text =
      #"{"type":"message","content":[{"type":"tool_use","id":"t","name":"answer","input":{"a":1.0}}],"stop_reason":"tool_use"}"#
    let answer = try Array(text.utf8).withUnsafeBytes {
      try dialect.answer($0, AnswerContext(id: "g", created: 1, answerTool: "answer"))
    }
    #expect(answer.choices[0].parts == [.text(#"{"a":1.0}"#)] && answer.choices[0].finish?.kind == .stop)
    let (_, thinking) = try self.body(
      asked {
        $0.responseFormat = .jsonObject
        $0.withEffort("high")
      }, "claude-opus-4-8")
    #expect(thinking.answerTool == nil && thinking.dropped.fields == [.responseFormat])
  }

  @Test("Usage has OpenAI's convention inside and Anthropic's outside")
  func usage() throws {
    let text =
      #"{"type":"message","content":[],"usage":{"input_tokens":100,"cache_read_input_tokens":600,"cache_creation_input_tokens":300,"cache_creation":{"ephemeral_1h_input_tokens":200},"output_tokens":9,"output_tokens_details":{"thinking_tokens":4},"server_tool_use":{"web_search_requests":2}}}"#
    var answer = try Array(text.utf8).withUnsafeBytes { try dialect.answer($0, AnswerContext(id: "g", created: 1)) }
    let usage = try #require(answer.usage)
    #expect(
      usage.counts
        == Usage(promptTokens: 1000, completionTokens: 9, cachedTokens: 600, cacheWriteTokens: 300, reasoningTokens: 4))
    #expect(usage.longCacheWriteTokens == 200 && usage.webSearches == 2)
    answer.choices[0].parts = [.text("a")]
    let output = ByteBuffer()
    caller.write(answer, context, to: output)
    let written = try #require(try JSONValue.parse(output.bytes)["usage"])
    #expect(written["input_tokens"]?.integerValue == 100 && written["cache_read_input_tokens"]?.integerValue == 600)
    #expect(written["cache_creation"]?["ephemeral_5m_input_tokens"]?.integerValue == 100)
  }

  @Test("Calls that come interleaved leave one behind the other")
  func interleavedCalls() throws {
    let encoder = caller.streamEncoder(context)
    let output = ByteBuffer()
    func say(_ happening: AnswerEvent.Happening) { encoder.encode(AnswerEvent(happening), into: output) }
    func argue(_ position: Int64, _ text: String) {
      JSONText.with(text) { say(.toolArguments(position: position, $0)) }
    }
    say(.start(AnswerStart()))
    say(.toolCall(position: 0, ToolCallStart(id: "a", name: "f")))
    argue(0, "{\"x\":\"}\\\"")
    say(.toolCall(position: 1, ToolCallStart(id: "b", name: "g")))
    argue(1, "{\"y\":")
    say(.toolCall(position: 2, ToolCallStart(id: "c", name: "h")))
    argue(1, "2}")
    argue(2, "{}")
    argue(0, "1\"}")
    say(.finish(FinishReason(.toolCalls)))
    encoder.end(into: output)
    #expect(try AnthropicOrder.objection(output.copyBytes()) == nil)
    var log = EventLog()
    let decoder = dialect.streamDecoder(AnswerContext(id: "g", created: 1), eventBytes: 1 << 20)
    try decoder.feed(output.bytes) { log.note($0) }
    #expect(
      log.merged.filter { $0.contains("call ") || $0.contains("arguments") } == [
        "0 call 0 a f []", #"0 arguments 0|{"x":"}\"1"}"#, "0 call 1 b g []", #"0 arguments 1|{"y":2}"#,
        "0 call 2 c h []", "0 arguments 2|{}",
      ])
  }

  // MARK: The same format on both sides

  @Test("A caller's bytes go to an Anthropic provider untouched but for the model and the gateway's own members")
  func sameRequest() throws {
    let text = #"{ "model" :"a/b" , "models":["c"],"max_tokens": 010e-0, "user":"u","x":{"b":1.0},"provider":{} }"#
      .replacing("010e-0", with: "1.0e1")
    let output = ByteBuffer()
    try Array(text.utf8).withUnsafeBytes {
      try AnthropicRequestEditor.encode($0, upstreamModel: "claude-x", into: output)
    }
    #expect(
      String(decoding: output.bytes, as: UTF8.self) == #"{ "model" :"claude-x","max_tokens": 1.0e1,"x":{"b":1.0} }"#)
  }

  @Test("An Anthropic provider's events go through but for whose they are and the cost")
  func sameStream() throws {
    let identity = AnswerIdentity(id: "gen-1", source: AnswerSource(model: "a/b", provider: "P"))
    let editor = AnthropicStreamEditor(identity, answerID: "msg_1")
    let output = ByteBuffer()
    let parser = SSEParser(eventBytes: 1 << 20)
    let stream = """
      event: message_start
      data: {"type":"message_start", "message":{ "id":"x","model":"y","content":[],"usage":{"input_tokens":5,"output_tokens":1}} }

      event: content_block_delta
      data: {"type": "content_block_delta","index":0,"new":1,"delta":{"type":"text_delta","text":"caf\\u00e9"}}

      event: message_delta
      data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":9,"x":1}}

      event: message_stop
      data: {"type":"message_stop"}


      """
    try Array(stream.utf8).withUnsafeBytes {
      try parser.feed($0) { _ = try editor.take($0, into: output) }
    }
    #expect(editor.isFinished && editor.sawTerminator && editor.deltaBytes == 9)
    #expect(editor.usage?.counts == Usage(promptTokens: 5, completionTokens: 9))
    editor.appendEnd(usage: nil, cost: Money(units: 1_000_000), members: [], to: output)
    #expect(
      String(decoding: output.bytes, as: UTF8.self) == """
        event: message_start
        data: {"type":"message_start", "message":{ "id":"msg_1","model":"a/b","content":[],"usage":{"input_tokens":5,"output_tokens":1},"provider":"P"} }

        event: content_block_delta
        data: {"type": "content_block_delta","index":0,"new":1,"delta":{"type":"text_delta","text":"caf\\u00e9"}}

        event: message_delta
        data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":9,"x":1,"cost":0.000001}}

        event: message_stop
        data: {"type":"message_stop"}


        """)
  }

  // MARK: Errors

  @Test(
    "A wrong field is refused with its name",
    arguments: [
      ("messages", #"{"model":"m"}"#), ("messages", #"{"model":"m","messages":[]}"#),
      ("messages[0].role", #"{"model":"m","messages":[{"role":"robot","content":"x"}]}"#),
      ("messages[0].content", #"{"model":"m","messages":[{"role":"user"}]}"#),
      ("messages[0].content[0].text", #"{"model":"m","messages":[{"role":"user","content":[{"type":"text"}]}]}"#),
      ("max_tokens", #"{"model":"m","max_tokens":"5","messages":[{"role":"user","content":"x"}]}"#),
      ("thinking.type", #"{"model":"m","thinking":{"type":"x"},"messages":[{"role":"user","content":"x"}]}"#),
      ("tool_choice.type", #"{"model":"m","tool_choice":{"type":"x"},"messages":[{"role":"user","content":"x"}]}"#),
      (
        "fallbacks",
        #"{"model":"m","models":["a"],"fallbacks":[{"model":"b"}],"messages":[{"role":"user","content":"x"}]}"#
      ),
    ])
  func refuses(_ row: (field: String, body: String)) {
    let error = #expect(throws: GatewayError.self) { try conversation(row.body) }
    guard case .text(let field)? = error?.metadata.first(where: { $0.name == "field" })?.value else {
      Issue.record("the error names no field: \(error?.message ?? "")")
      return
    }
    #expect(field == row.field && error?.kind == .invalidRequest)
  }

  @Test(
    "Failures of a stream have the kind of the status that goes with their type",
    arguments: [
      ("overloaded_error", ErrorKind.providerOverloaded), ("rate_limit_error", .rateLimited),
      ("api_error", .providerFailed), ("timeout_error", .timedOut), ("authentication_error", .providerFailed),
      ("invalid_request_error", .providerRejected),
    ])
  func streamErrors(_ row: (type: String, kind: ErrorKind)) throws {
    var kind: ErrorKind?
    let text = "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"\(row.type)\",\"message\":\"m\"}}\n\n"
    let decoder = dialect.streamDecoder(AnswerContext(id: "g", created: 1), eventBytes: 1 << 20)
    try Array(text.utf8).withUnsafeBytes {
      try decoder.feed($0) { if case .failure(let error) = $0.happening { kind = error.kind } }
    }
    #expect(kind == row.kind)
  }

  @Test("Every kind of error has a type of Anthropic's", arguments: ErrorKind.allCases)
  func errorTypes(_ kind: ErrorKind) throws {
    let body = try JSONValue.parse(
      caller.errorBody(GatewayError(kind, "m", origin: .gateway), requestID: "req_1"))
    #expect(body["type"]?.stringValue == "error" && body["error"]?["type"]?.stringValue?.hasSuffix("_error") == true)
    let word = kind == .modelNotFound ? "not_found" : kind.errorType
    #expect(body["error"]?["error_type"]?.stringValue == word && body["request_id"]?.stringValue == "req_1")
  }
}

extension Conversation {
  fileprivate mutating func withEffort(_ effort: String) {
    reasoning = ReasoningSettings()
    reasoning?.effort = effort
  }

  fileprivate mutating func withBudget(_ tokens: Int64) {
    reasoning = ReasoningSettings()
    reasoning?.budget = tokens
  }
}

/// The order that the events of a message must have.
enum AnthropicOrder {
  /// What is out of order in a stream, or nil.
  static func objection(_ bytes: [UInt8]) throws -> String? {
    var open: Int64?
    var next: Int64 = 0
    var ended = false
    var begun = false
    for event in try events(bytes) {
      let index = event["index"]?.integerValue
      switch event["type"]?.stringValue {
      case "message_start" where !begun: begun = true
      case "ping": break
      case "content_block_start" where begun && open == nil && index == next: open = index
      case "content_block_delta" where open != nil && index == open: break
      case "content_block_stop" where open != nil && index == open:
        open = nil
        next += 1
      case "message_delta" where begun && open == nil && !ended: ended = true
      case "message_stop" where ended: ended = false
      default: return "out of order: \(String(decoding: event.serialized(), as: UTF8.self))"
      }
    }
    return open == nil && begun ? nil : "not complete"
  }

  private static func events(_ bytes: [UInt8]) throws -> [JSONValue] {
    let parser = SSEParser(eventBytes: 1 << 20)
    var events: [JSONValue] = []
    try bytes.withUnsafeBytes {
      try parser.feed($0) { event in
        let value = try JSONValue.parse(event.data)
        let name = event.event.map { String(decoding: $0, as: UTF8.self) }
        if name != value["type"]?.stringValue { throw JSONProblem("the event's name is not its type", at: 0) }
        events.append(value)
      }
    }
    return events
  }
}

import Core
import HTTPWire
import JSON
import Ledger
import TestSupport
import Testing
import Translation

@Suite("OpenAI's chat format and the neutral model")
struct OpenAIChatTests {
  private func conversation(_ text: String) throws -> Conversation {
    try Array(text.utf8).withUnsafeBytes { try OpenAIChatReader.conversation($0) }
  }

  private func body(_ conversation: Conversation, _ style: OpenAIChatStyle = .full) throws -> JSONValue {
    try JSONValue.parse(OpenAIChatWriter.encode(conversation, style: style).body.bytes)
  }

  @Test("A conversation written in full is read back as it was", arguments: 0..<300)
  func roundTrip(_ seed: UInt64) throws {
    var maker = ConversationMaker(.openAI, seed: seed)
    let conversation = maker.conversation()
    let encoded = OpenAIChatWriter.encode(conversation, style: .full)
    #expect(encoded.dropped.isEmpty)
    let read = try OpenAIChatReader.conversation(encoded.body.bytes)
    #expect(read == conversation, "\(String(decoding: encoded.body.bytes, as: UTF8.self))")
    let bytes = encoded.body.copyBytes()
    #expect(throws: Never.self) { try bytes.withUnsafeBytes { try OpenAIRequest(.chat, body: $0) } }
  }

  @Test("What a caller writes is understood in every form")
  func readsForms() throws {
    let read = try conversation(
      #"""
      {"model":"m","messages":[{"role":"system","content":"s"},{"role":"user","content":[{"type":"text","text":"a","prompt_cache_breakpoint":{"mode":"explicit"}},
      {"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA","detail":"low"}},{"type":"file","file":{"filename":"f.pdf","file_data":"https://x/f.pdf"}},
      {"type":"video_url","video_url":{"url":"https://x/v.mp4"}},{"type":"new","new":1}]},
      {"role":"assistant","content":null,"reasoning":"hm","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},
      {"role":"tool","tool_call_id":"c","content":[{"type":"text","text":"r"}]}],
      "stop":"x","max_tokens":5,"max_completion_tokens":7,"reasoning_effort":"low","include_reasoning":false,"tool_choice":{"type":"function","function":{"name":"f"}},"provider":{"only":["x"]},"seed":null}
      """#)
    #expect(read.messages.count == 4 && read.maxTokens == 7 && read.stop == ["x"] && read.toolChoice == .tool("f"))
    #expect(read.reasoning?.effort == "low" && read.reasoning?.isExcluded == true && read.routing.count == 1)
    let parts = read.messages[1].parts
    #expect(parts[0].cache == CacheMark() && parts.count == 5)
    #expect(parts[1].content == .image(ImageContent(.data(type: "image/png", base64: "AAAA"), detail: "low")))
    #expect(parts[2].content == .file(FileContent(.url("https://x/f.pdf"), name: "f.pdf")))
    #expect(read.messages[2].parts.first?.reasoning == Reasoning(.text("hm")))
    #expect(read.messages[3].parts.first?.toolResult?.callID == "c")
  }

  @Test("To a provider goes what its servers know; the rest is named")
  func dropsForProviders() throws {
    var conversation = Conversation(.anthropic, model: "x")
    conversation.messages = [
      Message(.system, [.text("s", cache: CacheMark())]),
      Message(
        .assistant,
        [
          Part(.reasoning(Reasoning(.text("t"), signature: "s", format: .anthropic))), .text("a"), .text("b"),
          Part(.toolCall(ToolCall(id: "c", name: "f", arguments: ""))),
        ]),
      Message(
        .user,
        [
          .text("q"),
          Part(
            .toolResult(
              ToolResult(
                callID: "c", parts: [.text("r"), Part(.image(ImageContent(.url("https://x/i.png"))))], isError: true))),
        ]),
    ]
    conversation.sampling.topK = JSONNumber(5)
    conversation.maxTokens = 100
    conversation.reasoning = ReasoningSettings()
    conversation.reasoning?.budget = 80
    conversation.extras = [Member("container", .string("c"))]
    let encoded = OpenAIChatWriter.encode(
      conversation, style: .provider(ProviderTarget(model: "gpt-5", supportedParameters: [])))
    let body = try JSONValue.parse(encoded.body.bytes)
    #expect(
      encoded.dropped.header(\.openAIName) == "cache_control, reasoning_details, top_k, container")
    #expect(body["max_completion_tokens"]?.integerValue == 100 && body["reasoning_effort"]?.stringValue == "high")
    #expect(body["messages"]?[1]?["content"]?.stringValue == "ab")
    #expect(body["messages"]?[1]?["tool_calls"]?[0]?["function"]?["arguments"]?.stringValue == "{}")
    #expect(body["messages"]?[2]?["role"]?.stringValue == "tool")
    #expect(body["messages"]?[2]?["content"]?.stringValue == "The tool failed.\nr")
    #expect(body["messages"]?[3]?["content"]?.arrayValue?.count == 3)
  }

  @Test("A whole answer is read and written without loss")
  func answers() throws {
    var answer = Answer([
      Answer.Choice(
        [
          Part(.reasoning(Reasoning(.text("t"), signature: "s", format: .anthropic, index: 0))),
          Part(.text(TextContent("hi", citations: [Citation(url: "https://x", title: "X", range: 0..<2)]))),
          Part(.toolCall(ToolCall(id: "c", name: "f", arguments: "{\"a\":1}"))),
        ], finish: FinishReason(.toolCalls, native: "tool_use"),
        logprobs: .object([("content", .array([]))])),
      Answer.Choice([.text("b")], index: 1, finish: FinishReason(.stop, native: "stop_sequence", stopText: "END")),
    ])
    var usage = AnswerUsage(Usage(promptTokens: 10, completionTokens: 5, cachedTokens: 3, cacheWriteTokens: 4))
    usage.longCacheWriteTokens = 2
    usage.webSearches = 1
    answer.usage = usage
    answer.id = "x"
    answer.model = "m"
    answer.created = 5
    answer.serviceTier = "default"
    let output = ByteBuffer()
    OpenAIAnswerWriter.write(answer, created: 9, to: output)
    #expect(try OpenAIAnswerReader.answer(output.bytes) == answer)
  }

  @Test("Events written as chunks are read back as they were", arguments: 0..<100)
  func events(_ seed: UInt64) throws {
    var sent = EventLog()
    var received = EventLog()
    var encoder = OpenAIChunkEncoder(created: 1)
    var decoder = OpenAIChunkDecoder()
    let chunk = ByteBuffer()
    try EventMaker.stream(seed: seed) { event in
      sent.note(event)
      chunk.clear()
      encoder.encode(event, into: chunk)
      _ = try JSONValue.parse(chunk.bytes)
      try decoder.take(chunk.bytes) { received.note($0) }
    }
    #expect(sent.lines.dropFirst() == received.lines.dropFirst())
  }

  @Test("Calls are put together from whatever pieces servers send")
  func oddCalls() throws {
    var log = EventLog()
    var decoder = OpenAIChunkDecoder()
    for delta in [
      #"[{"index":0,"id":"a","function":{"name":"get"}}]"#,
      #"[{"index":0,"function":{"name":"_time","arguments":""}}]"#,
      #"[{"index":0,"function":{"arguments":"{\"x\""}}]"#,
      #"[{"index":0,"function":{"name":"get_time","arguments":":1}"}}]"#,
      #"[{"index":0,"id":"b","type":"function","function":{"name":"f","arguments":{"y":[1,"z"]}}}]"#,
      #"[{"index":0,"id":"c","function":{"name":"g"}}]"#,
    ] {
      let chunk = #"{"choices":[{"index":0,"delta":{"tool_calls":\#(delta)}}]}"#
      try Array(chunk.utf8).withUnsafeBytes { try decoder.take($0) { log.note($0) } }
    }
    try Array(#"{"choices":[{"delta":{},"finish_reason":"tool_calls"}]}"#.utf8).withUnsafeBytes {
      try decoder.take($0) { log.note($0) }
    }
    #expect(
      log.merged == [
        "0 start - - -", "0 call 0 a get_time []", #"0 arguments 0|{"x":1}"#, "0 call 1 b f []",
        #"0 arguments 1|{"y":[1,"z"]}"#, "0 call 2 c g []", "0 finish tool_calls - -",
      ])
  }

  @Test("An error within a stream keeps its kind on its way through the rooms")
  func errors() throws {
    for error in [
      GatewayError(.providerOverloaded, "busy", origin: .upstream),
      GatewayError(.rateLimited, "slow", origin: .upstream),
      GatewayError(.contextLengthExceeded, "too long", origin: .upstream),
      GatewayError(.timedOut, "late", origin: .upstream),
    ] {
      let chunk = ByteBuffer()
      var encoder = OpenAIChunkEncoder(created: 1)
      encoder.encode(AnswerEvent(.failure(error)), into: chunk)
      let editor = OpenAIStreamEditor(
        .chat, identity: AnswerIdentity(id: "g", source: AnswerSource(model: "m", provider: "P")))
      guard case .failure(let read) = try editor.take(chunk.bytes, into: ByteBuffer()) else {
        Issue.record("\(error.kind) went through as a chunk")
        continue
      }
      #expect(read.kind == error.kind && read.message == error.message)
    }
  }
}

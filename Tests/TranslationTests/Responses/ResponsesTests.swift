import Core
import HTTPWire
import JSON
import Ledger
import TestSupport
import Testing
import Translation

@Suite("OpenAI's Responses format and the neutral model")
struct ResponsesTests {
  private let dialect = ResponsesDialect()
  private let caller = ResponsesCaller()
  private let context = CallerContext(id: "resp_1", model: "a/b", created: 1)

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

  private func written(_ answer: Answer, asking conversation: Conversation? = nil) throws -> JSONValue {
    var context = context
    context.conversation = conversation
    let output = ByteBuffer()
    caller.write(answer, context, to: output)
    return try JSONValue.parse(output.bytes)
  }

  // MARK: Round trips

  @Test("A caller's conversation written for a provider of the format is read back as it was", arguments: 0..<400)
  func requestRoundTrip(_ seed: UInt64) throws {
    var maker = ResponsesMaker(seed: seed)
    let conversation = maker.conversation()
    let (body, encoded) = try body(conversation, "gpt-5.1")
    #expect(encoded.dropped.isEmpty && body["store"]?.boolValue == false)
    let read = try caller.conversation(encoded.body.bytes, CallerTarget())
    #expect(read == conversation, "\(String(decoding: encoded.body.bytes, as: UTF8.self))")
  }

  @Test("A caller's conversation survives the rooms' format", arguments: 0..<100)
  func throughTheRooms(_ seed: UInt64) throws {
    var maker = ResponsesMaker(seed: seed)
    let conversation = maker.conversation()
    let encoded = OpenAIChatWriter.encode(conversation, style: .full)
    let read = try OpenAIChatReader.conversation(encoded.body.bytes)
    func calls(_ conversation: Conversation) -> [String] {
      conversation.messages.flatMap(\.parts).compactMap(\.toolCall).map { $0.id + $0.name + $0.arguments }
    }
    #expect(calls(read) == calls(conversation))
    #expect(read.tools.map(\.function) == conversation.tools.filter { $0.function != nil }.map(\.function))
    let texts = conversation.messages.flatMap(\.parts).compactMap(\.text)
    #expect(read.messages.flatMap(\.parts).compactMap(\.text) == texts)
  }

  @Test("A stream written for a caller says what was said", arguments: 0..<200)
  func streamRoundTrip(_ seed: UInt64) throws {
    var sent = EventLog()
    var received = EventLog()
    let encoder = caller.streamEncoder(context)
    let output = ByteBuffer()
    try EventMaker.stream(seed: seed) { event in
      sent.note(event)
      encoder.encode(event, into: output)
    }
    encoder.end(into: output)
    #expect(try ResponsesOrder.objection(output.copyBytes()) == nil)
    let decoder = dialect.streamDecoder(AnswerContext(id: "g", created: 1), eventBytes: 1 << 20)
    try decoder.feed(output.bytes) { received.note($0) }
    func heard(_ log: EventLog, _ kind: String) -> [String] { log.merged.filter { $0.hasPrefix("0 \(kind)") } }
    for kind in ["text", "call", "arguments", "citation", "image"] {
      #expect(heard(sent, kind) == heard(received, kind))
    }
    #expect(heard(received, "finish").count == 1 && heard(received, "usage") == heard(sent, "usage"))
  }

  @Test("Foreign reasoning is sealed for the caller and comes back whole, from a whole answer and from a stream")
  func seals() throws {
    let pieces = [
      Reasoning(.text("think"), signature: "c2ln", format: .anthropic, index: 0),
      Reasoning(.encrypted("cmVk"), format: .anthropic, index: 1),
      Reasoning(.text(""), signature: "g\u{e9}", format: .gemini, index: 2),
      Reasoning(.summary("sum"), id: "rs_9", format: .openAIResponses, index: 3),
      Reasoning(.encrypted("ZW5j"), id: "rs_9", format: .openAIResponses, index: 3),
      Reasoning(.text("plain")),
    ]
    let answer = Answer([Answer.Choice(pieces.map { Part(.reasoning($0)) } + [.text("a")])])
    let output = try #require(try written(answer)["output"])
    let streamed = try self.streamed { say in
      for piece in pieces { ResponsesTests.say(piece, say) }
      say(.text("a"))
    }
    for output in [output, try #require(streamed["output"])] {
      #expect(output.arrayValue?.count == 6)
      let request = JSONValue.object([("model", .string("m")), ("input", output)])
      let read = try conversation(String(decoding: request.serialized(), as: UTF8.self))
      #expect(read.messages[0].parts.compactMap(\.reasoning) == pieces)
    }
  }

  @Test("Thoughts of other formats stand as a summary for callers that ask for one, and come back as what they were")
  func thoughtsAsSummary() throws {
    let thought = Reasoning(.text("think"), signature: "c2ln", format: .anthropic, index: 0)
    let question = asked {
      $0.reasoning = ReasoningSettings()
      $0.reasoning?.summary = "auto"
    }
    let answer = Answer([Answer.Choice([Part(.reasoning(thought)), .text("a")])])
    func say(_ say: (Saying) -> Void) { ResponsesTests.say(thought, say) }
    for response in [try written(answer, asking: question), try streamed(asking: question, say)] {
      let item = try #require(response["output"]?[0])
      #expect(item["summary"]?[0]?["text"]?.stringValue == "think" && item["content"] == nil)
      let back = try conversation(#"{"model":"m","input":[\#(String(decoding: item.serialized(), as: UTF8.self))]}"#)
      #expect(back.messages.flatMap(\.parts).compactMap(\.reasoning) == [thought])
    }
    let types = try stream(asking: question, say).compactMap { $0["type"]?.stringValue }
    #expect(types.contains("response.reasoning_summary_text.delta") && !types.contains("response.reasoning_text.delta"))
    #expect(try written(answer)["output"]?[0]?["content"]?[0]?["text"]?.stringValue == "think")
  }

  private enum Saying {
    case text(String)
    case happening(AnswerEvent.Happening)
  }

  private static func say(_ piece: Reasoning, _ say: (Saying) -> Void) {
    let index = piece.index ?? 9
    func delta(_ kind: ReasoningDelta.Kind, _ text: String) {
      JSONText.with(text) {
        say(.happening(.reasoning(ReasoningDelta(kind, $0, index: index, format: piece.format, id: piece.id))))
      }
    }
    switch piece.content {
    case .text(let text): delta(.text, text)
    case .summary(let text): delta(.summary, text)
    case .encrypted(let data): delta(.encrypted, data)
    }
    if let signature = piece.signature { delta(.signature, signature) }
  }

  /// The response at the end of a stream.
  private func streamed(
    asking conversation: Conversation? = nil, _ body: ((Saying) -> Void) -> Void
  ) throws -> JSONValue {
    let events = try stream(asking: conversation, body)
    return try #require(events.last?["response"])
  }

  private func stream(
    asking conversation: Conversation? = nil, _ body: ((Saying) -> Void) -> Void
  ) throws -> [JSONValue] {
    var context = context
    context.conversation = conversation
    let encoder = caller.streamEncoder(context)
    let output = ByteBuffer()
    encoder.encode(AnswerEvent(.start(AnswerStart())), into: output)
    body { saying in
      switch saying {
      case .text(let text): JSONText.with(text) { encoder.encode(AnswerEvent(.text($0)), into: output) }
      case .happening(let happening): encoder.encode(AnswerEvent(happening), into: output)
      }
    }
    encoder.end(into: output)
    #expect(try ResponsesOrder.objection(output.copyBytes()) == nil)
    return try ResponsesOrder.events(output.copyBytes())
  }

  // MARK: Requests

  @Test("What a caller writes is understood in every form")
  func readsForms() throws {
    let read = try conversation(
      #"""
      {"model":"m","store":null,"background":false,"previous_response_id":null,"instructions":"s","max_output_tokens":9,"user":null,"safety_identifier":"id","stream_options":{"include_obfuscation":false},
      "input":[{"role":"user","content":"a"},{"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"t"}],"encrypted_content":"e"},
      {"type":"message","id":"msg_1","status":"completed","role":"assistant","content":[{"type":"output_text","text":"b","annotations":[],"logprobs":[]}],"phase":"commentary"},
      {"type":"function_call","id":"fc_1","call_id":"c","name":"f","arguments":"{}","status":"completed","namespace":"n"},{"type":"mcp_call","id":"m"},
      {"type":"function_call_output","call_id":"c","output":{"a":1}},{"type":"function_call_output","call_id":"d","output":[{"type":"input_image","image_url":"data:image/png;base64,AA"}]},
      {"type":"mcp_approval_response","approve":true},{"role":"user","content":[{"type":"new"}]}],
      "tool_choice":{"type":"allowed_tools","mode":"required","tools":[{"type":"function","name":"f"}]},"provider":{"only":["x"]},"include":["reasoning.encrypted_content"],"top_logprobs":0}
      """#)
    #expect(read.user == "id" && read.maxTokens == 9 && read.routing.map(\.name) == ["provider"] && read.extras.isEmpty)
    #expect(read.logprobs == nil && read.toolChoice == .allowed(["f"], isRequired: true))
    #expect(read.messages.map(\.role) == [.system, .user, .assistant, .user, .user, .user])
    let answer = read.messages[2]
    #expect(answer.extras == [Member("phase", .string("commentary"))] && answer.parts.count == 5)
    #expect(answer.parts[1].reasoning == Reasoning(.encrypted("e"), id: "rs_1", format: .openAIResponses, index: 0))
    #expect(answer.parts[3].toolCall?.extras == [Member("namespace", .string("n"))])
    #expect(read.messages[3].parts.compactMap(\.toolResult?.callID) == ["c", "d"])
    #expect(read.messages[3].parts[0].toolResult?.text == #"{"a":1}"#)
    #expect(try conversation(#"{"model":"m","input":"hi","store":false}"#).messages == [Message(.user, [.text("hi")])])
  }

  @Test(
    "A wrong field, and what would need a stored response, is refused with its name",
    arguments: [
      ("input", #"{"model":"m"}"#), ("input", #"{"model":"m","input":[]}"#), ("input", #"{"model":"m","input":5}"#),
      ("store", #"{"model":"m","input":"x","store":true}"#),
      ("background", #"{"model":"m","input":"x","background":true}"#),
      ("previous_response_id", #"{"model":"m","input":"x","previous_response_id":"resp_1"}"#),
      ("conversation", #"{"model":"m","input":"x","conversation":"conv_1"}"#),
      ("input[0]", #"{"model":"m","input":[{"type":"item_reference","id":"msg_1"}]}"#),
      ("input[0]", #"{"model":"m","input":[{"id":"msg_1"}]}"#), ("input[0].type", #"{"model":"m","input":[{}]}"#),
      ("input[0].role", #"{"model":"m","input":[{"role":"robot","content":"x"}]}"#),
      ("input[0].content[0].text", #"{"model":"m","input":[{"role":"user","content":[{"type":"input_text"}]}]}"#),
      ("input[0].call_id", #"{"model":"m","input":[{"type":"function_call","name":"f","arguments":"{}"}]}"#),
      ("input[0].output", #"{"model":"m","input":[{"type":"function_call_output","call_id":"c"}]}"#),
      ("tools[0].type", #"{"model":"m","input":"x","tools":[{"name":"f"}]}"#),
      ("tools[0].name", #"{"model":"m","input":"x","tools":[{"type":"function"}]}"#),
      ("tool_choice", #"{"model":"m","input":"x","tool_choice":"any"}"#),
      ("text.format.schema", #"{"model":"m","input":"x","text":{"format":{"type":"json_schema"}}}"#),
      ("max_output_tokens", #"{"model":"m","input":"x","max_output_tokens":"5"}"#),
    ])
  func refuses(_ row: (field: String, body: String)) {
    let error = #expect(throws: GatewayError.self) { try conversation(row.body) }
    guard case .text(let field)? = error?.metadata.first(where: { $0.name == "field" })?.value else {
      Issue.record("the error names no field: \(error?.message ?? "")")
      return
    }
    #expect(field == row.field && error?.kind == .invalidRequest)
  }

  @Test("To another format go functions for free-form tools and namespaces; what is left is named")
  func otherFormats() throws {
    let read = try conversation(
      #"""
      {"model":"m","tools":[{"type":"custom","name":"patch","format":{"type":"grammar","syntax":"lark","definition":"start: X"}},{"type":"web_search"},
      {"type":"namespace","name":"disk","description":"d","tools":[{"type":"function","name":"read"}]},{"type":"namespace","name":"mail","description":"d","tools":[{"type":"function","name":"read"}]}],
      "input":[{"role":"user","content":"a"},{"type":"mcp_list_tools","id":"l"},{"role":"user","content":"b"},{"type":"function_call","call_id":"1","name":"read","namespace":"mail","arguments":"{}"},
      {"type":"function_call","call_id":"2","name":"find","namespace":"web","arguments":"{}"},{"type":"custom_tool_call","call_id":"3","name":"patch","input":"*** \"x\""},
      {"type":"function_call_output","call_id":"1","output":"r"},{"type":"function_call_output","call_id":"2","output":[{"type":"input_image","image_url":"data:image/png;base64,AA"}]},{"type":"custom_tool_call_output","call_id":"3","output":"ok"}]}
      """#)
    let encoded = OpenAIChatWriter.encode(read, style: .provider(ProviderTarget(model: "gpt-4o")))
    #expect(encoded.dropped.header(caller.name) == "mcp_list_tools, tools.web_search")
    let body = try JSONValue.parse(encoded.body.bytes)
    let names = body["tools"]?.arrayValue?.map { $0["function"]?["name"]?.stringValue }
    #expect(names == ["patch", "read", "mail__read"])
    let messages = try #require(body["messages"]?.arrayValue)
    #expect(
      messages.map { $0["role"]?.stringValue } == ["user", "user", "assistant", "tool", "tool", "tool", "user"])
    let calls = try #require(messages[2]["tool_calls"]?.arrayValue)
    #expect(calls.map { $0["function"]?["name"]?.stringValue } == ["mail__read", "find", "patch"])
    #expect(calls.map { $0["namespace"]?.stringValue } == [nil, "web", nil])
    #expect(calls[2]["function"]?["arguments"]?.stringValue == #"{"input":"*** \"x\""}"#)
  }

  // MARK: Answers

  @Test("Calls go back to the caller under the names it knows")
  func aliases() throws {
    let conversation = try conversation(
      #"""
      {"model":"m","input":"x","tools":[{"type":"custom","name":"patch"},{"type":"namespace","name":"disk","description":"d","tools":[{"type":"function","name":"read"}]},
      {"type":"namespace","name":"mail","description":"d","tools":[{"type":"function","name":"read"}]},{"type":"function","name":"plain"}]}
      """#)
    let calls = [
      ToolCall(id: "1", name: "patch", arguments: #"{"input":"a\nb"}"#),
      ToolCall(id: "2", name: "mail__read", arguments: ""),
      ToolCall(id: "3", name: "plain", arguments: "{}", extras: [Member("namespace", .string("given"))]),
    ]
    let whole = try written(
      Answer([Answer.Choice(calls.map { Part(.toolCall($0)) }, finish: FinishReason(.toolCalls))]), asking: conversation
    )
    let events = try stream(asking: conversation) { say in
      for (index, call) in calls.enumerated() {
        let position = Int64(index)
        say(
          .happening(
            .toolCall(position: position, ToolCallStart(id: call.id, name: call.name, extras: call.extras))))
        JSONText.with(call.arguments) { say(.happening(.toolArguments(position: position, $0))) }
      }
      say(.happening(.finish(FinishReason(.toolCalls))))
    }
    for response in [whole, try #require(events.last?["response"])] {
      let items = try #require(response["output"]?.arrayValue)
      #expect(items.map { $0["type"]?.stringValue } == ["custom_tool_call", "function_call", "function_call"])
      #expect(items.map { $0["name"]?.stringValue } == ["patch", "read", "plain"])
      #expect(items.map { $0["namespace"]?.stringValue } == [nil, "mail", "given"])
      #expect(items[0]["input"]?.stringValue == "a\nb" && items[1]["arguments"]?.stringValue == "{}")
      #expect(response["tools"]?.arrayValue?.count == 4 && response["status"]?.stringValue == "completed")
    }
    #expect(
      events.map { $0["type"]?.stringValue }.filter { $0?.contains("call") == true } == [
        "response.custom_tool_call_input.delta", "response.custom_tool_call_input.done",
        "response.function_call_arguments.delta", "response.function_call_arguments.done",
        "response.function_call_arguments.delta", "response.function_call_arguments.done",
      ])
  }

  @Test("Each thing that is said has its sequence of events")
  func sequences() throws {
    let events = try stream { say in
      JSONText.with("s") {
        say(
          .happening(.reasoning(ReasoningDelta(.summary, $0, index: 0, format: .openAIResponses, id: "rs_\"1"))))
      }
      JSONText.with("e") {
        say(.happening(.reasoning(ReasoningDelta(.encrypted, $0, index: 0, format: .openAIResponses, id: "rs_\"1"))))
      }
      JSONText.with("t") { say(.happening(.reasoning(ReasoningDelta(.text, $0, index: 1)))) }
      say(.text("a"))
      say(.happening(.citation(Citation(url: "https://x"))))
      say(.happening(.partEnd))
      say(.text("b"))
      JSONText.with("no") { say(.happening(.refusal($0))) }
      say(.happening(.image(ImageContent(.data(type: "image/webp", base64: "AA")))))
      say(.happening(.native(.openAIResponses, .object([("type", .string("new_item"))]))))
      say(.happening(.finish(FinishReason(.stop))))
    }
    let names = events.compactMap { $0["type"]?.stringValue?.split(separator: ".").dropFirst().joined(separator: ".") }
    #expect(
      names == [
        "created", "in_progress", "output_item.added", "reasoning_summary_part.added", "reasoning_summary_text.delta",
        "reasoning_summary_text.done", "reasoning_summary_part.done", "output_item.done", "output_item.added",
        "reasoning_text.delta", "reasoning_text.done", "output_item.done", "output_item.added", "content_part.added",
        "output_text.delta", "output_text.annotation.added", "output_text.done", "content_part.done",
        "content_part.added", "output_text.delta", "output_text.done", "content_part.done", "content_part.added",
        "refusal.delta", "refusal.done", "content_part.done", "output_item.done", "output_item.added",
        "output_item.done", "output_item.added", "output_item.done", "completed",
      ])
    let output = try #require(events.last?["response"]?["output"])
    #expect(output[0]?["id"]?.stringValue == "rs_\"1" && output[0]?["encrypted_content"]?.stringValue == "e")
    #expect(output[1]?["content"]?[0]?["text"]?.stringValue == "t" && output[2]?["content"]?.arrayValue?.count == 3)
    #expect(output[2]?["content"]?[0]?["annotations"]?.arrayValue?.count == 1)
    #expect(output[3]?["output_format"]?.stringValue == "webp" && output[4]?["type"]?.stringValue == "new_item")
  }

  @Test(
    "The end of an answer has its status",
    arguments: [
      (FinishReason.Kind.stop, "completed", nil), (.toolCalls, "completed", nil),
      (.length, "incomplete", "max_output_tokens"), (.contentFilter, "incomplete", "content_filter"),
      (.error, "failed", nil),
    ] as [(FinishReason.Kind, String, String?)])
  func statuses(_ row: (kind: FinishReason.Kind, status: String, reason: String?)) throws {
    let whole = try written(Answer([Answer.Choice([.text("a")], finish: FinishReason(row.kind))]))
    let events = try stream { say in
      say(.text("a"))
      say(.happening(.finish(FinishReason(row.kind))))
    }
    #expect(events.last?["type"]?.stringValue == "response." + row.status)
    for response in [whole, try #require(events.last?["response"])] {
      #expect(response["status"]?.stringValue == row.status)
      #expect(response["incomplete_details"]?["reason"]?.stringValue == row.reason)
      #expect(response["error"]?.isNull == (row.status != "failed"))
      let item = try #require(response["output"]?[0])
      #expect(item["status"]?.stringValue == (row.status == "completed" ? "completed" : "incomplete"))
    }
  }

  @Test("A failure ends the stream with the response as far as it came, and nothing follows")
  func failures() throws {
    let stream = CallerStream(caller, context, eventBytes: 1 << 20)
    let output = ByteBuffer()
    let rooms = """
      data: {"id":"g","model":"a/b","choices":[{"index":0,"delta":{"content":"Be"}}]}

      : PATCHBAY PROCESSING

      data: {"error":{"code":429,"message":"slow down"},"choices":[]}

      data: [DONE]


      """
    for byte in rooms.utf8 { withUnsafeBytes(of: byte) { stream.feed($0, into: output) } }
    let text = String(decoding: output.bytes, as: UTF8.self)
    #expect(text.contains(": PATCHBAY PROCESSING\n\n") && !text.contains("[DONE]"))
    let last = try #require(try ResponsesOrder.events(output.copyBytes()).last)
    #expect(last["type"]?.stringValue == "response.failed")
    let response = try #require(last["response"])
    #expect(response["error"]?["code"]?.stringValue == "rate_limit_exceeded")
    #expect(response["error_type"]?.stringValue == "rate_limit_exceeded")
    #expect(response["output"]?[0]?["content"]?[0]?["text"]?.stringValue == "Be")
  }

  @Test("An answer repeats what was asked")
  func repeats() throws {
    let conversation = try conversation(
      #"""
      {"model":"m","input":"x","instructions":"Be brief.","temperature":0.50,"max_output_tokens":99,"metadata":{"k":"v"},"tool_choice":"required","user":"u","text":{"verbosity":"low"},
      "tools":[{"type":"function","name":"f","parameters":{}},{"type":"web_search"}],"parallel_tool_calls":false,"reasoning":{"effort":"low"},"truncation":"auto","prompt_cache_key":"k"}
      """#)
    var context = context
    context.conversation = conversation
    context.now = { 7 }
    let output = ByteBuffer()
    var answer = Answer([Answer.Choice([.text("a")], finish: FinishReason(.stop))])
    var usage = AnswerUsage(Usage(promptTokens: 9, completionTokens: 5, cachedTokens: 3, reasoningTokens: 2))
    usage.cost = JSONNumber(text: "0.25")
    answer.usage = usage
    caller.write(answer, context, to: output)
    let response = try JSONValue.parse(output.bytes)
    #expect(response["instructions"]?.stringValue == "Be brief." && response["temperature"]?.numberText == "0.50")
    #expect(response["metadata"]?["k"]?.stringValue == "v" && response["tool_choice"]?.stringValue == "required")
    #expect(response["tools"]?.arrayValue?.count == 2 && response["parallel_tool_calls"]?.boolValue == false)
    #expect(response["completed_at"]?.integerValue == 7 && response["created_at"]?.integerValue == 1)
    #expect(response["text"]?["verbosity"]?.stringValue == "low" && response["truncation"]?.stringValue == "auto")
    let written = try #require(response["usage"])
    #expect(written["total_tokens"]?.integerValue == 14 && written["cost"]?.numberText == "0.25")
    #expect(written["input_tokens_details"]?["cached_tokens"]?.integerValue == 3)
    #expect(written["output_tokens_details"]?["reasoning_tokens"]?.integerValue == 2)
  }

  // MARK: Providers

  @Test("Encrypted reasoning is asked for where a model reasons, and summaries where someone reads them")
  func reasoning() throws {
    func include(_ model: String, _ effort: String?) throws -> (String?, String?) {
      let (body, _) = try body(
        asked {
          guard let effort else { return }
          $0.reasoning = ReasoningSettings()
          $0.reasoning?.effort = effort
        }, model)
      return (
        body["include"]?[0]?.stringValue, body["reasoning"].map { String(decoding: $0.serialized(), as: UTF8.self) }
      )
    }
    #expect(try include("gpt-5.1-codex", nil) == ("reasoning.encrypted_content", nil))
    #expect(try include("openai/o3", "low").1 == #"{"effort":"low","summary":"auto"}"#)
    #expect(try include("gpt-4o", nil) == (nil, nil) && include("gpt-5-chat-latest", nil) == (nil, nil))
    #expect(try include("gpt-4o", "none").1 == nil && include("gpt-5.1", "none").1 == #"{"effort":"none"}"#)
    #expect(try include("gpt-5", "max").1 == #"{"effort":"xhigh","summary":"auto"}"#)
  }

  @Test("What the format or a model does not take is left out and named")
  func drops() throws {
    let conversation = asked {
      $0.sampling.temperature = JSONNumber(text: "0.5")
      $0.sampling.seed = JSONNumber(7)
      $0.maxTokens = 5
      $0.stop = ["x"]
      $0.choiceCount = 2
      $0.messages.append(
        Message(
          .assistant,
          [
            Part(.reasoning(Reasoning(.text("t"), signature: "s", format: .anthropic))), .text("a"),
            Part(.reasoning(Reasoning(.encrypted("e"), format: .openAIResponses))),
          ]))
    }
    let (old, oldRequest) = try body(conversation, "gpt-4o")
    #expect(old["temperature"]?.numberText == "0.5" && old["max_output_tokens"]?.integerValue == 16)
    #expect(oldRequest.dropped.header(\.openAIName) == "reasoning_details, max_tokens, seed, stop, n")
    #expect(old["input"]?.arrayValue?.count == 2)
    let (new, newRequest) = try body(conversation, "gpt-5.1")
    #expect(new["temperature"] == nil)
    #expect(newRequest.dropped.header(\.openAIName) == "reasoning_details, max_tokens, temperature, seed, stop, n")
  }

  @Test("A long call id is shortened alike in the call and in its result")
  func longIDs() throws {
    let ids = ["a", "b"].map { String(repeating: "x", count: 70) + $0 } + ["call_1"]
    let (body, _) = try body(
      asked { conversation in
        conversation.messages += [
          Message(.assistant, ids.map { Part(.toolCall(ToolCall(id: $0, name: "f", arguments: ""))) }),
          Message(.user, ids.map { Part(.toolResult(ToolResult(callID: $0, parts: [.text("r")]))) }),
        ]
      }, "gpt-4o")
    let written = try #require(body["input"]?.arrayValue).compactMap { $0["call_id"]?.stringValue }
    #expect(written[..<3] == written[3...] && Set(written).count == 3)
    #expect(written[0].utf8.count == 64 && written[2] == "call_1")
  }

  @Test("An item that comes without deltas is said at its end")
  func withoutDeltas() throws {
    var log = EventLog()
    let decoder = dialect.streamDecoder(AnswerContext(id: "g", created: 1), eventBytes: 1 << 20)
    let events = [
      #"{"type":"response.created","response":{"id":"r","model":"m"}}"#,
      #"{"type":"response.output_item.done","output_index":0,"item":{"type":"reasoning","id":"rs_1","summary":[{"text":"a"},{"text":"b"}],"encrypted_content":"e"}}"#,
      #"{"type":"response.output_item.done","output_index":1,"item":{"type":"message","content":[{"type":"output_text","text":"hi","annotations":[{"type":"url_citation","url":"u"}]},{"type":"refusal","refusal":"no"}]}}"#,
      #"{"type":"response.output_item.added","output_index":2,"item":{"type":"function_call","call_id":"c","name":"f","namespace":"n","arguments":""}}"#,
      #"{"type":"response.output_item.done","output_index":2,"item":{"type":"function_call","call_id":"c","name":"f","arguments":"{\"a\":1}"}}"#,
      #"{"type":"response.output_item.done","output_index":3,"item":{"type":"custom_tool_call","id":"x","name":"g","input":"t"}}"#,
      #"{"type":"response.output_item.done","output_index":4,"item":{"type":"mcp_call"}}"#,
      #"{"type":"response.completed","response":{"status":"completed","usage":{"input_tokens":5,"output_tokens":1}}}"#,
      #"{"type":"response.output_text.delta","delta":"late"}"#,
    ]
    let text = events.map { "data: \($0)\n\n" }.joined() + "data: [DONE]\n\n"
    try Array(text.utf8).withUnsafeBytes { try decoder.feed($0) { log.note($0) } }
    #expect(
      log.merged.dropLast() == [
        "0 start r m -", "0 reasoning summary 0 openai-responses-v1 rs_1|a\n\nb",
        "0 reasoning encrypted 0 openai-responses-v1 rs_1|e", "0 text|hi", "0 citation u - -", "0 refusal|no",
        #"0 call 0 c f ["namespace"]"#, #"0 arguments 0|{"a":1}"#, "0 call 1 x g []", #"0 arguments 1|{"input":"t"}"#,
        #"0 native openAIResponses {"type":"mcp_call"}"#, "0 finish tool_calls completed -",
      ])
  }

  @Test(
    "Failures of a response have the kind that goes with their code",
    arguments: [
      (#"{"code":"rate_limit_exceeded","message":"m"}"#, ErrorKind.rateLimited),
      (#"{"code":"server_error","message":"m"}"#, .providerFailed),
      (#"{"code":"server_is_overloaded","message":"m"}"#, .providerOverloaded),
      (#"{"code":"context_length_exceeded","message":"m"}"#, .contextLengthExceeded),
      (#"{"code":"invalid_prompt","message":"m"}"#, .providerRejected),
      (#"{"code":"bio_policy","message":"m"}"#, .moderated),
    ])
  func streamErrors(_ row: (error: String, kind: ErrorKind)) throws {
    for event in [
      #"{"type":"response.failed","response":{"status":"failed","error":\#(row.error)}}"#,
      #"{"type":"error","error":\#(row.error)}"#, #"{"error":\#(row.error)}"#,
    ] {
      var kind: ErrorKind?
      let decoder = dialect.streamDecoder(AnswerContext(id: "g", created: 1), eventBytes: 1 << 20)
      try Array("data: \(event)\n\n".utf8).withUnsafeBytes {
        try decoder.feed($0) { if case .failure(let error) = $0.happening { kind = error.kind } }
      }
      #expect(kind == row.kind, "\(event)")
    }
    let whole = #"{"object":"response","status":"failed","output":[],"error":\#(row.error)}"#
    let error = #expect(throws: GatewayError.self) {
      try Array(whole.utf8).withUnsafeBytes { try dialect.answer($0, AnswerContext(id: "g", created: 1)) }
    }
    #expect(error?.kind == row.kind)
  }

  @Test("Every kind of error has OpenRouter's members and OpenAI's", arguments: ErrorKind.allCases)
  func errorTypes(_ kind: ErrorKind) throws {
    var error = GatewayError.field("input[0]", "m")
    error.kind = kind
    let inner = try #require(try JSONValue.parse(caller.errorBody(error, requestID: "req_1"))["error"])
    #expect(inner["message"]?.stringValue == "m" && inner["param"]?.stringValue == "input[0]")
    #expect(inner["code"]?.integerValue == Int64(kind.status) && inner["type"]?.stringValue?.isEmpty == false)
    #expect(inner["metadata"]?["error_type"]?.stringValue == kind.errorType)
  }
}

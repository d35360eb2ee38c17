import JSON
import Simulator
import TestSupport
import Testing

@Suite("The simulator in Anthropic's format")
struct AnthropicFormatTests {
  private static let fields = "anthropic-version: 2023-06-01\r\n"
  private static let tools = """
    "tools":[{"name":"weather","description":"Tells","input_schema":{"type":"object","properties":
    {"city":{"type":"string"}},"required":["city"]}},{"name":"time","input_schema":{"type":"object"}}]
    """

  private func ask(_ rig: SimulatorRig, _ messages: String, _ more: String = "", model: String = "echo") throws
    -> RawResponse
  {
    try rig.ask(
      "POST", "/v1/messages",
      #"{"model":"\#(model)","max_tokens":5000,"messages":[\#(messages)]\#(more.isEmpty ? "" : "," + more)}"#,
      fields: AnthropicFormatTests.fields)
  }

  private func user(_ text: String) -> String { #"{"role":"user","content":"\#(text)"}"# }

  @Test("a message is answered with usage by Anthropic's counts, whole and streamed")
  func message() throws {
    let rig = try SimulatorRig()
    let answer = try ask(rig, user("Hello there, world!"), #""system":"Be kind.""#).json
    #expect(answer["type"]?.stringValue == "message")
    #expect(answer["content"]?[0]?["text"]?.stringValue == "Hello there, world!")
    #expect(answer["stop_reason"]?.stringValue == "end_turn")
    #expect(answer["usage"]?["input_tokens"]?.integerValue == 8)
    #expect(answer["usage"]?["output_tokens"]?.integerValue == 5)
    let stream = try ask(rig, user("Hello there, world!"), #""stream":true"#)
    #expect(
      stream.eventNames == [
        "message_start", "content_block_start", "ping", "content_block_delta", "content_block_delta",
        "content_block_delta", "content_block_delta", "content_block_delta", "content_block_stop", "message_delta",
        "message_stop",
      ])
    let chunks = try stream.chunks
    #expect(chunks.compactMap { $0["delta"]?["text"]?.stringValue }.joined() == "Hello there, world!")
    #expect(chunks.dropLast().last?["usage"]?["output_tokens"]?.integerValue == 5)
    #expect(try rig.log().last?["dialect"]?.stringValue == "anthropic")
  }

  @Test(
    "what Anthropic would refuse is refused in its words",
    arguments: [
      (#""messages":[]"#, "messages: at least one message is required"),
      (#""messages":[{"role":"user","content":"a","name":"b"}]"#, "messages.0.name: Extra inputs are not permitted"),
      (#""messages":[{"role":"user","content":[{"type":"text"}]}]"#, "messages.0.content.0.text: Field required"),
      (#""messages":[{"role":"user","content":"a"}],"n":2"#, "n: Extra inputs are not permitted"),
      (
        #""messages":[{"role":"user","content":"a"}],"temperature":1.5"#, "temperature: Input should be from 0.0 to 1.0"
      ),
      (
        #""messages":[{"role":"user","content":"a"}],"tool_choice":{"type":"any"}"#,
        "tool_choice: tool_choice may only be specified while providing tools."
      ),
      (
        #""messages":[{"role":"user","content":"a"}],"thinking":{"type":"enabled","budget_tokens":6000}"#,
        "`max_tokens` must be greater than `thinking.budget_tokens`."
      ),
      (
        #""messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"x"}]}]"#,
        "messages.0.content.0: unexpected `tool_use_id` found in `tool_result` blocks: x. Each `tool_result` block must "
          + "have a corresponding `tool_use` block in the previous message."
      ),
      (
        #""messages":[{"role":"user","content":"a"}],"output_config":{"format":{"type":"json_schema","schema":{"type":"object"}}}"#,
        "output_config.format.schema: For 'object' type, 'additionalProperties' must be explicitly set to false"
      ),
    ])
  func refusals(body: String, message: String) throws {
    let rig = try SimulatorRig()
    let response = try rig.ask(
      "POST", "/v1/messages", #"{"model":"echo","max_tokens":5000,\#(body)}"#, fields: AnthropicFormatTests.fields)
    #expect(response.status == 400)
    let error = try response.json["error"]
    #expect(error?["type"]?.stringValue == "invalid_request_error")
    #expect(error?["message"]?.stringValue == message)
  }

  @Test("the version must be named, and the key where there is one")
  func fields() throws {
    let rig = try SimulatorRig { $0.apiKey = "secret" }
    let body = #"{"model":"echo","max_tokens":1,"messages":[{"role":"user","content":"a"}]}"#
    #expect(try rig.ask("POST", "/v1/messages", body, fields: "x-api-key: other\r\n").status == 401)
    let bare = try rig.ask("POST", "/v1/messages", body, fields: "x-api-key: secret\r\n")
    #expect(try bare.json["error"]?["message"]?.stringValue == "anthropic-version: header is required")
    #expect(
      try rig.ask("POST", "/v1/messages", body, fields: "x-api-key: secret\r\n" + AnthropicFormatTests.fields).status
        == 200)
  }

  @Test("tools are called, in parallel unless that is off, and their results are echoed")
  func tools() throws {
    let rig = try SimulatorRig()
    let both = try ask(rig, user("call weather, time"), AnthropicFormatTests.tools).json
    #expect(both["content"]?.arrayValue?.compactMap { $0["name"]?.stringValue } == ["weather", "time"])
    #expect(both["stop_reason"]?.stringValue == "tool_use")
    let one = try ask(
      rig, user("call weather, time"),
      AnthropicFormatTests.tools + #","tool_choice":{"type":"auto","disable_parallel_tool_use":true}"#
    ).json
    #expect(one["content"]?.arrayValue?.count == 1)
    let stream = try ask(rig, user("call weather"), AnthropicFormatTests.tools + #","stream":true"#).chunks
    let json = stream.compactMap { $0["delta"]?["partial_json"]?.stringValue }.joined()
    #expect(try JSONValue.parse(Array(json.utf8))["city"]?.stringValue == "call weather")
    let id = try #require(one["content"]?[0]?["id"]?.stringValue)
    let call = #"{"role":"assistant","content":[{"type":"tool_use","id":"\#(id)","name":"weather","input":{}}]}"#
    let result = #"{"role":"user","content":[{"type":"tool_result","tool_use_id":"\#(id)","content":"sunny"}]}"#
    let answer = try ask(rig, [user("call weather"), call, result].joined(separator: ","), AnthropicFormatTests.tools)
    #expect(try answer.json["content"]?[0]?["text"]?.stringValue == "The tool said: sunny")
    let open = try ask(rig, [user("call weather"), call, user("and?")].joined(separator: ","))
    #expect(open.status == 400)
  }

  @Test("thinking carries a signature that is known again, and no other is taken")
  func thinking() throws {
    let rig = try SimulatorRig()
    let wanted = #""thinking":{"type":"enabled","budget_tokens":1024}"#
    let answer = try ask(rig, user("Hello"), wanted).json
    let block = try #require(answer["content"]?[0])
    #expect(block["thinking"]?.stringValue == "The user says: Hello")
    #expect(answer["usage"]?["output_tokens_details"]?["thinking_tokens"]?.integerValue == 5)
    let own = String(decoding: block.serialized(), as: UTF8.self)
    func next(_ thinking: String) throws -> RawResponse {
      let turn = #"{"role":"assistant","content":[\#(thinking),{"type":"text","text":"Hello"}]}"#
      return try ask(rig, [user("Hello"), turn, user("more")].joined(separator: ","), wanted)
    }
    #expect(try next(own).status == 200)
    let foreign = try next(own.replacing("Hello", with: "Bye"))
    #expect(foreign.status == 400)
    #expect(
      try foreign.json["error"]?["message"]?.stringValue
        == "messages.1.content.0: Invalid `signature` in `thinking` block")
    let redacted = try ask(rig, user("Hello"), wanted, model: "echo+redacted-thinking").json
    let sealed = String(decoding: try #require(redacted["content"]?[0]).serialized(), as: UTF8.self)
    #expect(sealed.contains("redacted_thinking"))
    #expect(try next(sealed).status == 200)
    #expect(try next(#"{"type":"redacted_thinking","data":"AAAA"}"#).status == 400)
  }

  @Test("a cached prompt is written once and read after that")
  func caching() throws {
    let rig = try SimulatorRig()
    let system = #""system":[{"type":"text","text":"one two three","cache_control":{"type":"ephemeral"}}]"#
    let first = try ask(rig, user("a b"), system).json["usage"]
    #expect(first?["cache_creation_input_tokens"]?.integerValue == 3)
    #expect(first?["input_tokens"]?.integerValue == 2)
    let second = try ask(rig, user("c"), system).json["usage"]
    #expect(second?["cache_read_input_tokens"]?.integerValue == 3)
    #expect(second?["cache_creation_input_tokens"]?.integerValue == 0)
    #expect(try rig.log().last?["usage"]?["prompt_tokens"]?.integerValue == 4)
  }

  @Test("limits, stops and refusals end an answer with their own reasons")
  func endings() throws {
    let rig = try SimulatorRig()
    let stopped = try ask(rig, user("one two three"), #""stop_sequences":["two"]"#).json
    #expect(stopped["stop_reason"]?.stringValue == "stop_sequence")
    #expect(stopped["stop_sequence"]?.stringValue == "two")
    let refused = try ask(rig, user("one two three four"), model: "echo+filtered").json
    #expect(refused["stop_reason"]?.stringValue == "refusal")
    let body = #"{"model":"echo","max_tokens":2,"messages":[{"role":"user","content":"one two three"}]}"#
    let cut = try rig.ask("POST", "/v1/messages", body, fields: AnthropicFormatTests.fields).json
    #expect(cut["stop_reason"]?.stringValue == "max_tokens")
    #expect(cut["content"]?[0]?["text"]?.stringValue == "one two")
  }

  @Test("schemas shape the answer, documents are cited, attachments are counted")
  func contents() throws {
    let rig = try SimulatorRig()
    let schema =
      #"{"type":"object","properties":{"a":{"type":"integer"}},"required":["a"],"additionalProperties":false}"#
    let shaped = try ask(
      rig, user("x"), #""output_config":{"format":{"type":"json_schema","schema":\#(schema)}}"#
    ).json
    #expect(shaped["content"]?[0]?["text"]?.stringValue == #"{"a":1}"#)
    let parts = """
      {"role":"user","content":[{"type":"text","text":"count attachments"},
      {"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}},
      {"type":"document","source":{"type":"text","media_type":"text/plain","data":"Some text"},
      "citations":{"enabled":true}}]}
      """
    let answer = try ask(rig, parts).json
    let text = answer["content"]?[0]
    #expect(
      text?["text"]?.stringValue
        == "images: 1 (3 bytes), documents: 1 (9 bytes), audio: 0 (0 bytes), video: 0 (0 bytes), addresses: 0")
    #expect(text?["citations"]?[0]?["cited_text"]?.stringValue == "Some text")
    let broken = parts.replacing("AAAA", with: "AA?A")
    #expect(try ask(rig, broken).status == 400)
  }

  @Test("tokens are counted without an answer")
  func counting() throws {
    let rig = try SimulatorRig()
    let body = #"{"model":"echo","messages":[{"role":"user","content":"one two"}]}"#
    let response = try rig.ask("POST", "/v1/messages/count_tokens", body, fields: AnthropicFormatTests.fields)
    #expect(try response.json["input_tokens"]?.integerValue == 2)
  }

  @Test("a Claude's name brings the rules of that model")
  func models() throws {
    let rig = try SimulatorRig { $0.models = ["claude-opus-4-8", "claude-sonnet-4-5"] }
    let prefilled = user("a") + #",{"role":"assistant","content":"b"}"#
    #expect(try ask(rig, prefilled, model: "claude-sonnet-4-5").status == 200)
    #expect(try ask(rig, prefilled, model: "claude-opus-4-8").status == 400)
    #expect(try ask(rig, user("a"), #""temperature":0.5"#, model: "claude-opus-4-8").status == 400)
    #expect(try ask(rig, user("a"), #""thinking":{"type":"adaptive"}"#, model: "claude-opus-4-8").status == 200)
    #expect(try ask(rig, user("a"), #""thinking":{"type":"adaptive"}"#, model: "claude-sonnet-4-5").status == 400)
  }

  @Test("faults come in Anthropic's own way")
  func faults() throws {
    let rig = try SimulatorRig()
    let overloaded = try ask(rig, user("a"), model: "echo+status=529")
    #expect(overloaded.status == 529)
    #expect(try overloaded.json["error"]?["type"]?.stringValue == "overloaded_error")
    let stream = #""stream":true"#
    #expect(try ask(rig, user("a b"), stream, model: "echo+error-event=3").eventNames.last == "error")
    #expect(try ask(rig, user("a b"), stream, model: "echo+no-finish").eventNames.last == "content_block_stop")
    #expect(try ask(rig, user("a b"), stream, model: "echo+no-done").eventNames.last == "message_delta")
    #expect(try ask(rig, user("a b"), stream, model: "echo+no-usage").chunks.allSatisfy { $0["usage"] == nil })
  }
}

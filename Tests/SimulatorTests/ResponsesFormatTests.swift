import JSON
import Simulator
import TestSupport
import Testing

@Suite("The simulator in the format of OpenAI's Responses")
struct ResponsesFormatTests {
  private static let tools = """
    "tools":[{"type":"function","name":"weather","parameters":{"type":"object","properties":
    {"city":{"type":"string"}},"required":["city"]}},{"type":"function","name":"time"},
    {"type":"namespace","name":"files","description":"Files","tools":[{"type":"function","name":"open"}]},
    {"type":"custom","name":"patch"}]
    """

  private func ask(_ rig: SimulatorRig, _ input: String, _ more: String = "", model: String = "echo") throws
    -> RawResponse
  {
    try rig.ask(
      "POST", "/v1/responses", #"{"model":"\#(model)","input":\#(input)\#(more.isEmpty ? "" : "," + more)}"#)
  }

  private func text(_ answer: JSONValue) -> String? {
    answer["output"]?.arrayValue?.last?["content"]?[0]?["text"]?.stringValue
  }

  @Test("a response is answered, whole and as the exact sequence of events")
  func response() throws {
    let rig = try SimulatorRig()
    let answer = try ask(rig, "\"one two three\"", "\"instructions\":\"Be kind.\"").json
    #expect(text(answer) == "one two three")
    #expect(answer["status"]?.stringValue == "completed")
    #expect(answer["usage"]?["input_tokens"]?.integerValue == 6)
    #expect(answer["usage"]?["output_tokens"]?.integerValue == 3)
    let stream = try ask(rig, #"[{"role":"user","content":"a b"}]"#, "\"stream\":true")
    #expect(
      stream.eventNames == [
        "response.created", "response.in_progress", "response.output_item.added", "response.content_part.added",
        "response.output_text.delta", "response.output_text.delta", "response.output_text.done",
        "response.content_part.done", "response.output_item.done", "response.completed",
      ])
    let chunks = try stream.chunks
    #expect(chunks.map { $0["sequence_number"]?.integerValue } == (0..<10).map { Int64($0) })
    #expect(chunks.last?["response"].flatMap(text) == "a b")
    #expect(try rig.log().last?["dialect"]?.stringValue == "openai-responses")
  }

  @Test(
    "what OpenAI would refuse is refused in its words",
    arguments: [
      (#""input":"a","stop":["x"]"#, "stop", "unknown_parameter"),
      (#""input":[{"role":"user","content":[{"type":"text","text":"a"}]}]"#, "input[0].content[0]", nil),
      (#""input":[{"role":"assistant","content":[{"type":"input_text","text":"a"}]}]"#, "input[0].content[0]", nil),
      (#""input":"a","max_output_tokens":5"#, "max_output_tokens", nil),
      (#""temperature":1"#, "input", "missing_required_parameter"),
      (#""input":"a","text":{"format":{"type":"json_object"}}"#, "input", nil),
      (#""input":[{"type":"function_call_output","call_id":"x","output":"a"}]"#, "input", nil),
      (
        #""input":[{"type":"function_call","id":"call_1","call_id":"call_1","name":"a","arguments":"{}"}]"#,
        "input[0].id",
        nil
      ),
      (
        #""input":"a","tools":[{"type":"function","name":"a","strict":true,"parameters":{"type":"object","properties":{}}}]"#,
        "tools[0].parameters", nil
      ),
      (
        #""input":[{"role":"user","content":[{"type":"input_file","file_data":"data:application/pdf;base64,AAAA"}]}]"#,
        "input[0].content[0]", "missing_required_parameter"
      ),
      (#""input":"a","previous_response_id":"resp_1""#, "previous_response_id", nil),
    ] as [(String, String, String?)])
  func refusals(body: String, parameter: String, code: String?) throws {
    let rig = try SimulatorRig()
    let response = try rig.ask("POST", "/v1/responses", #"{"model":"echo",\#(body)}"#)
    #expect(response.status == 400)
    let error = try response.json["error"]
    #expect(error?["param"]?.stringValue == parameter)
    #expect(error?["code"]?.stringValue == code)
    #expect(try rig.log().last?["problem"]?.stringValue != nil)
  }

  @Test("functions of all kinds are called, and their outputs echoed")
  func tools() throws {
    let rig = try SimulatorRig()
    let answer = try ask(rig, "\"call weather, open, patch\"", ResponsesFormatTests.tools).json
    let calls = answer["output"]?.arrayValue ?? []
    #expect(calls.map { $0["type"]?.stringValue } == ["function_call", "function_call", "custom_tool_call"])
    #expect(calls[1]["namespace"]?.stringValue == "files")
    let stream = try ask(rig, "\"call weather, time\"", ResponsesFormatTests.tools + ",\"stream\":true").chunks
    let pieces = stream.filter {
      $0["type"]?.stringValue == "response.function_call_arguments.delta" && $0["output_index"]?.integerValue == 0
    }
    #expect(
      try JSONValue.parse(Array(pieces.compactMap { $0["delta"]?.stringValue }.joined().utf8))["city"]?.stringValue
        == "call weather, time")
    let call = String(decoding: calls[0].serialized(), as: UTF8.self)
    let id = try #require(calls[0]["call_id"]?.stringValue)
    let output = #"{"type":"function_call_output","call_id":"\#(id)","output":"sunny"}"#
    let next = #"[{"role":"user","content":"call weather"},\#(call),\#(output)]"#
    #expect(try text(ask(rig, next, ResponsesFormatTests.tools).json) == "The tool said: sunny")
    let open = try ask(rig, #"[{"role":"user","content":"a"},\#(call)]"#)
    #expect(try open.json["error"]?["message"]?.stringValue == "No tool output found for function call \(id).")
    let one = try ask(rig, "\"call weather, time\"", ResponsesFormatTests.tools + ",\"parallel_tool_calls\":false")
    #expect(try one.json["output"]?.arrayValue?.count == 1)
    let forced = try ask(
      rig, "\"a\"", ResponsesFormatTests.tools + #","tool_choice":{"type":"function","name":"time"}"#)
    #expect(try forced.json["output"]?[0]?["name"]?.stringValue == "time")
  }

  @Test("reasoning comes as a summary and sealed, and only the seal of the provider is taken back")
  func reasoning() throws {
    let rig = try SimulatorRig()
    let wanted = """
      "reasoning":{"effort":"low","summary":"auto"},"include":["reasoning.encrypted_content"],"store":false
      """
    let answer = try ask(rig, "\"Hello\"", wanted).json
    let item = try #require(answer["output"]?[0])
    #expect(item["summary"]?[0]?["text"]?.stringValue == "The user says: Hello")
    #expect(answer["usage"]?["output_tokens_details"]?["reasoning_tokens"]?.integerValue == 5)
    let sealed = try #require(item["encrypted_content"]?.stringValue)
    let own = String(decoding: item.serialized(), as: UTF8.self)
    func next(_ reasoning: String, _ follower: String = #",{"role":"assistant","content":"Hello"}"#) throws
      -> RawResponse
    {
      try ask(
        rig, #"[{"role":"user","content":"Hello"},\#(reasoning)\#(follower),{"role":"user","content":"more"}]"#, wanted)
    }
    #expect(try next(own).status == 200)
    let foreign = try next(own.replacing(sealed, with: "AAAA" + sealed))
    #expect(try foreign.json["error"]?["code"]?.stringValue == "invalid_encrypted_content")
    #expect(try next(own.replacing(#","encrypted_content":"\#(sealed)""#, with: "")).status == 404)
    #expect(try next(own, "").json["error"]?["message"]?.stringValue?.contains("required following item") == true)
    let names = try ask(rig, "\"Hi\"", wanted + ",\"stream\":true").eventNames
    #expect(names.contains("response.reasoning_summary_text.delta"))
  }

  @Test("schemas, limits and refusals shape the answer and its end")
  func endings() throws {
    let rig = try SimulatorRig()
    let schema =
      #"{"type":"object","properties":{"a":{"type":"integer"}},"required":["a"],"additionalProperties":false}"#
    let format = #""text":{"format":{"type":"json_schema","name":"n","strict":true,"schema":\#(schema)}}"#
    #expect(try text(ask(rig, "\"x\"", format).json) == #"{"a":1}"#)
    let long = try ask(rig, "\"x\"", "\"max_output_tokens\":16", model: "lorem").json
    #expect(long["status"]?.stringValue == "incomplete")
    #expect(long["incomplete_details"]?["reason"]?.stringValue == "max_output_tokens")
    let filtered = try ask(rig, "\"one two\"", "\"stream\":true", model: "echo+filtered").chunks.last
    #expect(filtered?["type"]?.stringValue == "response.incomplete")
    #expect(filtered?["response"]?["incomplete_details"]?["reason"]?.stringValue == "content_filter")
  }

  @Test("attachments are counted")
  func attachments() throws {
    let rig = try SimulatorRig()
    let input = """
      [{"role":"user","content":[{"type":"input_text","text":"count attachments"},
      {"type":"input_image","image_url":"data:image/png;base64,AAAA"},{"type":"input_image","image_url":"https://a/b.png"},
      {"type":"input_file","filename":"a.pdf","file_data":"data:application/pdf;base64,AAA="}]}]
      """
    #expect(
      try text(ask(rig, input).json)
        == "images: 1 (3 bytes), documents: 1 (2 bytes), audio: 0 (0 bytes), video: 0 (0 bytes), addresses: 1")
    #expect(try ask(rig, input.replacing("data:application/pdf;base64,", with: "")).status == 400)
  }

  @Test("faults come in the format's own way")
  func faults() throws {
    let rig = try SimulatorRig()
    let stream = "\"stream\":true"
    #expect(try ask(rig, "\"a b\"", stream, model: "echo+error-event=3").eventNames.last == "error")
    #expect(try ask(rig, "\"a b\"", stream, model: "echo+no-finish").eventNames.last == "response.output_item.done")
    #expect(
      try ask(rig, "\"a b\"", stream, model: "echo+no-usage").chunks.last?["response"]?["usage"]?.isNull == true)
    let flagged = try ask(rig, "\"a\"", model: "echo+moderation")
    #expect(try flagged.json["error"]?["code"]?.stringValue == "invalid_prompt")
  }
}

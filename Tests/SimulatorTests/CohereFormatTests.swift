import JSON
import Simulator
import TestSupport
import Testing

@Suite("The simulator in Cohere's format")
struct CohereFormatTests {
  private static let tools = """
    "tools":[{"type":"function","function":{"name":"weather","parameters":{"type":"object","properties":
    {"city":{"type":"string"}},"required":["city"]}}},{"type":"function","function":{"name":"time","parameters":{}}}]
    """

  private func ask(_ rig: SimulatorRig, _ messages: String, _ more: String = "", model: String = "echo") throws
    -> RawResponse
  {
    try rig.ask(
      "POST", "/v2/chat", #"{"model":"\#(model)","messages":[\#(messages)]\#(more.isEmpty ? "" : "," + more)}"#)
  }

  private func user(_ text: String) -> String { #"{"role":"user","content":"\#(text)"}"# }

  private func text(_ answer: JSONValue) -> String? {
    answer["message"]?["content"]?.arrayValue?.last?["text"]?.stringValue
  }

  @Test("a message is answered, whole and as Cohere's events, with thinking when it is asked for")
  func answer() throws {
    let rig = try SimulatorRig()
    let answer = try ask(rig, user("one two"), #""thinking":{"type":"enabled","token_budget":2}"#).json
    #expect(text(answer) == "one two")
    #expect(answer["message"]?["content"]?[0]?["thinking"]?.stringValue == "The user")
    #expect(answer["finish_reason"]?.stringValue == "COMPLETE")
    #expect(answer["usage"]?["tokens"]?["input_tokens"]?.integerValue == 2)
    #expect(answer["usage"]?["tokens"]?["output_tokens"]?.integerValue == 4)
    let stream = try ask(rig, user("one two"), #""stream":true"#)
    #expect(
      stream.eventNames == [
        "message-start", "content-start", "content-delta", "content-delta", "content-end", "message-end",
      ])
    #expect(try stream.chunks.last?["delta"]?["usage"]?["billed_units"]?["output_tokens"]?.integerValue == 2)
    #expect(try rig.log().last?["dialect"]?.stringValue == "cohere")
  }

  @Test(
    "what Cohere would refuse is refused in its words",
    arguments: [
      (#""messages":[{"role":"user","content":"a"}],"top_p":1"#, 422, "unknown field: parameter 'top_p'"),
      (#""messages":[{"role":"user","content":"a"}],"temperature":1.5"#, 400, "'temperature'"),
      (#""messages":[{"role":"user","content":""}]"#, 400, "at least 1 token"),
      (#""messages":[{"role":"developer","content":"a"}]"#, 400, "'messages[0].role'"),
      (#""messages":[{"role":"tool","tool_call_id":"x","content":"a"}]"#, 400, "no tool call has the id 'x'"),
      (#""messages":[{"role":"user","content":"a"}],"tool_choice":"REQUIRED""#, 400, "needs tools"),
      (
        #""messages":[{"role":"user","content":"a"}],"tools":[{"type":"function","function":{"name":"a","parameters":{},"strict":true}}]"#,
        422, "unknown field: parameter 'strict'"
      ),
    ])
  func refusals(body: String, status: Int, part: String) throws {
    let rig = try SimulatorRig()
    let response = try rig.ask("POST", "/v2/chat", #"{"model":"echo",\#(body)}"#)
    #expect(response.status == status)
    #expect(try response.json["message"]?.stringValue?.contains(part) == true)
  }

  @Test("tools are called behind a plan, and their results echoed")
  func tools() throws {
    let rig = try SimulatorRig()
    let answer = try ask(rig, user("call weather, time"), CohereFormatTests.tools).json
    let calls = answer["message"]?["tool_calls"]?.arrayValue ?? []
    #expect(calls.compactMap { $0["function"]?["name"]?.stringValue } == ["weather", "time"])
    #expect(answer["message"]?["tool_plan"]?.stringValue == "I will call weather and time.")
    #expect(answer["finish_reason"]?.stringValue == "TOOL_CALL")
    let stream = try ask(rig, user("call weather"), CohereFormatTests.tools + #","stream":true"#)
    #expect(stream.eventNames.contains("tool-plan-delta"))
    let arguments = try stream.chunks
      .compactMap { $0["delta"]?["message"]?["tool_calls"]?["function"]?["arguments"]?.stringValue }.joined()
    #expect(try JSONValue.parse(Array(arguments.utf8))["city"]?.stringValue == "call weather")
    let message = String(decoding: try #require(answer["message"]).serialized(), as: UTF8.self)
    let ids = calls.compactMap { $0["id"]?.stringValue }
    let results = ids.map { #"{"role":"tool","tool_call_id":"\#($0)","content":"sunny"}"# }
    let whole = [user("call weather, time"), message] + results
    #expect(
      try text(ask(rig, whole.joined(separator: ","), CohereFormatTests.tools).json) == "The tool said: sunny")
    #expect(try ask(rig, whole.dropLast().joined(separator: ","), CohereFormatTests.tools).status == 400)
  }

  @Test("schemas, limits and attachments")
  func settings() throws {
    let rig = try SimulatorRig()
    let schema = #"{"type":"object","properties":{"a":{"type":"integer"}},"required":["a"]}"#
    let shaped = try ask(rig, user("x"), #""response_format":{"type":"json_object","json_schema":\#(schema)}"#).json
    #expect(text(shaped) == #"{"a":1}"#)
    #expect(try ask(rig, user("a b c"), "\"max_tokens\":2").json["finish_reason"]?.stringValue == "MAX_TOKENS")
    let parts = """
      {"role":"user","content":[{"type":"text","text":"count attachments"},
      {"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]}
      """
    #expect(try text(ask(rig, parts).json)?.hasPrefix("images: 1 (3 bytes)") == true)
    let embedded = try rig.ask(
      "POST", "/v2/embed",
      #"{"model":"embedding","input_type":"search_query","texts":["a"],"output_dimension":8,"embedding_types":["float"]}"#
    ).json
    #expect(embedded["embeddings"]?["float"]?[0]?.arrayValue?.count == 8)
  }

  @Test("an error in a stream is its end, with Cohere's reason")
  func faults() throws {
    let rig = try SimulatorRig()
    let failed = try ask(rig, user("a b"), #""stream":true"#, model: "echo+error-event=2").chunks
    #expect(failed.last?["delta"]?["finish_reason"]?.stringValue == "ERROR")
    let unfinished = try ask(rig, user("a b"), #""stream":true"#, model: "echo+no-finish")
    #expect(unfinished.eventNames.last == "content-end")
  }
}

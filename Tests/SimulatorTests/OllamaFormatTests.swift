import JSON
import Simulator
import TestSupport
import Testing

@Suite("The simulator in Ollama's format")
struct OllamaFormatTests {
  private static let tools = """
    "tools":[{"type":"function","function":{"name":"weather","parameters":{"type":"object","properties":
    {"city":{"type":"string"}},"required":["city"]}}},{"type":"function","function":{"name":"time"}}]
    """

  private func ask(_ rig: SimulatorRig, _ messages: String, _ more: String = "\"stream\":false", model: String = "echo")
    throws -> RawResponse
  { try rig.ask("POST", "/api/chat", #"{"model":"\#(model)","messages":[\#(messages)],\#(more)}"#) }

  private func user(_ text: String) -> String { #"{"role":"user","content":"\#(text)"}"# }

  private func lines(_ response: RawResponse) throws -> [JSONValue] {
    try response.body.split(separator: UInt8(ascii: "\n")).map { try JSONValue.parse(Array($0)) }
  }

  @Test("a message is answered whole, and as lines unless that is off")
  func answer() throws {
    let rig = try SimulatorRig()
    let answer = try ask(rig, user("one two"), "\"stream\":false,\"think\":true").json
    #expect(answer["message"]?["content"]?.stringValue == "one two")
    #expect(answer["message"]?["thinking"]?.stringValue == "The user says: one two")
    #expect(answer["done"]?.boolValue == true)
    #expect(answer["done_reason"]?.stringValue == "stop")
    #expect(answer["prompt_eval_count"]?.integerValue == 2)
    #expect(answer["eval_count"]?.integerValue == 8)
    let stream = try ask(rig, user("one two"), "\"keep_alive\":\"5m\"")
    #expect(stream.first("content-type") == "application/x-ndjson")
    let lines = try lines(stream)
    #expect(lines.compactMap { $0["message"]?["content"]?.stringValue }.joined() == "one two")
    #expect(lines.map { $0["done"]?.boolValue } == [false, false, true])
    #expect(try rig.log().last?["dialect"]?.stringValue == "ollama")
  }

  @Test(
    "what Ollama would refuse or not know is refused",
    arguments: [
      (#""messages":[{"role":"user","content":[{"type":"text","text":"a"}]}]"#, "ChatRequest.messages.content"),
      (#""messages":[],"tool_choice":"auto""#, "unknown field \"tool_choice\""),
      (#""messages":[],"options":{"max_tokens":1}"#, "unknown field \"max_tokens\""),
      (#""messages":[{"role":"user","content":"a","images":["data:image/png;base64,AAAA"]}]"#, "illegal base64 data"),
      (
        #""messages":[{"role":"assistant","tool_calls":[{"function":{"name":"a","arguments":"{}"}}]}]"#,
        "ChatRequest.messages.tool_calls.function.arguments"
      ),
      (#""messages":[],"format":"xml""#, "invalid format"),
    ])
  func refusals(body: String, part: String) throws {
    let rig = try SimulatorRig()
    let response = try rig.ask("POST", "/api/chat", #"{"model":"echo",\#(body)}"#)
    #expect(response.status == 400)
    #expect(try response.json["error"]?.stringValue?.contains(part) == true)
    let unknown = try rig.ask("POST", "/api/chat", #"{"model":"none","messages":[]}"#)
    #expect(try unknown.json["error"]?.stringValue == "model 'none' not found")
  }

  @Test("tools, schemas, options and pictures")
  func settings() throws {
    let rig = try SimulatorRig()
    let called = try ask(rig, user("call weather, time"), OllamaFormatTests.tools + ",\"stream\":false").json
    let calls = called["message"]?["tool_calls"]?.arrayValue ?? []
    #expect(calls.compactMap { $0["function"]?["name"]?.stringValue } == ["weather", "time"])
    #expect(calls.first?["function"]?["arguments"]?["city"]?.stringValue == "call weather, time")
    let result = user("call weather") + #",{"role":"tool","tool_name":"weather","content":"sunny"}"#
    #expect(
      try ask(rig, result, OllamaFormatTests.tools + ",\"stream\":false").json["message"]?["content"]?.stringValue
        == "The tool said: sunny")
    let schema = #"{"type":"object","properties":{"a":{"type":"integer"}},"required":["a"]}"#
    let shaped = try ask(rig, user("x"), "\"stream\":false,\"format\":\(schema)").json
    #expect(shaped["message"]?["content"]?.stringValue == #"{"a":1}"#)
    let cut = try ask(rig, user("a b c"), #""stream":false,"options":{"num_predict":2,"stop":["z"]}"#).json
    #expect(cut["done_reason"]?.stringValue == "length")
    let picture = #"{"role":"user","content":"count attachments","images":["AAAA"]}"#
    #expect(
      try ask(rig, picture).json["message"]?["content"]?.stringValue?.hasPrefix("images: 1 (3 bytes)") == true)
  }

  @Test("models are listed and shown, texts embedded, models loaded")
  func others() throws {
    let rig = try SimulatorRig()
    #expect(try rig.ask("GET", "/api/tags").json["models"]?[0]?["name"]?.stringValue == "echo")
    #expect(try rig.ask("GET", "/api/version").json["version"]?.stringValue != nil)
    #expect(
      try rig.ask("POST", "/api/show", #"{"model":"echo"}"#).json["capabilities"]?.arrayValue?.isEmpty == false)
    let embedded = try rig.ask("POST", "/api/embed", #"{"model":"embedding","input":["a","b"],"dimensions":8}"#).json
    #expect(embedded["embeddings"]?.arrayValue?.map { $0.arrayValue?.count } == [8, 8])
    let loaded = try rig.ask("POST", "/api/chat", #"{"model":"echo"}"#)
    #expect(try lines(loaded).map { $0["done_reason"]?.stringValue } == ["load"])
  }

  @Test("faults come as lines")
  func faults() throws {
    let rig = try SimulatorRig()
    let failed = try lines(ask(rig, user("a b"), "\"stream\":true", model: "echo+error-event=1"))
    #expect(failed.last?["error"]?.stringValue != nil)
    let unfinished = try lines(ask(rig, user("a b"), "\"stream\":true", model: "echo+no-finish"))
    #expect(unfinished.allSatisfy { $0["done"]?.boolValue == false })
    let uncounted = try lines(ask(rig, user("a b"), "\"stream\":true", model: "echo+no-usage"))
    #expect(uncounted.last?["eval_count"] == nil)
  }
}

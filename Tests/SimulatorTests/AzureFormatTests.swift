import JSON
import Simulator
import TestSupport
import Testing

@Suite("The simulator in Azure's format, and in OpenAI's read strictly")
struct AzureFormatTests {
  private static let path = "/openai/deployments/echo/chat/completions?api-version=2024-10-21"

  private func ask(_ rig: SimulatorRig, _ body: String, path: String = path, fields: String = "") throws -> RawResponse
  {
    try rig.ask("POST", path, "{\(body)}", fields: fields)
  }

  private static let hello = #""messages":[{"role":"user","content":"a b"}]"#

  @Test("a deployment answers as OpenAI's chat with the results of the content filter")
  func answer() throws {
    let rig = try SimulatorRig()
    let answer = try ask(rig, AzureFormatTests.hello).json
    #expect(answer.content() == "a b")
    #expect(answer["prompt_filter_results"]?[0] != nil)
    #expect(answer["choices"]?[0]?["content_filter_results"]?["hate"]?["filtered"]?.boolValue == false)
    let stream = try ask(rig, AzureFormatTests.hello + ",\"stream\":true")
    #expect(try stream.chunks.first?["choices"]?.arrayValue?.isEmpty == true)
    #expect(try stream.streamedText == "a b")
    #expect(try stream.events.last == "[DONE]")
    #expect(try rig.log().last?["dialect"]?.stringValue == "azure")
  }

  @Test("the version, the deployment and the key are looked at")
  func access() throws {
    let rig = try SimulatorRig { $0.apiKey = "secret" }
    let key = "api-key: secret\r\n"
    #expect(try ask(rig, AzureFormatTests.hello).status == 401)
    #expect(try ask(rig, AzureFormatTests.hello, fields: key).status == 200)
    let bare = try ask(rig, AzureFormatTests.hello, path: "/openai/deployments/echo/chat/completions", fields: key)
    #expect(bare.status == 404)
    let other = try ask(
      rig, AzureFormatTests.hello, path: "/openai/deployments/none/chat/completions?api-version=1", fields: key)
    #expect(try other.json["error"]?["code"]?.stringValue == "DeploymentNotFound")
    let new = "\"model\":\"echo\"," + AzureFormatTests.hello
    #expect(try ask(rig, new, path: "/openai/v1/chat/completions", fields: key).json["prompt_filter_results"] != nil)
    let flagged = try ask(
      rig, AzureFormatTests.hello, path: "/openai/deployments/echo+moderation/chat/completions?api-version=1",
      fields: key)
    #expect(flagged.status == 400)
    #expect(try flagged.json["error"]?["innererror"]?["code"]?.stringValue == "ResponsibleAIPolicyViolation")
  }

  @Test(
    "what OpenAI's own servers would refuse is refused, in both formats",
    arguments: [
      (hello + #","top_k":1"#, "top_k", "unknown_parameter"),
      (
        #""messages":[{"role":"user","content":[{"type":"file","file":{"file_data":"data:application/pdf;base64,AAAA"}}]}]"#,
        "messages[0].content[0].file.file_id", "missing_required_parameter"
      ),
      (hello + #","temperature":3"#, "temperature", nil),
      (
        #""messages":[{"role":"user","content":[{"type":"input_text","text":"a"}]}]"#, "messages[0].content[0].type",
        nil
      ),
      (#""messages":[{"role":"user"}]"#, "messages[0].content", "invalid_type"),
      (#""messages":[{"role":"tool","tool_call_id":"x","content":"a"}]"#, "messages[0]", nil),
      (
        #""messages":[{"role":"assistant","tool_calls":[{"id":"x","type":"function","function":{"name":"a","arguments":"{}"}}]},{"role":"user","content":"a"}]"#,
        "messages", nil
      ),
      (hello + #","stream_options":{"include_usage":true}"#, "stream_options", nil),
      (hello + #","response_format":{"type":"json_object"}"#, "messages", nil),
      (hello + #","tool_choice":"auto""#, "tool_choice", nil),
      (
        hello
          + #","tools":[{"type":"function","function":{"name":"a","strict":true,"parameters":{"type":"object","properties":{}}}}]"#,
        "tools[0].function.parameters", nil
      ),
    ] as [(String, String, String?)])
  func refusals(body: String, parameter: String, code: String?) throws {
    let rig = try SimulatorRig()
    let strict = "\"model\":\"echo+strict\"," + body
    for response in [try ask(rig, body), try ask(rig, strict, path: "/v1/chat/completions")] {
      #expect(response.status == 400)
      let error = try response.json["error"]
      #expect(error?["param"]?.stringValue == parameter)
      #expect(error?["code"]?.stringValue == code)
    }
  }

  @Test("several tools are called at once, whole and streamed, unless that is off")
  func parallel() throws {
    let rig = try SimulatorRig()
    let tools = ["weather", "time"].map {
      #"{"type":"function","function":{"name":"\#($0)","parameters":{"type":"object"}}}"#
    }.joined(separator: ",")
    let body = #""messages":[{"role":"user","content":"call weather, time"}],"tools":[\#(tools)]"#
    let calls = try ask(rig, body).json["choices"]?[0]?["message"]?["tool_calls"]?.arrayValue ?? []
    #expect(calls.compactMap { $0["function"]?["name"]?.stringValue } == ["weather", "time"])
    let deltas = try ask(rig, body + ",\"stream\":true").chunks
      .compactMap { $0["choices"]?[0]?["delta"]?["tool_calls"]?[0] }
    for index in 0..<2 {
      let own = deltas.filter { $0["index"]?.integerValue == Int64(index) }
      #expect(own.compactMap { $0["function"]?["name"]?.stringValue } == [["weather", "time"][index]])
      #expect(own.compactMap { $0["function"]?["arguments"]?.stringValue }.joined() == "{}")
    }
    let one = try ask(rig, body + ",\"parallel_tool_calls\":false").json
    #expect(one["choices"]?[0]?["message"]?["tool_calls"]?.arrayValue?.count == 1)
  }
}

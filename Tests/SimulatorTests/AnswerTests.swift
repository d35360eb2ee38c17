import JSON
import Simulator
import TestSupport
import Testing

@Suite("The simulator's answers")
struct AnswerTests {
  private static let stream = "\"stream\":true"
  private static let usage = "\"stream\":true,\"stream_options\":{\"include_usage\":true}"

  @Test("a chat answer echoes the last user text with usage")
  func echo() throws {
    let rig = try SimulatorRig()
    let answer = try rig.chat("echo").json
    #expect(answer.content() == "Hello there, world!")
    #expect(answer["object"]?.stringValue == "chat.completion")
    #expect(answer["choices"]?[0]?["finish_reason"]?.stringValue == "stop")
    #expect(answer["usage"]?["prompt_tokens"]?.integerValue == 5)
    #expect(answer["usage"]?["completion_tokens"]?.integerValue == 5)
    #expect(answer["usage"]?["total_tokens"]?.integerValue == 10)
    let parts = try rig.ask(
      "POST", "/any/prefix/chat/completions",
      #"{"model":"demo/echo","messages":[{"role":"user","content":[{"type":"text","text":"see"},{"type":"image_url","image_url":{"url":"x"}}]}]}"#
    )
    #expect(try parts.json.content() == "see [image_url]")
  }

  @Test("a stream carries the same text, usage only when it was asked for, and ends with [DONE]")
  func streaming() throws {
    let rig = try SimulatorRig()
    let plain = try rig.chat("echo", "Hello there, world!", AnswerTests.stream)
    #expect(plain.first("content-type")?.hasPrefix("text/event-stream") == true)
    #expect(try plain.streamedText == "Hello there, world!")
    #expect(try plain.events.last == "[DONE]")
    #expect(try plain.chunks.allSatisfy { $0["usage"] == nil })
    let counted = try rig.chat("echo", "Hello there, world!", AnswerTests.usage)
    let chunks = try counted.chunks
    #expect(chunks.dropLast().allSatisfy { $0["usage"]?.isNull == true })
    #expect(chunks.last?["choices"]?.arrayValue?.isEmpty == true)
    #expect(chunks.last?["usage"]?["completion_tokens"]?.integerValue == 5)
    #expect(chunks.first?["choices"]?[0]?["delta"]?["role"]?.stringValue == "assistant")
    #expect(chunks.dropLast().last?["choices"]?[0]?["finish_reason"]?.stringValue == "stop")
  }

  @Test("limits, stops and several choices are obeyed", arguments: [false, true])
  func parameters(isStream: Bool) throws {
    let rig = try SimulatorRig()
    func finish(_ more: String) throws -> (text: String?, reason: String?) {
      let response = try rig.chat("echo", "one two three four", more + (isStream ? "," + AnswerTests.stream : ""))
      guard isStream else {
        let json = try response.json
        return (json.content(), json["choices"]?[0]?["finish_reason"]?.stringValue)
      }
      return (try response.streamedText, try response.chunks.last?["choices"]?[0]?["finish_reason"]?.stringValue)
    }
    let cut = try finish("\"max_tokens\":2")
    #expect(cut == ("one two", "length"))
    let cutToo = try finish("\"max_completion_tokens\":3,\"max_tokens\":1")
    #expect(cutToo == ("one two three", "length"))
    let stopped = try finish("\"stop\":[\"three\",\"zzz\"]")
    #expect(stopped == ("one two ", "stop"))
    let several = try rig.chat("echo", "a b", "\"n\":3").json
    #expect(several["choices"]?.arrayValue?.count == 3)
    #expect(several.content(2) == "a b")
    let streamed = try rig.chat("echo", "a b", "\"n\":3," + AnswerTests.stream).chunks
    for index in 0..<3 {
      let own = streamed.compactMap { $0["choices"]?[0] }.filter { $0["index"]?.integerValue == Int64(index) }
      #expect(own.compactMap { $0["delta"]?["content"]?.stringValue }.joined() == "a b")
      #expect(own.last?["finish_reason"]?.stringValue == "stop")
    }
  }

  private static let tools = """
    "tools":[{"type":"function","function":{"name":"weather","parameters":{"type":"object","properties":
    {"city":{"type":"string"},"days":{"type":"integer","minimum":2},"unit":{"enum":["c","f"]},"extra":{"type":"string"}},
    "required":["city","days","unit"]}}},{"type":"function","function":{"name":"other","parameters":{"type":"object"}}}]
    """

  @Test("tools are called when the text or the choice says so, with valid arguments, whole and streamed")
  func tools() throws {
    let rig = try SimulatorRig()
    let plain = try rig.chat("echo", "call weather now", AnswerTests.tools).json
    let call = plain["choices"]?[0]?["message"]?["tool_calls"]?[0]
    #expect(call?["function"]?["name"]?.stringValue == "weather")
    #expect(plain["choices"]?[0]?["finish_reason"]?.stringValue == "tool_calls")
    #expect(plain["choices"]?[0]?["message"]?["content"]?.isNull == true)
    let arguments = try JSONValue.parse(Array((call?["function"]?["arguments"]?.stringValue ?? "").utf8))
    #expect(arguments["days"]?.integerValue == 2)
    #expect(arguments["unit"]?.stringValue == "c")
    #expect(arguments["city"]?.stringValue != nil && arguments["extra"] == nil)

    let stream = try rig.chat("echo", "call weather now", AnswerTests.tools + "," + AnswerTests.stream).chunks
    let deltas = stream.compactMap { $0["choices"]?[0]?["delta"]?["tool_calls"]?[0] }
    #expect(deltas.first?["id"]?.stringValue?.hasPrefix("call_") == true)
    #expect(deltas.count > 3)
    let joined = deltas.compactMap { $0["function"]?["arguments"]?.stringValue }.joined()
    #expect(try JSONValue.parse(Array(joined.utf8))["days"]?.integerValue == 2)
    #expect(stream.last?["choices"]?[0]?["finish_reason"]?.stringValue == "tool_calls")

    let choices = [("\"required\"", "weather"), (#"{"type":"function","function":{"name":"other"}}"#, "other")]
    for (choice, name) in choices {
      let forced = try rig.chat("echo", "hello", AnswerTests.tools + ",\"tool_choice\":" + choice).json
      #expect(forced["choices"]?[0]?["message"]?["tool_calls"]?[0]?["function"]?["name"]?.stringValue == name)
    }
    let none = try rig.chat("echo", "call weather", AnswerTests.tools + ",\"tool_choice\":\"none\"").json
    #expect(none.content() == "call weather")
    #expect(try rig.chat("echo", "hello", AnswerTests.tools).json.content() == "hello")
  }

  @Test("structured answers satisfy their schema")
  func formats() throws {
    let rig = try SimulatorRig()
    let object = try rig.chat("echo", "hi", #""response_format":{"type":"json_object"}"#).json.content() ?? ""
    #expect(try JSONValue.parse(Array(object.utf8))["echo"]?.stringValue == "hi")
    let schema = """
      {"type":"object","properties":{"name":{"type":"string","maxLength":3},"score":{"type":"number","maximum":0.5},
      "tags":{"type":"array","items":{"type":"string"},"minItems":2},"nested":{"$ref":"#/$defs/N"},
      "maybe":{"anyOf":[{"type":"null"},{"type":"boolean"}]},"kind":{"type":["null","integer"]},
      "when":{"type":"string","format":"date"}},"$defs":{"N":{"type":"object","properties":{"n":{"const":7}}}}}
      """
    let format = #""response_format":{"type":"json_schema","json_schema":{"name":"x","schema":\#(schema)}}"#
    let text = try rig.chat("echo", "hello", format).json.content() ?? ""
    let value = try JSONValue.parse(Array(text.utf8))
    #expect(value["name"]?.stringValue == "hel")
    #expect(value["score"]?.doubleValue == 0.5)
    #expect(value["tags"]?.arrayValue?.count == 2)
    #expect(value["nested"]?["n"]?.integerValue == 7)
    #expect(value["maybe"]?.boolValue == true)
    #expect(value["kind"]?.integerValue == 1)
    #expect(value["when"]?.stringValue == "2026-01-02")
    let recursive = ##""response_format":{"type":"json_schema","json_schema":{"schema":{"$ref":"#"}}}"##
    #expect(try rig.chat("echo", "hello", recursive).status == 200)
  }

  @Test("log probabilities come when asked, whole and streamed")
  func logprobs() throws {
    let rig = try SimulatorRig()
    let plain = try rig.chat("echo", "a b", "\"logprobs\":true,\"top_logprobs\":2").json
    let content = plain["choices"]?[0]?["logprobs"]?["content"]
    #expect(content?.arrayValue?.count == 2)
    #expect(content?[1]?["top_logprobs"]?.arrayValue?.count == 2)
    let stream = try rig.chat("echo", "a b", "\"logprobs\":true," + AnswerTests.stream).chunks
    #expect(stream.compactMap { $0["choices"]?[0]?["logprobs"]?["content"]?[0]?["token"]?.stringValue } == ["a", " b"])
  }

  @Test("legacy completions, models and embeddings")
  func otherRoutes() throws {
    let rig = try SimulatorRig()
    let legacy = try rig.ask("POST", "/v1/completions", #"{"model":"echo","prompt":"say this","logprobs":1}"#).json
    #expect(legacy["choices"]?[0]?["text"]?.stringValue == "say this")
    #expect(legacy["choices"]?[0]?["logprobs"]?["text_offset"]?[1]?.integerValue == 3)
    let stream = try rig.ask("POST", "/v1/completions", #"{"model":"echo","prompt":"say this","stream":true}"#)
    #expect(try stream.chunks.compactMap { $0["choices"]?[0]?["text"]?.stringValue }.joined() == "say this")
    let models = try rig.ask("GET", "/v1/models").json
    #expect(models["data"]?.arrayValue?.compactMap { $0["id"]?.stringValue } == ["echo", "lorem", "embedding"])
    #expect(try rig.ask("GET", "/v1/models/demo/echo").json["id"]?.stringValue == "demo/echo")
    #expect(try rig.ask("GET", "/v1/nothing").status == 404)
  }

  @Test("embeddings are deterministic, of the length and in the form asked for")
  func embeddings() throws {
    let rig = try SimulatorRig()
    func embed(_ input: String, _ more: String = "") throws -> JSONValue {
      try rig.ask("POST", "/v1/embeddings", "{\"model\":\"embedding\",\"input\":\(input)\(more)}").json
    }
    let one = try embed("\"some text\"")
    #expect(one["data"]?[0]?["embedding"]?.arrayValue?.count == 256)
    let two = try embed("[\"some text\",\"other\"]", ",\"dimensions\":8")
    #expect(two["data"]?.arrayValue?.count == 2)
    #expect(two["data"]?[0]?["embedding"]?.arrayValue?.count == 8)
    let again = try embed("[\"some text\"]", ",\"dimensions\":8")
    #expect(again["data"]?[0]?["embedding"]?.serialized() == two["data"]?[0]?["embedding"]?.serialized())
    let coded = try embed("[[1,2],[3]]", ",\"dimensions\":3,\"encoding_format\":\"base64\"")
    #expect(coded["data"]?[1]?["embedding"]?.stringValue?.count == 16)
    #expect(coded["usage"]?["prompt_tokens"]?.integerValue == 3)
    #expect(try embed("[]")["error"] != nil)
  }

  @Test("wrong requests get OpenAI's errors")
  func wrongRequests() throws {
    let rig = try SimulatorRig()
    #expect(try rig.ask("POST", "/v1/chat/completions", "{").status == 400)
    #expect(
      try rig.ask("POST", "/v1/chat/completions", "{\"messages\":[]}").json["error"]?["param"]?.stringValue == "model")
    let unknown = try rig.chat("gpt-9")
    #expect(unknown.status == 404)
    #expect(try unknown.json["error"]?["code"]?.stringValue == "model_not_found")
    #expect(try rig.chat("echo", "a", "\"n\":0").status == 400)
    let fault = try rig.chat("echo+cutt=3")
    #expect(fault.status == 400)
    #expect(try fault.json["error"]?["message"]?.stringValue?.contains("'cut'") == true)
    #expect(try rig.chat("echo+cut=many").status == 400)
    #expect(try rig.chat("echo+hang=1").status == 400)
  }

  @Test("a key is asked for when one is set")
  func key() throws {
    let rig = try SimulatorRig { $0.apiKey = "sk-test" }
    let refused = try rig.chat("echo")
    #expect(refused.status == 401)
    #expect(try refused.json["error"]?["code"]?.stringValue == "invalid_api_key")
    let body = SimulatorRig.chatBody("echo")
    #expect(
      try rig.ask("POST", "/v1/chat/completions", body, fields: "Authorization: Bearer sk-test\r\n").status == 200)
  }

  @Test("time to the first token and speed are kept")
  func timing() throws {
    let rig = try SimulatorRig()
    let clock = ContinuousClock()
    let start = clock.now
    let client = try rig.send(
      "POST", "/v1/chat/completions", SimulatorRig.chatBody("lorem+ttft=80,tps=200,tokens=20", "x", AnswerTests.stream))
    _ = try client.readUntil("data:")
    #expect(clock.now - start >= .milliseconds(70))
    let response = try client.readResponse()
    #expect(clock.now - start >= .milliseconds(140))
    // Pieces that are due while the machine does something else leave together.
    #expect(response.chunkSizes.count > 1)
    #expect(try response.streamedText.split(separator: " ").count == 20)
  }

  @Test("the same seed gives the same text and the same chance")
  func seeds() throws {
    func run(_ seed: UInt64) throws -> [String] {
      let rig = try SimulatorRig {
        $0.seed = seed
        $0.failRate = 0.5
      }
      return try (0..<20).map { _ in
        let response = try rig.chat("lorem")
        return response.status == 200 ? try response.json.content() ?? "" : String(response.status)
      }
    }
    let first = try run(1)
    let second = try run(1)
    let other = try run(2)
    #expect(first == second)
    #expect(first != other)
    #expect((4...16).contains(first.filter { $0 == "503" }.count))
  }
}

import Core
import JSON
import Testing
import Translation

/// What goes to a provider is what the caller wrote, but for the gateway's own edits.
struct OpenAIRequestTests {
  private func read(_ text: String, _ operation: OpenAIOperation = .chat) throws(GatewayError) -> OpenAIRequest {
    let bytes = Array(text.utf8)
    var result: Result<OpenAIRequest, GatewayError>?
    bytes.withUnsafeBytes { body in
      do throws(GatewayError) { result = .success(try OpenAIRequest(operation, body: body)) } catch {
        result = .failure(error)
      }
    }
    guard let result else { throw .caller(.internalFailure, "nothing was read") }
    return try result.get()
  }

  private func forwarded(_ text: String, _ operation: OpenAIOperation = .chat, model: String = "up") throws -> String {
    let request = try read(text, operation)
    let output = ByteBuffer()
    Array(text.utf8).withUnsafeBytes {
      OpenAIRequestEncoder.encode(request, body: $0, upstreamModel: model, into: output)
    }
    _ = try JSONValue.parse(output.bytes)
    return String(decoding: output.bytes, as: UTF8.self)
  }

  private static let message = #""messages":[{"role":"user","content":"hi"}]"#

  @Test("Everything but the model goes through to the byte")
  func preservesBytes() throws {
    let text =
      #"{ "seed" : 12345678901234567890, "temperature":1.0,"model" :  "a/b" , "#
      + #""messages":[ {"role":"user","content":"caf\u00e9 \ud83d\ude00 é","name" : "n"} ],"x_future":{"b":1,"a":[1e400,0.10]},"user":"u1","n":2, "top_p":0.30 }"#
    #expect(try forwarded(text) == text.replacing(#""a/b""#, with: #""up""#))
  }

  @Test("The gateway's own members are taken out with the right comma, wherever they stand")
  func removesOwnMembers() throws {
    let m = Self.message
    #expect(try forwarded(#"{"models":["x"],"model":"a",\#(m)}"#) == #"{"model":"up",\#(m)}"#)
    #expect(try forwarded(#"{"model":"a",\#(m),"provider":{"order":["x"]}}"#) == #"{"model":"up",\#(m)}"#)
    #expect(
      try forwarded(#"{"route":"fallback","trace":{},"model":"a","usage":{"include":true},\#(m),"session_id":"s"}"#)
        == #"{"model":"up",\#(m)}"#)
    #expect(
      try forwarded(#"{ "debug":{} , "transforms":[] , "model":"a" , \#(m) , "plugins":[] , "z":1 }"#)
        == #"{ "model":"up" , \#(m) , "z":1 }"#)
  }

  @Test("A chain without a model still names one to the provider")
  func insertsModel() throws {
    #expect(try forwarded(#"{"models":["x","y"],\#(Self.message)}"#) == #"{"model":"up",\#(Self.message)}"#)
  }

  @Test("Usage is requested on every stream and only there")
  func requestsUsage() throws {
    let m = Self.message
    #expect(
      try forwarded(#"{"model":"a",\#(m),"stream":true}"#)
        == #"{"model":"up",\#(m),"stream":true,"stream_options":{"include_usage":true}}"#)
    #expect(
      try forwarded(#"{"model":"a",\#(m),"stream":true,"stream_options":{"include_usage":false,"x":1}}"#)
        == #"{"model":"up",\#(m),"stream":true,"stream_options":{"include_usage":true,"x":1}}"#)
    #expect(
      try forwarded(#"{"model":"a",\#(m),"stream":true,"stream_options":{ "x":1}}"#)
        == #"{"model":"up",\#(m),"stream":true,"stream_options":{"include_usage":true, "x":1}}"#)
    #expect(
      try forwarded(#"{"model":"a",\#(m),"stream_options":null,"stream":true}"#)
        == #"{"model":"up",\#(m),"stream_options":{"include_usage":true},"stream":true}"#)
    #expect(
      try forwarded(#"{"model":"a",\#(m),"stream":true,"stream_options":{}}"#)
        == #"{"model":"up",\#(m),"stream":true,"stream_options":{"include_usage":true}}"#)
    #expect(try forwarded(#"{"model":"a",\#(m),"stream":false}"#) == #"{"model":"up",\#(m),"stream":false}"#)
  }

  @Test(
    "A wrong field is refused with its name",
    arguments: [
      ("model", #"{"model":5,M}"#), ("model", #"{"model":"",M}"#), ("messages", #"{"model":"a"}"#),
      ("messages", #"{"model":"a","messages":"hi"}"#), ("messages", #"{"model":"a","messages":[]}"#),
      ("messages", #"{"model":"a","messages":null}"#), ("messages[0]", #"{"model":"a","messages":["hi"]}"#),
      ("messages[0].role", #"{"model":"a","messages":[{"content":"x"}]}"#),
      ("messages[0].role", #"{"model":"a","messages":[{"role":"robot","content":"x"}]}"#),
      ("messages[0].content", #"{"model":"a","messages":[{"role":"user","content":5}]}"#),
      (
        "messages[0].content[1]", #"{"model":"a","messages":[{"role":"user","content":[{"type":"text","text":""},1]}]}"#
      ),
      ("temperature", #"{"model":"a",M,"temperature":"hot"}"#), ("temperature", #"{"model":"a",M,"temperature":2.1}"#),
      ("top_p", #"{"model":"a",M,"top_p":-0.1}"#), ("max_tokens", #"{"model":"a",M,"max_tokens":0}"#),
      ("max_tokens", #"{"model":"a",M,"max_tokens":1.5}"#),
      ("max_completion_tokens", #"{"model":"a",M,"max_completion_tokens":"9"}"#),
      ("n", #"{"model":"a",M,"n":0}"#), ("n", #"{"model":"a",M,"n":129}"#),
      ("stream", #"{"model":"a",M,"stream":"yes"}"#),
      ("stream_options", #"{"model":"a",M,"stream_options":true}"#), ("tools", #"{"model":"a",M,"tools":{}}"#),
      ("tool_choice", #"{"model":"a",M,"tool_choice":1}"#), ("stop", #"{"model":"a",M,"stop":1}"#),
      ("response_format", #"{"model":"a",M,"response_format":"json"}"#),
      ("provider", #"{"model":"a",M,"provider":"x"}"#),
      ("models", #"{"model":"a",M,"models":"x"}"#), ("models", #"{"model":"a",M,"models":[1]}"#),
      ("plugins", #"{"model":"a",M,"plugins":[{"id":"web"}]}"#), ("preset", #"{"model":"a",M,"preset":7}"#),
      ("seed", #"{"model":"a",M,"seed":1.5}"#), ("top_logprobs", #"{"model":"a",M,"top_logprobs":21}"#),
      ("logit_bias", #"{"model":"a",M,"logit_bias":[]}"#), ("model", #"{"model":"a",M,"model":"b"}"#),
      ("temperature", #"{"model":"a",M,"temperature":1,"temper\u0061ture":1}"#),
      ("messages[0].role", #"{"model":"a","messages":[{"role":"user","role":"system","content":"x"}]}"#),
      ("messages[0].content", #"{"model":"a","messages":[{"role":"user","content":"x","content":"y"}]}"#),
      (
        "stream_options.include_usage",
        #"{"model":"a",M,"stream_options":{"include_usage":true,"include_usage":false}}"#
      ),
    ])
  func refusesWrongFields(_ row: (field: String, body: String)) {
    let error = #expect(throws: GatewayError.self) { try read(row.body.replacing("M", with: Self.message)) }
    #expect(error?.kind == .invalidRequest)
    guard case .text(let field)? = error?.metadata.first(where: { $0.name == "field" })?.value else {
      Issue.record("the error names no field: \(error?.message ?? "")")
      return
    }
    #expect(field == row.field)
    #expect(error?.message.contains("'") == true || error?.message.contains(row.field) == true)
  }

  @Test("A null model is replaced where the chain names one: it never goes out twice")
  func replacesNullModel() throws {
    #expect(
      try forwarded(#"{"model":null,"models":["x"],\#(Self.message)}"#) == #"{"model":"up",\#(Self.message)}"#)
  }

  /// Before: a long list was compared name by name with itself, and tools were built as documents; a request of some
  /// hundred kilobytes held its loop for seconds.
  @Test("Large lists of models and tools cost no more than their bytes")
  func largeLists() throws {
    let models = (0..<200_000).map { "\"m\($0)\"" }.joined(separator: ",")
    let error = #expect(throws: GatewayError.self) { try read(#"{"models":[\#(models)],\#(Self.message)}"#) }
    #expect(error?.kind == .invalidRequest)
    let tools = [String](repeating: "0", count: 1_000_000).joined(separator: ",")
    #expect(try read(#"{"model":"a","tools":[\#(tools)],\#(Self.message)}"#).hasTools)
    let fields = (0..<1000).map { "\"f\($0)\":1" }.joined(separator: ",")
    #expect(throws: GatewayError.self) { try read("{\(fields),\(Self.message)}") }
  }

  @Test("Images, sounds and files do not count as text")
  func countsText() throws {
    let image = String(repeating: "A", count: 100_000)
    let request = try read(
      #"{"model":"a","messages":[{"role":"user","content":[{"type":"text","text":"hi"},{"type":"image_url","image_url":{"url":"data:\#(image)"}}]}]}"#
    )
    #expect(request.textBytes < 200)
  }

  @Test("Null stands for absent in every optional field")
  func acceptsNull() throws {
    let request = try read(
      #"{"model":"a",\#(Self.message),"temperature":null,"tools":null,"stop":null,"stream":null,"provider":null,"models":null,"stream_options":null,"response_format":null,"max_tokens":null}"#
    )
    #expect(request.parameters.isEmpty && !request.hasTools && !request.isStream)
  }

  @Test("What the planner needs is found")
  func findsNeeds() throws {
    let request = try read(
      #"{"model":"a","models":["b","a","c"],"messages":[{"role":"user","content":[{"type":"text","text":"x"},{"type":"image_url","image_url":{"url":"u"}},{"type":"image_url","image_url":{"url":"u"}},{"type":"input_audio","input_audio":{}}]}],"tools":[{"type":"function"}],"response_format":{"type":"json_schema"},"max_tokens":7,"max_completion_tokens":9,"n":3,"temperature":0,"x_custom":1}"#
    )
    #expect(request.modelChain == ["a", "b", "c"])
    #expect(request.modalities == ["image", "audio"] && request.imageCount == 2)
    #expect(request.hasTools && request.wantsSchema)
    #expect(
      request.parameters == [
        "tools", "response_format", "max_tokens", "max_completion_tokens", "n", "temperature", "x_custom",
      ])
  }

  @Test("Embeddings and legacy completions have their own subject and cannot be mixed up")
  func otherOperations() throws {
    #expect(try read(#"{"model":"a","input":["x","y"]}"#, .embedding).model == "a")
    #expect(throws: GatewayError.self) { try read(#"{"model":"a","input":""}"#, .embedding) }
    #expect(throws: GatewayError.self) { try read(#"{"model":"a","input":"x","stream":true}"#, .embedding) }
    #expect(try read(#"{"model":"a","prompt":"x","logprobs":3,"stream":true}"#, .completion).isStream)
    #expect(throws: GatewayError.self) { try read(#"{"model":"a","messages":[]}"#, .completion) }
  }

  @Test(
    "A body that is no JSON object is refused with the place",
    arguments: ["", "[]", "5", #"{"model":"a""#, "{\"a\":1}x"])
  func refusesBrokenBodies(_ text: String) {
    let error = #expect(throws: GatewayError.self) { try read(text) }
    #expect(error?.message.contains("at byte") == true)
  }
}

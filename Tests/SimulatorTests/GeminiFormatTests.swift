import Core
import Credentials
import JSON
import Simulator
import TestSupport
import Testing

@Suite("The simulator in Google's formats")
struct GeminiFormatTests {
  private static let vertex = "/v1/projects/p/locations/us-central1/publishers/google/models/"
  private static let bearer = "Authorization: Bearer token\r\n"
  private static let tools = """
    "tools":[{"functionDeclarations":[{"name":"weather","parameters":{"type":"OBJECT","properties":
    {"city":{"type":"STRING"}},"required":["city"]}},{"name":"time"}]}]
    """

  private func ask(
    _ rig: SimulatorRig, _ contents: String, _ more: String = "", model: String = "echo",
    method: String = "generateContent", isVertex: Bool = false
  ) throws -> RawResponse {
    let path = (isVertex ? GeminiFormatTests.vertex : "/v1beta/models/") + model + ":" + method
    return try rig.ask(
      "POST", path, #"{"contents":[\#(contents)]\#(more.isEmpty ? "" : "," + more)}"#,
      fields: isVertex ? GeminiFormatTests.bearer : "")
  }

  private func user(_ text: String) -> String { #"{"role":"user","parts":[{"text":"\#(text)"}]}"# }

  private func text(_ answer: JSONValue) -> String? {
    answer["candidates"]?[0]?["content"]?["parts"]?[0]?["text"]?.stringValue
  }

  @Test("contents are answered with usage by Google's counts", arguments: [false, true])
  func content(isVertex: Bool) throws {
    let rig = try SimulatorRig()
    let answer = try ask(rig, user("Hello there, world!"), isVertex: isVertex).json
    #expect(text(answer) == "Hello there, world!")
    #expect(answer["candidates"]?[0]?["finishReason"]?.stringValue == "STOP")
    #expect(answer["usageMetadata"]?["promptTokenCount"]?.integerValue == 5)
    #expect(answer["usageMetadata"]?["candidatesTokenCount"]?.integerValue == 5)
    #expect(answer["usageMetadata"]?["totalTokenCount"]?.integerValue == 10)
    #expect(try rig.log().last?["dialect"]?.stringValue == (isVertex ? "vertex" : "gemini"))
    let thinking = #""generationConfig":{"thinkingConfig":{"includeThoughts":true,"thinkingBudget":2}}"#
    let thoughtful = try ask(rig, user("Hello"), thinking, isVertex: isVertex).json
    let parts = thoughtful["candidates"]?[0]?["content"]?["parts"]
    #expect(parts?[0]?["thought"]?.boolValue == true)
    #expect(parts?[1]?["thoughtSignature"]?.stringValue != nil)
    #expect(thoughtful["usageMetadata"]?["thoughtsTokenCount"]?.integerValue == 2)
    #expect(thoughtful["usageMetadata"]?["candidatesTokenCount"]?.integerValue == 1)
    #expect(thoughtful["usageMetadata"]?["totalTokenCount"]?.integerValue == 4)
  }

  @Test("a stream is of events or one array", arguments: [false, true])
  func streaming(isVertex: Bool) throws {
    let rig = try SimulatorRig()
    let events = try ask(rig, user("one two three"), method: "streamGenerateContent?alt=sse", isVertex: isVertex).chunks
    #expect(events.compactMap(text).joined() == "one two three")
    #expect(events.last?["candidates"]?[0]?["finishReason"]?.stringValue == "STOP")
    #expect(events.last?["usageMetadata"]?["candidatesTokenCount"]?.integerValue == 3)
    #expect((events.first?["usageMetadata"] != nil) == !isVertex)
    let array = try ask(rig, user("one two three"), method: "streamGenerateContent", isVertex: isVertex)
    #expect(try array.json.arrayValue?.compactMap(text).joined() == "one two three")
  }

  @Test(
    "what Google would refuse is refused in its words",
    arguments: [
      (
        #""contents":[{"parts":[{"text":"a"}]}],"temperature":1"#,
        #"Invalid JSON payload received. Unknown name "temperature": Cannot find field."#
      ),
      (
        #""contents":[{"parts":[{"text":"a","x":1}]}]"#,
        #"Invalid JSON payload received. Unknown name "x" at 'contents[0].parts[0]': Cannot find field."#
      ),
      (#""contents":[]"#, "* GenerateContentRequest.contents: contents is not specified\n"),
      (#""contents":[{"role":"assistant","parts":[{"text":"a"}]}]"#, "Please use a valid role: user, model."),
      (
        #""contents":[{"parts":[{}]}]"#,
        "* GenerateContentRequest.contents[0].parts[0].data: required oneof field 'data' must have one initialized field\n"
      ),
      (
        #""contents":[{"parts":[{"text":"a"}]}],"generationConfig":{"responseMimeType":"application/json","responseSchema":{"type":"OBJECT","properties":{},"additionalProperties":false}}"#,
        #"Invalid JSON payload received. Unknown name "additionalProperties" at 'generation_config.response_schema': Cannot find field."#
      ),
      (
        #""contents":[{"parts":[{"functionResponse":{"name":"a","response":{}}}]}]"#,
        "Please ensure that function response turn comes immediately after a function call turn."
      ),
    ])
  func refusals(body: String, message: String) throws {
    let rig = try SimulatorRig()
    let response = try rig.ask("POST", "/v1beta/models/echo:generateContent", "{\(body)}")
    #expect(response.status == 400)
    let error = try response.json["error"]
    #expect(error?["status"]?.stringValue == "INVALID_ARGUMENT")
    let said = error?["message"]?.stringValue?.replacing("additional_properties", with: "additionalProperties")
    #expect(said == message)
  }

  @Test("members may be written with underscores")
  func spelling() throws {
    let rig = try SimulatorRig()
    let answer = try ask(
      rig, user("one two three"),
      #""generation_config":{"max_output_tokens":2},"system_instruction":{"parts":[{"text":"x"}]}"#
    ).json
    #expect(text(answer) == "one two")
    #expect(answer["candidates"]?[0]?["finishReason"]?.stringValue == "MAX_TOKENS")
  }

  @Test("functions are called with signatures that must come back as they were")
  func functions() throws {
    let rig = try SimulatorRig { $0.models = ["echo", "gemini-3-pro"] }
    let wanted = GeminiFormatTests.tools + #","generationConfig":{"thinkingConfig":{"thinkingLevel":"HIGH"}}"#
    let answer = try ask(rig, user("call weather, time"), wanted, model: "gemini-3-pro").json
    let content = try #require(answer["candidates"]?[0]?["content"])
    let parts = content["parts"]?.arrayValue ?? []
    #expect(parts.compactMap { $0["functionCall"]?["name"]?.stringValue } == ["weather", "time"])
    #expect(parts.map { $0["thoughtSignature"] != nil } == [true, false])
    let own = String(decoding: content.serialized(), as: UTF8.self)
    let signature = try #require(parts.first?["thoughtSignature"]?.stringValue)
    let results = """
      {"role":"user","parts":[{"functionResponse":{"name":"weather","response":{"result":"sunny"}}},
      {"functionResponse":{"name":"time","response":{"result":"noon"}}}]}
      """
    func next(_ turn: String, _ results: String) throws -> RawResponse {
      try ask(rig, [user("call weather, time"), turn, results].joined(separator: ","), wanted, model: "gemini-3-pro")
    }
    #expect(try text(next(own, results).json) == "The tool said: noon")
    let foreign = try next(own.replacing(signature, with: "AAAA"), results)
    #expect(try foreign.json["error"]?["message"]?.stringValue == "Corrupted thought signature.")
    #expect(try next(own.replacing(signature, with: "skip_thought_signature_validator"), results).status == 200)
    let bare = try next(own.replacing(#","thoughtSignature":"\#(signature)""#, with: ""), results)
    #expect(try bare.json["error"]?["message"]?.stringValue?.contains("missing a thought_signature") == true)
    let one = #"{"role":"user","parts":[{"functionResponse":{"name":"time","response":{}}}]}"#
    #expect(try next(own, one).json["error"]?["message"]?.stringValue?.contains("number of function response") == true)
  }

  @Test("choices of functions, schemas and stops are obeyed")
  func settings() throws {
    let rig = try SimulatorRig()
    func config(_ mode: String, _ more: String = "") -> String {
      GeminiFormatTests.tools + #","toolConfig":{"functionCallingConfig":{"mode":"\#(mode)"\#(more)}}"#
    }
    let forced = try ask(rig, user("a"), config("ANY", #","allowedFunctionNames":["time"]"#)).json
    #expect(
      forced["candidates"]?[0]?["content"]?["parts"]?[0]?["functionCall"]?["name"]?.stringValue == "time")
    #expect(try text(ask(rig, user("call time"), config("NONE")).json) == "call time")
    let schema = """
      "generationConfig":{"responseMimeType":"application/json","responseSchema":{"type":"OBJECT",
      "properties":{"list":{"type":"ARRAY","minItems":"2","items":{"type":"INTEGER"}}},"required":["list"]}}
      """
    #expect(try text(ask(rig, user("x"), schema).json) == #"{"list":[1,1]}"#)
    let stopped = try ask(rig, user("one two"), #""generationConfig":{"stopSequences":["two"]}"#).json
    #expect(text(stopped) == "one ")
    let several = try ask(rig, user("a"), #""generationConfig":{"candidateCount":2}"#).json
    #expect(several["candidates"]?.arrayValue?.count == 2)
  }

  @Test("attachments are counted, and bad ones refused")
  func attachments() throws {
    let rig = try SimulatorRig()
    let parts = """
      {"role":"user","parts":[{"text":"count attachments"},{"inlineData":{"mimeType":"image/png","data":"AAAA"}},
      {"inlineData":{"mimeType":"application/pdf","data":"AAAAAA"}},
      {"fileData":{"mimeType":"video/mp4","fileUri":"gs://bucket/film.mp4"}}]}
      """
    #expect(
      try text(ask(rig, parts).json)
        == "images: 1 (3 bytes), documents: 1 (4 bytes), audio: 0 (0 bytes), video: 0 (0 bytes), addresses: 1")
    #expect(try ask(rig, parts.replacing("AAAAAA", with: "A?")).status == 400)
  }

  @Test("tokens are counted and texts embedded")
  func others() throws {
    let rig = try SimulatorRig { $0.models = ["echo", "embedding"] }
    #expect(try ask(rig, user("one two"), method: "countTokens").json["totalTokens"]?.integerValue == 2)
    let content = #"{"content":{"parts":[{"text":"hello"}]},"outputDimensionality":8}"#
    let single = try rig.ask("POST", "/v1beta/models/embedding:embedContent", content).json
    #expect(single["embedding"]?["values"]?.arrayValue?.count == 8)
    let batch = try rig.ask(
      "POST", "/v1beta/models/embedding:batchEmbedContents",
      #"{"requests":[\#(content.replacing("{\"content", with: "{\"model\":\"models/embedding\",\"content"))]}"#
    ).json
    #expect(batch["embeddings"]?[0]?["values"] == single["embedding"]?["values"])
    let vertex = try rig.ask(
      "POST", GeminiFormatTests.vertex + "embedding:predict",
      #"{"instances":[{"content":"hello"}],"parameters":{"outputDimensionality":8}}"#, fields: GeminiFormatTests.bearer
    ).json
    #expect(vertex["predictions"]?[0]?["embeddings"]?["values"] == single["embedding"]?["values"])
  }

  @Test("models are listed by Google's path, and by its key where the path is OpenAI's too")
  func models() throws {
    let rig = try SimulatorRig()
    #expect(try rig.ask("GET", "/v1beta/models").json["models"]?[0]?["name"]?.stringValue == "models/echo")
    #expect(try rig.ask("GET", "/v1beta/models/echo").json["displayName"]?.stringValue == "echo")
    #expect(try rig.ask("GET", "/v1/models", fields: "x-goog-api-key: k\r\n").json["models"] != nil)
    #expect(try rig.ask("GET", "/v1/models").json["data"] != nil)
  }

  @Test("keys are looked at in Google's ways")
  func keys() throws {
    let rig = try SimulatorRig { $0.apiKey = "secret" }
    let path = "/v1beta/models/echo:generateContent"
    let body = #"{"contents":[{"parts":[{"text":"a"}]}]}"#
    let refused = try rig.ask("POST", path, body)
    #expect(refused.status == 400)
    #expect(try refused.json["error"]?["details"]?[0]?["reason"]?.stringValue == "API_KEY_INVALID")
    #expect(try rig.ask("POST", path + "?key=secret", body).status == 200)
    #expect(try rig.ask("POST", path, body, fields: "x-goog-api-key: secret\r\n").status == 200)
    #expect(try rig.ask("POST", GeminiFormatTests.vertex + "echo:generateContent", body).status == 401)
  }

  @Test("access tokens are issued, known again, and good until they are revoked")
  func tokens() throws {
    let rig = try SimulatorRig()
    let path = "/computeMetadata/v1/instance/service-accounts/default/token"
    #expect(try rig.ask("GET", path).status == 403)
    let answer = try rig.ask("GET", path, fields: "Metadata-Flavor: Google\r\n").json
    #expect(answer["expires_in"]?.integerValue == 3600)
    let token = try #require(answer["access_token"]?.stringValue)
    func status() throws -> Int {
      try rig.ask(
        "POST", GeminiFormatTests.vertex + "echo:generateContent",
        #"{"contents":[{"role":"user","parts":[{"text":"a"}]}]}"#, fields: "Authorization: Bearer \(token)\r\n"
      ).status
    }
    #expect(try status() == 200)
    _ = try rig.ask("DELETE", "/__simulator/tokens")
    #expect(try status() == 401)
  }

  @Test("a signed request for a token is checked, its signature too where the key is known")
  func grants() throws {
    let account = try ServiceAccount(json: Secret(ServiceAccountSample.json))
    let request = try TokenRequest.serviceAccount(account, at: WallClock.seconds())
    let body = try #require(request.body?.reveal())
    let form = "Content-Type: application/x-www-form-urlencoded\r\n"
    let rig = try SimulatorRig()
    #expect(try rig.ask("POST", "/token", body, fields: form).json["token_type"]?.stringValue == "Bearer")
    let old = try TokenRequest.serviceAccount(account, at: WallClock.seconds() - 7200)
    let refused = try rig.ask("POST", "/token", old.body?.reveal() ?? "", fields: form)
    #expect(refused.status == 400)
    #expect(try refused.json["error"]?.stringValue == "invalid_grant")
    let strict = try SimulatorRig { $0.googlePublicKey = RS256PublicKey(pem: ServiceAccountSample.publicKey) }
    #expect(try strict.ask("POST", "/token", body, fields: form).status == 200)
    let forged = String(body.dropLast(8)) + "AAAAAAAA"
    #expect(try strict.ask("POST", "/token", forged, fields: form).status == 400)
    #expect(try rig.ask("POST", "/token", "grant_type=password&assertion=x", fields: form).status == 400)
  }

  @Test("faults come in Google's own way")
  func faults() throws {
    let rig = try SimulatorRig()
    let busy = try ask(rig, user("a"), model: "echo+status=429")
    #expect(try busy.json["error"]?["status"]?.stringValue == "RESOURCE_EXHAUSTED")
    let stream = "streamGenerateContent?alt=sse"
    let failed = try ask(rig, user("a b"), model: "echo+error-event=1", method: stream).chunks
    #expect(failed.last?["error"]?["code"]?.integerValue == 500)
    let unfinished = try ask(rig, user("a b"), model: "echo+no-finish", method: stream).chunks
    #expect(unfinished.allSatisfy { $0["candidates"]?[0]?["finishReason"] == nil })
    let blocked = try ask(rig, user("a b"), model: "echo+moderation").json
    #expect(blocked["promptFeedback"]?["blockReason"]?.stringValue == "PROHIBITED_CONTENT")
    let filtered = try ask(rig, user("a b"), model: "echo+filtered").json
    #expect(filtered["candidates"]?[0]?["finishReason"]?.stringValue == "SAFETY")
  }
}

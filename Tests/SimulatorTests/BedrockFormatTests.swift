import Core
import Credentials
import HTTPWire
import JSON
import Simulator
import TestSupport
import Testing

@Suite("The simulator in the format of Bedrock's Converse")
struct BedrockFormatTests {
  private static let tools = """
    "toolConfig":{"tools":[{"toolSpec":{"name":"weather","inputSchema":{"json":{"type":"object","properties":
    {"city":{"type":"string"}},"required":["city"]}}}},{"toolSpec":{"name":"time","inputSchema":{"json":{"type":"object"}}}}]}
    """

  private func ask(
    _ rig: SimulatorRig, _ messages: String, _ more: String = "", model: String = "echo",
    operation: String = "converse",
    fields: String = ""
  ) throws -> RawResponse {
    try rig.ask(
      "POST", "/model/\(model)/\(operation)", #"{"messages":[\#(messages)]\#(more.isEmpty ? "" : "," + more)}"#,
      fields: fields)
  }

  private func user(_ text: String) -> String { #"{"role":"user","content":[{"text":"\#(text)"}]}"# }

  /// The messages of a binary stream: their kinds and payloads.
  private func frames(_ response: RawResponse) throws -> [(kind: EventStreamMessage.Kind, json: JSONValue)] {
    var frames: [(kind: EventStreamMessage.Kind, json: JSONValue)] = []
    let decoder = EventStreamDecoder(messageBytes: 1 << 20)
    try response.body.withUnsafeBytes { bytes in
      try decoder.feed(bytes) { frames.append(($0.kind, try JSONValue.parse($0.payload))) }
    }
    #expect(!decoder.hasPartialMessage)
    return frames
  }

  private func content(_ answer: JSONValue) -> JSONValue? { answer["output"]?["message"]?["content"] }

  @Test("a conversation is answered with usage by Bedrock's counts")
  func whole() throws {
    let rig = try SimulatorRig { $0.models = ["anthropic.claude-3-5-sonnet-20241022-v2:0"] }
    let answer = try ask(
      rig, user("Hello there"), #""system":[{"text":"Be kind."}]"#, model: "anthropic.claude-3-5-sonnet-20241022-v2%3A0"
    ).json
    #expect(content(answer)?[0]?["text"]?.stringValue == "Hello there")
    #expect(answer["stopReason"]?.stringValue == "end_turn")
    #expect(answer["usage"]?["inputTokens"]?.integerValue == 5)
    #expect(answer["usage"]?["outputTokens"]?.integerValue == 2)
    let log = try rig.log().last
    #expect(log?["dialect"]?.stringValue == "bedrock")
    #expect(log?["model"]?.stringValue == "anthropic.claude-3-5-sonnet-20241022-v2:0")
  }

  @Test("a stream is of checked frames in Bedrock's order")
  func streaming() throws {
    let rig = try SimulatorRig()
    let response = try ask(rig, user("a b"), operation: "converse-stream")
    #expect(response.first("content-type") == "application/vnd.amazon.eventstream")
    let frames = try frames(response)
    #expect(
      frames.map(\.kind) == [
        .event("messageStart"), .event("contentBlockDelta"), .event("contentBlockDelta"), .event("contentBlockStop"),
        .event("messageStop"), .event("metadata"),
      ])
    #expect(frames.compactMap { $0.json["delta"]?["text"]?.stringValue }.joined() == "a b")
    #expect(frames.last?.json["usage"]?["totalTokens"]?.integerValue == 4)
    let broken = try ask(rig, user("a b"), model: "echo+bad-checksum=2", operation: "converse-stream")
    #expect(throws: GatewayError.self) { _ = try self.frames(broken) }
    let failed = try self.frames(ask(rig, user("a b"), model: "echo+error-event=2", operation: "converse-stream"))
    #expect(failed.last?.kind == .exception("internalServerException"))
    let unfinished = try self.frames(ask(rig, user("a b"), model: "echo+no-finish", operation: "converse-stream"))
    #expect(unfinished.last?.kind == .event("contentBlockStop"))
  }

  @Test(
    "what Bedrock would refuse is refused in its words",
    arguments: [
      (#""messages":[]"#, "at least one message"),
      (#""messages":[{"role":"assistant","content":[{"text":"a"}]}]"#, "must start with a user message"),
      (
        #""messages":[{"role":"user","content":[{"text":"a"}]},{"role":"user","content":[{"text":"b"}]}]"#,
        "alternate between user and assistant"
      ),
      (#""messages":[{"role":"user","content":[{"text":" "}]}]"#, "at messages.0.content.0 is blank"),
      (#""messages":[{"role":"user","content":[{"text":"a"}]}],"maxTokens":5"#, "extraneous key [maxTokens]"),
      (
        #""messages":[{"role":"user","content":[{"text":"a"}]}],"inferenceConfig":{"temperature":2}"#,
        "'inferenceConfig.temperature'"
      ),
      (
        #""messages":[{"role":"user","content":[{"text":"a"}]},{"role":"assistant","content":[{"toolUse":{"toolUseId":"x","name":"a","input":{}}}]},{"role":"user","content":[{"toolResult":{"toolUseId":"x","content":[{"text":"b"}]}}]}]"#,
        "toolConfig field must be defined"
      ),
      (
        #""messages":[{"role":"user","content":[{"text":"a"},{"document":{"format":"pdf","name":"a_b.pdf","source":{"bytes":"AAAA"}}}]}]"#,
        "can only contain alphanumeric"
      ),
      (
        #""messages":[{"role":"user","content":[{"document":{"format":"pdf","name":"a","source":{"bytes":"AAAA"}}}]}]"#,
        "A text block is required"
      ),
    ])
  func refusals(body: String, part: String) throws {
    let rig = try SimulatorRig()
    let response = try rig.ask("POST", "/model/echo/converse", "{\(body)}")
    #expect(response.status == 400)
    #expect(response.first("x-amzn-errortype") == "ValidationException")
    #expect(try response.json["message"]?.stringValue?.contains(part) == true)
  }

  @Test("tools are called, whole and streamed, and their results echoed")
  func tools() throws {
    let rig = try SimulatorRig()
    let answer = try ask(rig, user("call weather, time"), BedrockFormatTests.tools).json
    let calls = content(answer)?.arrayValue ?? []
    #expect(calls.compactMap { $0["toolUse"]?["name"]?.stringValue } == ["weather", "time"])
    #expect(answer["stopReason"]?.stringValue == "tool_use")
    let stream = try frames(ask(rig, user("call weather"), BedrockFormatTests.tools, operation: "converse-stream"))
    let input = stream.compactMap { $0.json["delta"]?["toolUse"]?["input"]?.stringValue }.joined()
    #expect(try JSONValue.parse(Array(input.utf8))["city"]?.stringValue == "call weather")
    #expect(stream.contains { $0.json["start"]?["toolUse"]?["name"]?.stringValue == "weather" })
    let ids = calls.compactMap { $0["toolUse"]?["toolUseId"]?.stringValue }
    let turn =
      #"{"role":"assistant","content":\#(String(decoding: JSONValue.array(calls).serialized(), as: UTF8.self))}"#
    func results(_ ids: [String]) -> String {
      let blocks = ids.map { #"{"toolResult":{"toolUseId":"\#($0)","content":[{"json":{"sky":"blue"}}]}}"# }
      return #"{"role":"user","content":[\#(blocks.joined(separator: ","))]}"#
    }
    func next(_ ids: [String]) throws -> RawResponse {
      try ask(rig, [user("call weather, time"), turn, results(ids)].joined(separator: ","), BedrockFormatTests.tools)
    }
    #expect(try content(next(ids).json)?[0]?["text"]?.stringValue == #"The tool said: {"sky":"blue"}"#)
    #expect(try next([ids[0]]).json["message"]?.stringValue?.hasPrefix("Expected toolResult blocks") == true)
  }

  @Test("reasoning is signed, and only its own signature is taken back")
  func reasoning() throws {
    let rig = try SimulatorRig()
    let wanted = #""additionalModelRequestFields":{"thinking":{"type":"enabled","budget_tokens":1024}}"#
    let answer = try ask(rig, user("Hello"), wanted).json
    let block = try #require(content(answer)?[0])
    #expect(block["reasoningContent"]?["reasoningText"]?["text"]?.stringValue == "The user says: Hello")
    let own = String(decoding: block.serialized(), as: UTF8.self)
    func next(_ block: String) throws -> RawResponse {
      let turn = #"{"role":"assistant","content":[\#(block),{"text":"Hello"}]}"#
      return try ask(rig, [user("Hello"), turn, user("more")].joined(separator: ","), wanted)
    }
    #expect(try next(own).status == 200)
    #expect(try next(own.replacing("Hello", with: "Bye")).status == 400)
    let stream = try frames(ask(rig, user("Hello"), wanted, operation: "converse-stream"))
    let pieces = stream.compactMap { $0.json["delta"]?["reasoningContent"] }
    #expect(pieces.compactMap { $0["text"]?.stringValue }.joined() == "The user says: Hello")
    #expect(pieces.last?["signature"]?.stringValue != nil)
    let redacted = try ask(rig, user("Hello"), wanted, model: "echo+redacted-thinking").json
    let sealed = String(decoding: try #require(content(redacted)?[0]).serialized(), as: UTF8.self)
    #expect(sealed.contains("redactedContent"))
    #expect(try next(sealed).status == 200)
  }

  @Test("schemas, stops, caches, guardrails and attachments")
  func settings() throws {
    let rig = try SimulatorRig()
    let schema =
      #"{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"integer\"}},\"required\":[\"a\"],\"additionalProperties\":false}"#
    let format =
      #""outputConfig":{"textFormat":{"type":"json_schema","structure":{"jsonSchema":{"schema":"\#(schema)"}}}}"#
    #expect(try content(ask(rig, user("x"), format).json)?[0]?["text"]?.stringValue == #"{"a":1}"#)
    let stopped = try ask(
      rig, user("one two"),
      #""inferenceConfig":{"stopSequences":["two"]},"additionalModelResponseFieldPaths":["/stop_sequence"]"#
    ).json
    #expect(stopped["stopReason"]?.stringValue == "stop_sequence")
    #expect(stopped["additionalModelResponseFields"]?["stop_sequence"]?.stringValue == "two")
    let system = #""system":[{"text":"one two three"},{"cachePoint":{"type":"default"}}]"#
    #expect(try ask(rig, user("a"), system).json["usage"]?["cacheWriteInputTokens"]?.integerValue == 3)
    let second = try ask(rig, user("b"), system).json["usage"]
    #expect(second?["cacheReadInputTokens"]?.integerValue == 3)
    #expect(second?["inputTokens"]?.integerValue == 1)
    #expect(second?["totalTokens"]?.integerValue == 5)
    let guarded = try ask(rig, user("a"), model: "echo+moderation").json
    #expect(guarded["stopReason"]?.stringValue == "guardrail_intervened")
    let parts = """
      {"role":"user","content":[{"text":"count attachments"},{"image":{"format":"png","source":{"bytes":"AAAA"}}},
      {"document":{"format":"pdf","name":"paper","source":{"bytes":"AAA="}}}]}
      """
    #expect(
      try content(ask(rig, parts).json)?[0]?["text"]?.stringValue
        == "images: 1 (3 bytes), documents: 1 (2 bytes), audio: 0 (0 bytes), video: 0 (0 bytes), addresses: 0")
    let counted = try rig.ask(
      "POST", "/model/echo/count-tokens", #"{"input":{"converse":{"messages":[\#(user("one two"))]}}}"#
    ).json
    #expect(counted["inputTokens"]?.integerValue == 2)
  }

  @Test("signatures are checked where the credentials are known")
  func signatures() throws {
    let credentials = try AWSCredentials(accessKeyID: Secret("AKIATESTTESTTEST"), secretAccessKey: Secret("secret"))
    let other = try AWSCredentials(accessKeyID: Secret("AKIATESTTESTTEST"), secretAccessKey: Secret("other"))
    let rig = try SimulatorRig { $0.awsCredentials = credentials }
    func status(_ credentials: AWSCredentials, at seconds: Int64, sent: String = "Hello") throws -> (Int, String?) {
      let body = #"{"messages":[\#(user("Hello"))]}"#
      let request = AWSRequest(
        host: "a", path: "/model/echo/converse", fields: [AWSRequest.Pair("content-type", "application/json")])
      let signed = Array(body.utf8).withUnsafeBytes {
        SignatureV4(credentials, region: "us-east-1").fields(for: request, body: $0, at: seconds)
      }
      let fields = signed.map { "\($0.name): \($0.value.reveal())\r\n" }.joined()
      let response = try ask(rig, user(sent), fields: "Content-Type: application/json\r\n" + fields)
      return (response.status, response.first("x-amzn-errortype"))
    }
    let now = WallClock.seconds()
    #expect(try status(credentials, at: now).0 == 200)
    #expect(try status(credentials, at: now, sent: "Bye") == (403, "InvalidSignatureException"))
    #expect(try status(other, at: now) == (403, "InvalidSignatureException"))
    #expect(try status(credentials, at: now - 900).0 == 403)
    #expect(try ask(rig, user("a")).status == 403)
  }

  @Test("statuses come with Bedrock's names")
  func statuses() throws {
    let rig = try SimulatorRig()
    let names = [
      429: "ThrottlingException", 503: "ServiceUnavailableException", 500: "InternalServerException",
      424: "ModelErrorException",
    ]
    for (status, name) in names {
      let response = try ask(rig, user("a"), model: "echo+status=\(status)")
      #expect(response.status == status)
      #expect(response.first("x-amzn-errortype") == name)
    }
    #expect(try ask(rig, user("a"), model: "none").json["message"]?.stringValue?.contains("identifier") == true)
  }
}

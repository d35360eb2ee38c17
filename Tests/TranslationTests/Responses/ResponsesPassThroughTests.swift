import Core
import HTTPWire
import JSON
import Ledger
import Testing
import Translation

@Suite("The Responses format on both sides")
struct ResponsesPassThroughTests {
  private let same = ResponsesPassThrough()
  private let identity = AnswerIdentity(id: "gen-1", source: AnswerSource(model: "a/b", provider: "P"))

  private func request(_ text: String, _ model: String) throws -> String {
    let output = ByteBuffer()
    try Array(text.utf8).withUnsafeBytes { try same.encode($0, upstreamModel: model, into: output) }
    return String(decoding: output.bytes, as: UTF8.self)
  }

  private func stream(_ text: String, _ editor: any PassThroughStream, _ output: ByteBuffer) throws -> GatewayError? {
    let parser = SSEParser(eventBytes: 1 << 20)
    var failure: GatewayError?
    try Array(text.utf8).withUnsafeBytes {
      try parser.feed($0) { if case .failure(let error) = try editor.take($0, into: output) { failure = error } }
    }
    return failure
  }

  @Test(
    "A caller's bytes go through untouched but for the model, the gateway's own members and what is not stored",
    arguments: [
      (
        #"{ "model" :"a/b" , "models":["c"],"store":false,"x":{"b":1.0},"provider":{},"max_tool_calls":3 }"#,
        #"{ "model" :"gpt-5.1","store":false,"x":{"b":1.0},"max_tool_calls":3 }"#
      ),
      (
        #"{"model":"a/b","input":"x","provider":{}}"#,
        #"{"model":"gpt-5.1","input":"x","store":false,"include":["reasoning.encrypted_content"]}"#
      ),
      (
        #"{"include":["a"], "store":null,"model":"a/b"}"#,
        #"{"include":["a","reasoning.encrypted_content"], "store":false,"model":"gpt-5.1"}"#
      ),
      (
        #"{"include":null,"store":null,"model":"a/b"}"#,
        #"{"include":["reasoning.encrypted_content"],"store":false,"model":"gpt-5.1"}"#
      ),
      (
        #"{"model":"a/b","store":false,"input":[{"type":"reasoning","encrypted_content":"pb1:t:x:0:s"}, {"type":"new_item","namespace":"n"},{"format":"unknown","type":"reasoning"},{"type":"reasoning","encrypted_content":"e"}]}"#,
        #"{"model":"gpt-5.1","store":false,"input":[{"type":"new_item","namespace":"n"},{"type":"reasoning","encrypted_content":"e"}]}"#
      ),
    ])
  func requests(_ row: (sent: String, expected: String)) throws {
    #expect(try request(row.sent, "gpt-5.1") == row.expected)
  }

  @Test("A model that does not reason is not asked for reasoning")
  func plainModels() throws {
    #expect(
      try request(#"{"model":"a/b","input":"x"}"#, "gpt-4o") == #"{"model":"gpt-4o","input":"x","store":false}"#)
  }

  @Test("Events go through but for whose they are and the cost")
  func events() throws {
    let editor = same.stream(identity, answerID: "resp_1")
    let output = ByteBuffer()
    let text = """
      event: response.created
      data: {"type":"response.created", "sequence_number":0,"response":{ "id":"x","model":"y","output":[],"usage":null} }

      event: response.new_thing
      data: {"type":"response.new_thing","sequence_number":1,"delta":"caf\\u00e9","x":1.0}

      event: response.completed
      data: {"type":"response.completed","sequence_number":2,"response":{"id":"x","model":"y","status":"completed","service_tier":"flex","output":[{"type":"new","namespace":"n"}],"usage":{"input_tokens":5,"output_tokens":9,"x":1}},"y":2}


      """
    #expect(try stream(text, editor, output) == nil)
    #expect(editor.isFinished && editor.finishReason == "completed" && editor.upstreamID == "x")
    #expect(editor.deltaBytes == 9 && editor.serviceTier == "flex")
    #expect(editor.usage?.counts == Usage(promptTokens: 5, completionTokens: 9))
    editor.appendEnd(usage: nil, cost: Money(units: 1_000_000), members: [], to: output)
    let rest =
      #","provider":"P","completed_at":null,"error":null,"incomplete_details":null,"instructions":null,"metadata":null,"temperature":null,"top_p":null,"presence_penalty":null,"frequency_penalty":null"#
    #expect(
      String(decoding: output.bytes, as: UTF8.self) == """
        event: response.created
        data: {"type":"response.created", "sequence_number":0,"response":{ "id":"resp_1","model":"a/b","output":[]\(rest)} }

        event: response.new_thing
        data: {"type":"response.new_thing","sequence_number":1,"delta":"caf\\u00e9","x":1.0}

        event: response.completed
        data: {"type":"response.completed","sequence_number":2,"response":{"id":"resp_1","model":"a/b","status":"completed","service_tier":"flex","output":[{"type":"new","namespace":"n"}]\(rest),"usage":{"input_tokens":5,"output_tokens":9,"x":1,"cost":0.000001}},"y":2}

        data: [DONE]


        """)
  }

  @Test("A failure ends a stream with the response that was told, numbered on")
  func failures() throws {
    let editor = same.stream(identity, answerID: "resp_1")
    let output = ByteBuffer()
    let text = """
      data: {"type":"response.created","sequence_number":0,"response":{"id":"x","model":"y","status":"in_progress","output":[],"k":1}}

      data: {"type":"response.failed","sequence_number":1,"response":{"id":"x","status":"failed","error":{"code":"rate_limit_exceeded","message":"slow"}}}


      """
    let error = try #require(try stream(text, editor, output))
    #expect(error.kind == .rateLimited && !editor.isFinished)
    editor.appendError(error, to: output)
    let events = try ResponsesOrder.events(output.copyBytes())
    #expect(try ResponsesOrder.objection(output.copyBytes()) == nil)
    let response = try #require(events.last?["response"])
    #expect(response["status"]?.stringValue == "failed" && response["k"]?.integerValue == 1)
    #expect(response["error"]?["code"]?.stringValue == "rate_limit_exceeded" && response["id"]?.stringValue == "resp_1")
  }

  @Test("A whole answer goes through but for whose it is and the cost; an estimate stands where nothing was counted")
  func whole() throws {
    let text =
      #"{"id":"x","status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},"model":"y","output":[{"type":"message","content":[{"type":"output_text","text":"caf\u00e9"}]},{"type":"new","namespace":"n","arguments":"{}"}]}"#
    try Array(text.utf8).withUnsafeBytes { data in
      let answer = try same.answer(data)
      #expect(answer.usage == nil && answer.finishReason == "max_output_tokens" && answer.answerBytes == 7)
      let output = ByteBuffer()
      answer.write(
        identity, answerID: "resp_1", usage: AnswerUsage(Usage(promptTokens: 1, completionTokens: 2)), cost: nil,
        members: [("more", .bool(true))], to: output)
      let written = String(decoding: output.bytes, as: UTF8.self)
      #expect(written.hasPrefix(#"{"id":"resp_1","status":"incomplete","#) && written.contains(#""caf\u00e9""#))
      let value = try JSONValue.parse(output.bytes)
      #expect(value["usage"]?["total_tokens"]?.integerValue == 3 && value["usage"]?["cost"]?.isNull == true)
      #expect(value["output"]?[1]?["namespace"]?.stringValue == "n" && value["more"]?.boolValue == true)
    }
  }
}

import Core
import HTTPWire
import JSON
import Ledger
import Testing
import Translation

@Suite("Google's format on both sides")
struct GeminiPassThroughTests {
  private let same = GeminiPassThrough()
  private let identity = AnswerIdentity(id: "gen-1", source: AnswerSource(model: "a/b", provider: "P"))

  /// What the caller reads of a stream, and its editor at the end.
  private func edited(_ stream: String, usage: AnswerUsage? = nil) throws -> (
    String, any PassThroughStream, GatewayError?
  ) {
    let editor = same.stream(identity, answerID: "gen-1")
    let parser = SSEParser(eventBytes: 1 << 20)
    let output = ByteBuffer()
    var failure: GatewayError?
    try Array(stream.utf8).withUnsafeBytes {
      try parser.feed($0) { event in
        if case .failure(let error) = try editor.take(event, into: output) { failure = error }
      }
    }
    editor.appendEnd(usage: usage, cost: nil, members: [], to: output)
    return (String(decoding: output.bytes, as: UTF8.self), editor, failure)
  }

  @Test("A caller's bytes go through but for the gateway's own members and the model")
  func request() throws {
    let text = #"{ "model":"models/x", "contents" :[ {"parts":[{"text":"caf\u00e9"}]}], "models":["c"],"topP": 1.0e0 }"#
    let output = ByteBuffer()
    try Array(text.utf8).withUnsafeBytes { try same.encode($0, upstreamModel: "gemini-x", into: output) }
    #expect(
      String(decoding: output.bytes, as: UTF8.self)
        == #"{ "contents" :[ {"parts":[{"text":"caf\u00e9"}]}],"topP": 1.0e0 }"#)
  }

  @Test("A provider's events go through but for whose they are; what ends the answer comes last")
  func stream() throws {
    let (text, editor, _) = try edited(
      """
      data: {"candidates": [{"content": {"parts": [{"text": "caf\\u00e9"}],"new":1}}],"modelVersion":"x","responseId":"r"}

      data: {"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":{}}}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":5,"candidatesTokenCount":9,"trafficType":"ON_DEMAND_FLEX"}}


      """)
    #expect(editor.isFinished && editor.finishReason == "STOP" && editor.upstreamID == "r")
    #expect(editor.usage?.counts == Usage(promptTokens: 5, completionTokens: 9) && editor.serviceTier == "flex")
    #expect(editor.deltaBytes == 9 + 22)
    #expect(
      text == """
        data: {"candidates": [{"content": {"parts": [{"text": "caf\\u00e9"}],"new":1}}],"modelVersion":"a/b","responseId":"gen-1"}

        data: {"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":{}}}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":5,"candidatesTokenCount":9,"trafficType":"ON_DEMAND_FLEX"},"modelVersion":"a/b","responseId":"gen-1"}


        """)
  }

  @Test("Nothing is lost when candidates end one after the other, and an estimate stands where nothing was counted")
  func candidates() throws {
    let (text, editor, _) = try edited(
      """
      data: {"candidates":[{"content":{"parts":[{"text":"a"}]},"finishReason":"STOP"},{"index":1,"content":{"parts":[{"text":"b"}]}}]}

      data: {"candidates":[{"index":1,"finishReason":"STOP"}]}


      """, usage: AnswerUsage(Usage(promptTokens: 3, completionTokens: 4)))
    #expect(editor.isFinished && editor.usage == nil)
    let lines = text.split(separator: "\n")
    #expect(lines.count == 2 && !lines[0].contains("usageMetadata"))
    #expect(lines[1].contains(#""usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":4,"totalTokenCount":7}"#))
  }

  @Test("A stream is not finished while a candidate is open")
  func unfinished() throws {
    let (_, editor, _) = try edited(
      "data: {\"candidates\":[{\"finishReason\":\"STOP\"},{\"index\":1,\"content\":{\"parts\":[{\"text\":\"b\"}]}}]}\n\n"
    )
    #expect(!editor.isFinished)
  }

  @Test("Errors and blocked prompts are failures")
  func failures() throws {
    #expect(try edited("data: {\"error\":{\"code\":503,\"message\":\"m\"}}\n\n").2?.kind == .providerOverloaded)
    #expect(try edited("data: {\"promptFeedback\":{\"blockReason\":\"OTHER\"}}\n\n").2?.kind == .moderated)
    #expect(throws: GatewayError.self) { try edited("data: {\"candidates\":[1]}\n\n") }
    for body in [#"{"promptFeedback":{"blockReason":"OTHER"}}"#, #"{"error":{"code":400}}"#, "{}", "[]", "x"] {
      #expect(throws: GatewayError.self) {
        try Array(body.utf8).withUnsafeBytes { _ = try same.answer($0) }
      }
    }
  }

  @Test("A whole answer goes through but for whose it is")
  func answer() throws {
    let text =
      #"{ "candidates":[{"content":{"parts":[{"text":"a"},{"functionCall":{"name":"f"}}]},"finishReason":"STOP","new":1.0}], "responseId":"r"}"#
    try Array(text.utf8).withUnsafeBytes {
      let answer = try same.answer($0)
      #expect(answer.usage == nil && answer.finishReason == "STOP" && answer.upstreamID == "r")
      #expect(answer.answerBytes == 1 + 12)
      let output = ByteBuffer()
      answer.write(identity, answerID: "gen-1", usage: nil, cost: Money(units: 1), members: [], to: output)
      #expect(
        String(decoding: output.bytes, as: UTF8.self)
          == #"{ "candidates":[{"content":{"parts":[{"text":"a"},{"functionCall":{"name":"f"}}]},"finishReason":"STOP","new":1.0}], "responseId":"gen-1","modelVersion":"a/b"}"#
      )
    }
  }
}

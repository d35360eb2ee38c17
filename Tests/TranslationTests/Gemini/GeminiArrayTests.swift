import Core
import HTTPWire
import JSON
import Testing
import Translation

@Suite("Google's streams as one JSON array")
struct GeminiArrayTests {
  private static let target = CallerTarget(isStream: true, isArray: true)
  private let identity = AnswerIdentity(id: "gen-1", source: AnswerSource(model: "a/b", provider: "P"))

  private func chunk(_ delta: String, finish: String = "null") -> String {
    #"data: {"id":"x","choices":[{"index":0,"delta":\#(delta),"finish_reason":\#(finish)}]}"# + "\n\n"
  }

  /// What a caller reads of the rooms' stream.
  private func translated(_ text: String) throws -> String {
    let dialect = try #require(Dialects.caller(.gemini, GeminiArrayTests.target))
    let stream = CallerStream(dialect, CallerContext(id: "gen-1", model: "a/b", created: 1), eventBytes: 1 << 20)
    let output = ByteBuffer()
    Array(text.utf8).withUnsafeBytes { stream.feed($0, into: output) }
    return String(decoding: output.bytes, as: UTF8.self)
  }

  private func elements(_ text: String) throws -> [JSONValue] {
    try #require(try JSONValue.parse(Array(text.utf8)).arrayValue)
  }

  @Test("Every answer is an element on a line of its own, and signs of life are white space")
  func array() throws {
    let text = try translated(
      ": PATCHBAY PROCESSING\n\n" + chunk(#"{"content":"a"}"#) + ": PATCHBAY PROCESSING\n\n"
        + chunk(#"{"content":"b"}"#)
        + chunk("{}", finish: "\"stop\"") + "data: [DONE]\n\n")
    let elements = try elements(text)
    #expect(elements.count == 3)
    #expect(elements[1]["candidates"]?[0]?["content"]?["parts"]?[0]?["text"]?.stringValue == "b")
    #expect(elements[2]["candidates"]?[0]?["finishReason"]?.stringValue == "STOP")
    #expect(text.split(separator: "\n").allSatisfy { $0.hasPrefix("[{") || $0.hasPrefix(",{") || $0 == "]" })
    #expect(Dialects.caller(.gemini, GeminiArrayTests.target)?.streamType == "application/json")
  }

  @Test("A failure is the last element, also the only one")
  func failures() throws {
    let failure = #"data: {"error":{"code":502,"message":"no"},"choices":[]}"# + "\n\n"
    for (text, count) in [(failure, 1), (chunk(#"{"content":"a"}"#) + failure, 2)] {
      let elements = try elements(try translated(text))
      #expect(elements.count == count && elements.last?["error"]?["code"]?.integerValue == 502)
    }
    let error = GatewayError.caller(.notFound, "nothing")
    let body = try #require(Dialects.caller(.gemini, GeminiArrayTests.target)).errorBody(error, requestID: nil)
    #expect(try JSONValue.parse(body)[0]?["error"]?["status"]?.stringValue == "NOT_FOUND")
  }

  @Test("A provider's own answers become elements as they are", arguments: [false, true])
  func same(_ fails: Bool) throws {
    let format = try #require(Dialects.passThrough(.gemini, GeminiArrayTests.target))
    let editor = format.stream(identity, answerID: "gen-1")
    let parser = SSEParser(eventBytes: 1 << 20)
    let output = ByteBuffer()
    let events =
      "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}]}}]}\n\n"
      + "data: {\"candidates\":[{\"finishReason\":\"STOP\"}],\"new\":1}\n\n"
    try Array(events.utf8).withUnsafeBytes { try parser.feed($0) { _ = try editor.take($0, into: output) } }
    if fails {
      editor.appendError(GatewayError(.providerFailed, "cut", origin: .upstream), to: output)
    } else {
      editor.appendEnd(usage: nil, cost: nil, members: [], to: output)
    }
    let elements = try elements(String(decoding: output.bytes, as: UTF8.self))
    #expect(elements.count == 2 && elements[0]["modelVersion"]?.stringValue == "a/b")
    #expect((elements[1]["error"] != nil) == fails && (elements[1]["new"] != nil) == !fails)
  }
}

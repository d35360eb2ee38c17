import Core
import JSON
import Testing
import Translation

@Suite("An answer that a provider could not complete is no success for a Messages caller")
struct AnthropicFailedAnswerTests {
  private let context = CallerContext(id: "msg_1", model: "a/b", created: 1, promptTokens: 7)
  private let reason = FinishReason(.error, native: "malformed_tool_use")

  @Test("Whole it is refused, and says why")
  func whole() throws {
    var choice = Answer.Choice([.text("a")])
    choice.finish = reason
    let output = ByteBuffer()
    AnthropicCaller().write(Answer([choice]), context, to: output)
    let answer = try JSONValue.parse(output.bytes)
    #expect(
      answer["stop_reason"]?.stringValue == "refusal" && answer["stop_details"]?["type"]?.stringValue == "refusal")
    #expect(answer["stop_details"]?["explanation"]?.stringValue?.contains("(malformed_tool_use)") == true)
    #expect(answer["content"]?[0]?["text"]?.stringValue == "a")
    choice.finish = FinishReason(.contentFilter)
    output.clear()
    AnthropicCaller().write(Answer([choice]), context, to: output)
    #expect(try JSONValue.parse(output.bytes)["stop_details"]?.isNull == true)
  }

  @Test("Streamed it ends with an error behind what was said")
  func streamed() throws {
    let encoder = AnthropicCaller().streamEncoder(context)
    let output = ByteBuffer()
    encoder.encode(AnswerEvent(.start(AnswerStart())), into: output)
    JSONText.with("a") { encoder.encode(AnswerEvent(.text($0)), into: output) }
    encoder.encode(AnswerEvent(.finish(reason)), into: output)
    encoder.end(into: output)
    let lines = String(decoding: output.bytes, as: UTF8.self).split(separator: "\n")
    #expect(
      lines.filter { $0.hasPrefix("event: ") } == [
        "event: message_start", "event: content_block_start", "event: content_block_delta",
        "event: content_block_stop", "event: error",
      ])
    #expect(lines.last?.contains(#""type":"api_error","message":"The provider ended the answer"#) == true)
  }
}

import Core
import JSON
import TestSupport
import Testing
import Translation

@Suite("What a caller of Anthropic's format finds in every answer")
struct AnthropicAnswerFormTests {
  /// A whole answer for the caller.
  private func written(_ answer: Answer) throws -> JSONValue {
    let output = ByteBuffer()
    let context = CallerContext(id: "msg_1", model: "a/b", created: 1, promptTokens: 7)
    AnthropicCaller().write(answer, context, to: output)
    return try JSONValue.parse(output.bytes)
  }

  @Test(
    "A tier is one of Anthropic's",
    arguments: [
      (nil, "standard"), ("default", "standard"), ("flex", "standard"), ("scale", "standard"),
      ("priority", "priority"), ("batch", "batch"),
    ] as [(String?, String)])
  func tiers(_ tier: String?, _ word: String) throws {
    var answer = Answer([Answer.Choice([.text("hi")])])
    answer.serviceTier = tier
    #expect(try written(answer)["usage"]?["service_tier"]?.stringValue == word)
  }

  @Test("A place in a document has a title and a file, null where they are not known")
  func places() throws {
    let place = try JSONValue.parse(
      Array(
        #"{"type":"char_location","cited_text":"hi","document_index":0,"start_char_index":0,"end_char_index":2}"#.utf8))
    let text = TextContent("hi", citations: [Citation(native: Citation.Native(.anthropic, place))])
    let citation = try written(Answer([Answer.Choice([Part(.text(text))])]))["content"]?[0]?["citations"]?[0]
    #expect(citation?["document_title"] == .null && citation?["file_id"] == .null)
    #expect(citation?["end_char_index"]?.integerValue == 2)
  }

  @Test("Where something was found in the web is written as it came")
  func found() throws {
    let place = try JSONValue.parse(
      Array(
        #"{"type":"web_search_result_location","url":"https://a.example","title":"A","cited_text":"","encrypted_index":"x"}"#
          .utf8))
    let text = TextContent("hi", citations: [Citation(native: Citation.Native(.anthropic, place))])
    let answer = try written(Answer([Answer.Choice([Part(.text(text))])]))
    #expect(answer["content"]?[0]?["citations"]?[0] == place)
  }
}

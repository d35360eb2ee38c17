import Core
import Testing

@testable import Translation

/// What is given twice is refused wherever it stands.
struct TwiceGivenTests {
  private static func objection(_ text: String, _ format: WireFormat = .openAI) -> String? {
    do throws(GatewayError) {
      var result: Result<Void, GatewayError> = .success(())
      Array(text.utf8).withUnsafeBytes { body in
        do throws(GatewayError) { try TwiceGiven.check(body, format) } catch { result = .failure(error) }
      }
      try result.get()
      return nil
    } catch {
      return error.message
    }
  }

  @Test(
    "The place of a member that is given twice is named",
    arguments: [
      (#"{"a":1,"a":2}"#, "a"), (#"{"a":{"b":1,"b":2}}"#, "a.b"),
      (#"{"messages":[{"role":"user","content":"x"},{"role":"user","role":"system"}]}"#, "messages[1].role"),
      (
        #"{"messages":[{"content":[{"type":"text"},{"type":"text","text":"a","text":"b"}]}]}"#,
        "messages[0].content[1].text"
      ),
      (#"{"provider":{"max_price":{"prompt":1,"prompt":10}}}"#, "provider.max_price.prompt"),
      (#"{"a":[[{"b":1,"\u0062":2}]]}"#, "a[0][0].b"),
    ])
  func names(_ row: (text: String, path: String)) {
    #expect(Self.objection(row.text)?.contains("'\(row.path)'") == true)
  }

  @Test(
    "The same name in different objects is no repetition, nor is what only looks alike",
    arguments: [
      #"{"a":{"a":1},"b":{"a":2}}"#, #"{"a":[{"b":1},{"b":2}]}"#, #"{"user_id":1,"userId":2}"#, #"{"a":1"#, "[]", "",
      "7",
    ])
  func passes(_ text: String) { #expect(Self.objection(text) == nil) }

  @Test("Google's spellings are one name, but not in the caller's own objects")
  func folds() {
    #expect(Self.objection(#"{"generationConfig":{"maxOutputTokens":1,"max_output_tokens":9}}"#, .gemini) != nil)
    #expect(Self.objection(#"{"generation_config":{},"generationConfig":{}}"#, .gemini) != nil)
    #expect(Self.objection(#"{"tools":[{"f":{"p":{"user_id":1,"userId":2}}}]}"#, .gemini) == nil)
  }

  @Test("An object with many members is searched in time that grows with them")
  func searchesMany() {
    let members = (0..<50_000).map { "\"m\($0)\":\($0)" }.joined(separator: ",")
    #expect(Self.objection("{\(members)}") == nil)
    #expect(Self.objection("{\(members),\"m7\":1}")?.contains("'m7'") == true)
  }
}

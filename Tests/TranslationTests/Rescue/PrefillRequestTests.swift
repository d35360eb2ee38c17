import Core
import JSON
import Testing

@testable import Translation

/// The request that lets another provider go on where an answer broke off.
struct PrefillRequestTests {
  private static func delivered(_ text: String) -> DeliveredText {
    Array(text.utf8).withUnsafeBytes { DeliveredText(part: .content, json: $0) }
  }

  private static func body(
    _ body: String, _ text: String = #"Hel\"lo \ud83d\ude00"#, _ operation: OpenAIOperation = .chat,
    trimmed: Bool = false
  ) -> String? {
    Array(body.utf8).withUnsafeBytes { bytes in
      PrefillRequest(operation, bytes, behind: delivered(text), withoutTrailingSpace: trimmed)
        .map { String(decoding: $0.body.bytes, as: UTF8.self) }
    }
  }

  @Test("The delivered text becomes the last message, and all else stays as written")
  func appends() throws {
    let request = #"{ "model":"m","temperature":0.70, "messages" : [ {"role":"user","content":"h\u0069"} ], "seed":1 }"#
    let wanted =
      #"{ "model":"m","temperature":0.70, "messages" : [ {"role":"user","content":"h\u0069"},{"role":"assistant","content":"Hel\"lo \ud83d\ude00"} ], "seed":1 }"#
    #expect(Self.body(request) == wanted)
    #expect(throws: Never.self) {
      try Array(wanted.utf8).withUnsafeBytes { try OpenAIRequest(.chat, body: $0) }
    }
  }

  @Test(
    "Behind the caller's own prefill the text goes on",
    arguments: [
      (#""On""#, #""OnHel\"lo \ud83d\ude00""#), (#""""#, #""Hel\"lo \ud83d\ude00""#),
      (
        #"[{"type":"text","text":"On","cache_control":{}}]"#,
        #"[{"type":"text","text":"OnHel\"lo \ud83d\ude00","cache_control":{}}]"#
      ),
    ])
  func goesOn(_ row: (before: String, after: String)) {
    func request(_ content: String) -> String {
      #"{"messages":[{"role":"user","content":"q"},{"content":\#(content),"role":"assistant"}]}"#
    }
    #expect(Self.body(request(row.before)) == request(row.after))
  }

  @Test("In a completion the text goes behind the prompt")
  func completion() {
    #expect(Self.body(#"{"prompt":"On","n":1}"#, "ce", .completion) == #"{"prompt":"Once","n":1}"#)
    #expect(Self.body(#"{"prompt":["On"]}"#, "ce", .completion) == nil)
    #expect(Self.body(#"{"prompt":"On","suffix":"x"}"#, "ce", .completion) == nil)
    #expect(Self.body(#"{"prompt":"On","echo":true}"#, "ce", .completion) == nil)
  }

  /// 21 bytes of UTF-8 are estimated as 5 tokens, however they are written.
  @Test("Limits on the answer's tokens are lowered by what was delivered, to 1 at least")
  func lowersLimits() {
    let text = #"\u00e9\u00e9é\n 12345678901234"#  // 2 + 2 + 2 + 1 + 15
    for (limit, left) in [(100, 95), (6, 1), (5, 1), (1, 1)] {
      for name in ["max_tokens", "max_completion_tokens"] {
        let wanted =
          #"{"\#(name)":\#(left),"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"\#(text)"}]}"#
        #expect(Self.body(#"{"\#(name)":\#(limit),"messages":[{"role":"user","content":"q"}]}"#, text) == wanted)
      }
    }
  }

  @Test(
    "What cannot go on from a given text is only restarted",
    arguments: [
      #""n":2"#, #""logprobs":true"#, #""response_format":{"type":"json_schema"}"#,
      #""response_format":{"type":"json_object"}"#, #""tool_choice":"required""#, #""tool_choice":{"type":"function"}"#,
      #""modalities":["text","audio"]"#, #""audio":{"voice":"x"}"#,
    ])
  func refuses(_ member: String) {
    #expect(Self.body(#"{"messages":[{"role":"user","content":"q"}],\#(member)}"#) == nil)
  }

  @Test(
    "What does not matter does not hinder",
    arguments: [
      #""n":1"#, #""n":null"#, #""logprobs":false"#, #""response_format":{"type":"text"}"#, #""tool_choice":"auto""#,
      #""tools":[{"type":"function"}]"#, #""modalities":["text"]"#, #""max_tokens":null"#,
    ])
  func allows(_ member: String) {
    #expect(Self.body(#"{"messages":[{"role":"user","content":"q"}],\#(member)}"#) != nil)
  }

  @Test(
    "A last message that is no plain text of the assistant's is not continued",
    arguments: [
      #"{"role":"assistant","content":null}"#, #"{"role":"assistant"}"#,
      #"{"role":"assistant","content":"a","tool_calls":[{"id":"c"}]}"#,
      #"{"role":"assistant","content":[{"type":"image_url","image_url":{"url":"x"}}]}"#,
      #"{"role":"assistant","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}"#,
    ])
  func refusesMessages(_ message: String) {
    #expect(Self.body(#"{"messages":[\#(message)]}"#) == nil)
    #expect(Self.body(#"{"messages":[]}"#) == nil)
  }

  @Test("Half a surrogate pair, white space alone and reasoning alone are no prefill")
  func refusesTexts() {
    let request = #"{"messages":[{"role":"user","content":"q"}]}"#
    #expect(Self.body(request, #"a\ud83d"#) == nil)
    #expect(Self.body(request, #"\ude00a"#) == nil)
    #expect(Self.body(request, "", trimmed: false) == nil)
    #expect(Self.body(request, #" \n\t"#, trimmed: true) == nil)
    let reasoning = Array("x".utf8).withUnsafeBytes { DeliveredText(part: .reasoning, json: $0) }
    #expect(Array(request.utf8).withUnsafeBytes { PrefillRequest(.chat, $0, behind: reasoning)?.body } == nil)
  }

  @Test("Trailing white space can be left out")
  func trims() throws {
    let body = try #require(
      Self.body(#"{"messages":[{"role":"user","content":"q"}]}"#, #"é\"\u00e9 \n\r\t"#, trimmed: true))
    let text = try JSONValue.parse(Array(body.utf8))["messages"]?[1]?["content"]?.stringValue
    #expect(text == "é\"é")
  }
}

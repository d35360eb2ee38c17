import Core
import JSON
import Testing
import Translation

@Suite("Thoughts that are not Anthropic's never reach it")
struct AnthropicForeignThinkingTests {
  private func sent(_ members: String) throws -> String {
    let output = ByteBuffer()
    try Array("{\"model\":\"a\",\(members)}".utf8).withUnsafeBytes {
      try AnthropicRequestEditor.encode($0, upstreamModel: "a", into: output)
    }
    return String(decoding: output.bytes.dropFirst(13).dropLast(), as: UTF8.self)
  }

  @Test(
    "Sealed and unsigned thoughts leave a body that goes through, and signed ones stay to the byte",
    arguments: [
      (
        #"{"type":"thinking","thinking":"a","signature":"pb1:t:google-gemini-v1:0:x"}, {"type":"text","text":"b"}"#,
        #"{"type":"text","text":"b"}"#
      ),
      (
        #"{"type":"text","text":"b"} ,{"data":"pb1:e:openai-responses-v1:0:x","type":"redacted_thinking"}"#,
        #"{"type":"text","text":"b"}"#
      ),
      (
        #"{"type":"thinking","thinking":"a","signature":""},{"type":"text","text":"b"},{"type":"thinking","thinking":"c"}"#,
        #"{"type":"text","text":"b"}"#
      ),
      (
        #"{"type":"thinking","thinking":"a","signature":null},{"type":"redacted_thinking","data":""},{"type":"text","text":"b"}"#,
        #"{"type":"text","text":"b"}"#
      ),
      (
        #"{ "signature" : "EqQB\/w==", "thinking":"", "type":"thinking","x":1.0 },{"type":"redacted_thinking","data":"EmY="}, "odd""#,
        #"{ "signature" : "EqQB\/w==", "thinking":"", "type":"thinking","x":1.0 },{"type":"redacted_thinking","data":"EmY="}, "odd""#
      ),
    ])
  func blocks(_ row: (blocks: String, expected: String)) throws {
    #expect(
      try sent(#""messages":[{"role":"assistant","content":[\#(row.blocks)]}]"#)
        == #""messages":[{"role":"assistant","content":[\#(row.expected)]}]"#)
    #expect(
      try sent(#""messages":[{"content":[\#(row.blocks)],"role":"assistant"}]"#)
        == #""messages":[{"content":[\#(row.expected)],"role":"assistant"}]"#)
  }

  @Test("A message that held nothing else goes with them")
  func emptied() throws {
    let sealed = #"{"type":"thinking","thinking":"a","signature":"pb1:t:x:0:s"}"#
    let user = #"{"role":"user","content":"hi"}"#
    #expect(
      try sent(#""messages":[\#(user), {"role":"assistant","content":[\#(sealed),\#(sealed)]},\#(user)]"#)
        == #""messages":[\#(user),\#(user)]"#)
    // What says nothing from the beginning is the caller's.
    let untouched = #""messages":[{"role":"assistant","content":[]},{"role":"user","content":[]},7]"#
    #expect(try sent(untouched) == untouched)
  }

  private static let call =
    #"{"role":"assistant","content":[{"type":"thinking","thinking":"a","signature":"pb1:t:x:0:s"},{"type":"tool_use","id":"t","name":"f","input":{}}]}"#
  private static let bareCall = #"{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"f","input":{}}]}"#
  private static let result = #"{"role":"user","content":[{"type":"tool_result","tool_use_id":"t"}]}"#

  @Test("A budget goes where the last call has lost its thoughts, as Anthropic would refuse the call")
  func bareCalls() throws {
    let call = AnthropicForeignThinkingTests.call
    let bareCall = AnthropicForeignThinkingTests.bareCall
    let result = AnthropicForeignThinkingTests.result
    let budget = #""thinking":{"type":"enabled","budget_tokens":1024}"#
    #expect(try sent(#"\#(budget),"messages":[\#(call),\#(result)]"#) == #""messages":[\#(bareCall),\#(result)]"#)
    #expect(try sent(#""messages":[\#(call),\#(result)],\#(budget)"#) == #""messages":[\#(bareCall),\#(result)]"#)
    // Adaptive thinking knows no such rule, and a later turn of the model ends it.
    let adaptive = #""thinking":{"type":"adaptive"}"#
    #expect(
      try sent(#"\#(adaptive),"messages":[\#(call),\#(result)]"#)
        == #"\#(adaptive),"messages":[\#(bareCall),\#(result)]"#)
    let later = #"{"role":"assistant","content":"done"},{"role":"user","content":"go on"}"#
    #expect(
      try sent(#"\#(budget),"messages":[\#(call),\#(result),\#(later)]"#)
        == #"\#(budget),"messages":[\#(bareCall),\#(result),\#(later)]"#)
  }

  @Test(
    "Nor do they when they are called Anthropic's in another format",
    arguments: [
      Reasoning(.text("a"), signature: "", format: .anthropic),
      Reasoning(.text("a"), signature: "pb1:t:google-gemini-v1:0:x", format: .anthropic),
      Reasoning(.encrypted("pb1:e:openai-responses-v1:0:x"), format: .anthropic),
      Reasoning(.encrypted(""), format: .anthropic),
    ])
  func written(_ piece: Reasoning) throws {
    let conversation = Conversation(
      .openAI, model: "m",
      messages: [Message(.user, [.text("hi")]), Message(.assistant, [Part(.reasoning(piece)), .text("b")])])
    for dialect: any ProviderDialect in [AnthropicDialect(), BedrockDialect()] {
      let encoded = try dialect.encode(conversation, for: ProviderTarget(model: "anthropic.claude-sonnet-4-5-v1:0"))
      let messages = try #require(try JSONValue.parse(encoded.body.bytes)["messages"]?.arrayValue)
      #expect(messages.count == 2 && messages[1]["content"]?.arrayValue?.count == 1)
      #expect(encoded.dropped.fields == [.reasoningHistory])
    }
  }
}

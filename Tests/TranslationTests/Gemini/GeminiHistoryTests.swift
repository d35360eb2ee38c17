import Core
import Foundation
import JSON
import Testing
import Translation

@Suite("Conversations that clients of Google's format have gathered from streams")
struct GeminiHistoryTests {
  private let caller = GeminiCaller()

  private func conversation(_ contents: String) throws -> Conversation {
    try Array("{\"contents\":\(contents)}".utf8).withUnsafeBytes {
      try caller.conversation($0, CallerTarget(model: "a/b"))
    }
  }

  private func seal(_ piece: Reasoning) throws -> String {
    let output = ByteBuffer()
    caller.write(
      Answer([Answer.Choice([Part(.reasoning(piece))])]), CallerContext(id: "g", model: "m", created: 1), to: output)
    let part = try JSONValue.parse(output.bytes)["candidates"]?[0]?["content"]?["parts"]?[0]
    return try #require(part?["thoughtSignature"]?.stringValue)
  }

  @Test("Turns of one role are one, thoughts and texts in pieces are whole, and empty parts are none")
  func pieces() throws {
    let thought = Reasoning(.text("thinking"), signature: "c2ln", format: .anthropic)
    let hidden = Reasoning(.encrypted("UkVE"), format: .anthropic)
    let read = try conversation(
      """
      [{"role":"user","parts":[{"text":"x"}]},
      {"role":"model","parts":[{"text":"thin","thought":true}]},{"role":"model","parts":[{"text":"king","thought":true}]},
      {"role":"model","parts":[{"text":"","thought":true,"thought_signature":"\(seal(thought))"}]},
      {"role":"model","parts":[{"text":"","thought":true,"thought_signature":"\(seal(hidden))"}]},
      {"role":"model","parts":[{"text":"Hello"}]},{"role":"model","parts":[{"text":" the"}]},
      {"role":"model","parts":[{"text":"re"},{"functionCall":{"name":"f","id":"c"}}]},
      {"role":"model","parts":[{"text":""}]},
      {"role":"user","parts":[{"functionResponse":{"name":"f","response":{"result":1}}}]},
      {"role":"model","parts":[{"text":""}]},{"role":"user","parts":[{"text":"y"}]}]
      """)
    #expect(read.messages.map(\.role) == [.user, .assistant, .user, .user])
    let parts = read.messages[1].parts
    #expect(parts.compactMap(\.reasoning) == [thought, hidden])
    #expect(parts.dropFirst(2).map(\.text) == ["Hello there", nil])
    #expect(parts.last?.toolCall?.id == "c")
    #expect(read.messages[2].parts.first?.toolResult?.callID == "c")
  }

  @Test("A thought that anyone may read stays beside a piece that nobody can")
  func hidden() throws {
    let hidden = Reasoning(.encrypted("UkVE"), format: .openAIResponses)
    let read = try conversation(
      """
      [{"role":"model","parts":[{"text":"a","thought":true},
      {"text":"","thought":true,"thoughtSignature":"\(seal(hidden))"}]}]
      """)
    #expect(read.messages[0].parts.compactMap(\.reasoning) == [Reasoning(.text("a")), hidden])
  }

  @Test("Google's own signed texts are not joined with others")
  func signed() throws {
    let read = try conversation(
      """
      [{"role":"model","parts":[{"text":"a","thoughtSignature":"c2ln"}]},{"role":"model","parts":[{"text":"b"}]},
      {"role":"model","parts":[{"text":"c"}]},{"role":"model","parts":[{"text":"d","thoughtSignature":"c2lo"}]}]
      """)
    #expect(read.messages.count == 1 && read.messages[0].parts.compactMap(\.text) == ["a", "bc", "d"])
  }

  @Test("A field inside of a joined turn is named by its own place")
  func places() {
    let error = #expect(throws: GatewayError.self) {
      try conversation(#"[{"role":"model","parts":[{"text":"a"}]},{"role":"model","parts":[{"text":1}]}]"#)
    }
    #expect(error?.message.contains("contents[1].parts[0].text") == true)
  }

  // MARK: The same format on both sides

  private func passed(_ contents: String, _ model: String) throws -> String {
    let output = ByteBuffer()
    try Array("{\"contents\":\(contents)}".utf8).withUnsafeBytes {
      try GeminiPassThrough().encode($0, upstreamModel: model, into: output)
    }
    return String(decoding: output.bytes.dropFirst(12).dropLast(), as: UTF8.self)
  }

  @Test("Another provider's sealed reasoning does not reach Google, nor do parts and turns that were nothing else")
  func sealed() throws {
    let seal = try seal(Reasoning(.text("t"), signature: "c2ln", format: .anthropic))
    #expect(
      try passed(
        """
        [ {"role":"model","parts":[{"text":"","thought":true,"thoughtSignature":"\(seal)"}]},
        {"role":"model", "parts":[{"text":"t","thought":true,"thought_signature":"\(seal)"},{"text":"a"}]},
        {"role":"model", "parts":[ {"text":"b","thoughtSignature":"cGIxIGlzIG5vdCBvdXJz"}]},
        {"role":"model","parts":[{"text":"","thoughtSignature":"\(seal)"}]}]
        """, "gemini-2.5-pro")
          == """
          [ {"role":"model", "parts":[{"text":"t","thought":true},{"text":"a"}]},
          {"role":"model", "parts":[ {"text":"b","thoughtSignature":"cGIxIGlzIG5vdCBvdXJz"}]}]
          """)
    #expect(
      try passed(#"{"parts":[{"text":"a","thoughtSignature":"\#(seal)"}]}"#, "m") == #"{"parts":[{"text":"a"}]}"#)
  }

  @Test("The first call of a step gets Google's placeholder where the model refuses one without a signature")
  func placeholder() throws {
    let call = #"{"functionCall":{"name":"f"}}"#
    let contents =
      #"[{"role":"model","parts":[\#(call),\#(call)]},{"role":"model","parts":[\#(call)]},{"role":"user","parts":[{"text":"é"}]},{"role":"model","parts":[{"function_call":{"name":"f"},"thought_signature":"c2ln"}]}]"#
    let signed = #"{"functionCall":{"name":"f"},"thoughtSignature":"skip_thought_signature_validator"}"#
    let first = try #require(contents.range(of: call))
    #expect(try passed(contents, "gemini-3-pro-preview") == contents.replacingCharacters(in: first, with: signed))
    #expect(try passed(contents, "gemini-2.5-pro") == contents)
    let seal = try seal(Reasoning(.text("t"), signature: "c2ln", format: .anthropic))
    let sealed = #"[{"role":"model","parts":[{"functionCall":{"name":"f"},"thoughtSignature":"\#(seal)"}]}]"#
    #expect(try passed(sealed, "gemini-3-pro-preview") == #"[{"role":"model","parts":[\#(signed)]}]"#)
  }

  // MARK: Details

  @Test("Searches are counted in a stream as they are in a whole answer")
  func searches() throws {
    let grounding = #""groundingMetadata":{"webSearchQueries":["a","b"]}"#
    let usage = #""usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":1}"#
    let events = [
      #"{"candidates":[{"content":{"parts":[{"text":"a"}]},\#(grounding)}]}"#,
      #"{"candidates":[{"content":{"parts":[{"text":"b"}]},"finishReason":"STOP",\#(grounding)}],\#(usage)}"#,
    ]
    let stream = events.map { "data: \($0)\n\n" }.joined()
    var counts: [Int64] = []
    try Array(stream.utf8).withUnsafeBytes {
      try GeminiDialect().streamDecoder(AnswerContext(id: "g", created: 1), eventBytes: 1 << 20).feed($0) { event in
        if case .usage(let usage) = event.happening { counts.append(usage.webSearches) }
      }
    }
    #expect(counts == [2])
  }

  @Test("A schema that allows null allows it among its values and alternatives, too")
  func nullable() throws {
    func schema(_ text: String) throws -> String {
      let body = #"{"contents":[{"parts":[{"text":"x"}]}],"generationConfig":{"responseSchema":\#(text)}}"#
      let read = try Array(body.utf8).withUnsafeBytes { try caller.conversation($0, CallerTarget(model: "a/b")) }
      guard case .jsonSchema(let format)? = read.responseFormat else { return "" }
      return String(decoding: format.schema.serialized(), as: UTF8.self)
    }
    #expect(
      try schema(#"{"type":"STRING","nullable":true,"enum":["x"]}"#) == #"{"type":["string","null"],"enum":["x",null]}"#
    )
    #expect(
      try schema(#"{"nullable":true,"anyOf":[{"type":"STRING"}]}"#) == #"{"anyOf":[{"type":"string"},{"type":"null"}]}"#
    )
    #expect(try schema(#"{"type":"STRING","enum":["x"]}"#) == #"{"type":"string","enum":["x"]}"#)
  }
}

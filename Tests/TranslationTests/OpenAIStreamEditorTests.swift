import Core
import JSON
import Testing
import Translation

/// Streams are edited in place and watched for completeness.
struct OpenAIStreamEditorTests {
  private let editor = OpenAIStreamEditor(
    .chat, identity: AnswerIdentity(id: "gen-1", source: AnswerSource(model: "m/x", provider: "P\"q")))

  private static func take(_ editor: OpenAIStreamEditor, _ text: String) throws -> (
    OpenAIStreamEditor.Event, String
  ) {
    let output = ByteBuffer()
    let event = try Array(text.utf8).withUnsafeBytes { try editor.take($0, into: output) }
    return (event, String(decoding: output.bytes, as: UTF8.self))
  }

  @Test("A chunk keeps its bytes but for id, model, provider and usage")
  func editsInPlace() throws {
    let editor = editor
    let (event, text) = try Self.take(
      editor,
      #"{ "id" : "chatcmpl-9","model":"gpt","usage":null, "x":1.50,"choices":[{"index":0,"delta":{"content":"h\u00e9"},"finish_reason":null}]}"#
    )
    guard case .chunk = event else {
      Issue.record("no chunk came out")
      return
    }
    #expect(
      text
        == #"data: { "id" : "gen-1","model":"m/x", "x":1.50,"choices":[{"index":0,"delta":{"content":"h\u00e9"},"finish_reason":null}],"provider":"P\"q"}"#
        + "\n\n")
  }

  @Test(
    "Members that the provider leaves out are added, and its own provider member is replaced",
    arguments: [
      (#"{"choices":[]}"#, #"{"choices":[],"id":"gen-1","model":"m/x","provider":"P\"q"}"#),
      (#"{"provider":"other","choices":[],"id":1}"#, #"{"provider":"P\"q","choices":[],"id":"gen-1","model":"m/x"}"#),
      (#"{"usage":null,"choices":[]}"#, #"{"choices":[],"id":"gen-1","model":"m/x","provider":"P\"q"}"#),
      (#"{"choices":[],"usage":null}"#, #"{"choices":[],"id":"gen-1","model":"m/x","provider":"P\"q"}"#),
    ])
  func addsWhatIsMissing(_ row: (chunk: String, edited: String)) throws {
    let editor = editor
    #expect(try Self.take(editor, row.chunk).1 == "data: \(row.edited)\n\n")
  }

  @Test("A stream is finished when every choice seen has a finish reason")
  func finishes() throws {
    let editor = editor
    #expect(!editor.isFinished)
    _ = try Self.take(editor, #"{"choices":[{"index":0,"delta":{}},{"index":1,"delta":{}}]}"#)
    _ = try Self.take(editor, #"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#)
    #expect(!editor.isFinished)
    _ = try Self.take(editor, #"{"choices":[{"index":1,"delta":{},"finish_reason":"length"}]}"#)
    #expect(editor.isFinished)
  }

  @Test("Usage is held back from wherever it comes, the last one counts, and it is written once with its cost")
  func holdsUsage() throws {
    let editor = editor
    let (_, first) = try Self.take(
      editor,
      #"{"created":7,"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1}}"#
    )
    #expect(!first.contains("usage"))
    let (event, last) = try Self.take(
      editor,
      #"{"id":"x","service_tier":"flex","choices":[],"usage":{"prompt_tokens":10,"completion_tokens":4,"prompt_tokens_details":{"cached_tokens":3},"completion_tokens_details":{"reasoning_tokens":2}}}"#
    )
    guard case .held = event else {
      Issue.record("the usage chunk was passed on")
      return
    }
    #expect(last.isEmpty)
    let usage = try #require(editor.usage)
    #expect(usage.usage.promptTokens == 10 && usage.usage.cachedTokens == 3 && usage.usage.reasoningTokens == 2)
    let output = ByteBuffer()
    editor.appendUsage(usage, cost: Money(units: 1_500_000), to: output)
    let text = String(decoding: output.bytes, as: UTF8.self)
    #expect(
      text.contains(#""service_tier":"flex""#) && text.contains(#""cost":0.0000015}"#)
        && text.contains(#""choices":[]"#))
    let json = try JSONValue.parse(Array(text.dropFirst(6).utf8))
    #expect(json["usage"]?["prompt_tokens"]?.integerValue == 10 && json["id"]?.stringValue == "gen-1")
  }

  @Test("Without a usage chunk of the provider's one is made, with its creation time")
  func makesUsageChunk() throws {
    let editor = editor
    _ = try Self.take(
      editor, #"{"created":1234,"choices":[{"index":0,"delta":{"content":"abcd"},"finish_reason":"stop"}]}"#)
    #expect(editor.usage == nil && editor.deltaBytes == 4)
    let output = ByteBuffer()
    editor.appendUsage(.estimated(.init(promptTokens: 2, completionTokens: 1)), cost: nil, to: output)
    let json = try JSONValue.parse(Array(String(decoding: output.bytes, as: UTF8.self).dropFirst(6).utf8))
    #expect(json["created"]?.integerValue == 1234 && json["usage"]?["is_estimated"]?.boolValue == true)
    #expect(json["usage"]?["cost"]?.isNull == true && json["choices"]?.arrayValue?.isEmpty == true)
  }

  @Test("A provider's own cost gives way to ours, and stays where we know none")
  func replacesCost() throws {
    let editor = editor
    _ = try Self.take(editor, #"{"choices":[],"usage":{"prompt_tokens":1,"cost":9.5,"completion_tokens":1}}"#)
    let usage = try #require(editor.usage)
    for (cost, text) in [(Money(units: 0), #""cost":0,"#), (nil, #""cost":9.5,"#)] {
      let output = ByteBuffer()
      editor.appendUsage(usage, cost: cost, to: output)
      #expect(String(decoding: output.bytes, as: UTF8.self).contains(text))
    }
  }

  @Test("Absurd usage is clamped, not believed")
  func clampsUsage() throws {
    let editor = editor
    _ = try Self.take(
      editor,
      #"{"choices":[],"usage":{"prompt_tokens":-5,"completion_tokens":1e30,"prompt_tokens_details":{"cached_tokens":99}}}"#
    )
    let usage = try #require(editor.usage).usage
    #expect(usage.promptTokens == 0 && usage.cachedTokens == 0 && usage.completionTokens == 1_000_000_000)
  }

  @Test(
    "Failures inside a stream are recognised",
    arguments: [
      (#"{"error":{"message":"boom","code":429}}"#, ErrorKind.rateLimited),
      (#"{"error":"overloaded"}"#, .providerFailed),
      (#"{"error":{"message":"x","code":503},"choices":[]}"#, .providerOverloaded),
      (#"{"choices":[{"index":0,"error":{"message":"y"}}]}"#, .providerFailed),
    ])
  func recognisesErrors(_ row: (chunk: String, kind: ErrorKind)) throws {
    let editor = editor
    guard case .failure(let error) = try Self.take(editor, row.chunk).0 else {
      Issue.record("the error was passed on as a chunk")
      return
    }
    #expect(error.kind == row.kind)
  }

  @Test("An event without data is passed over")
  func passesOverNothing() throws {
    let editor = editor
    let (event, output) = try Self.take(editor, "")
    guard case .held = event else {
      Issue.record("something was made of nothing")
      return
    }
    #expect(output.isEmpty)
  }

  @Test(
    "What is neither chunk nor terminator throws and writes nothing",
    arguments: ["{", "[]", "{}", "nonsense", #"{"choices":1}"#])
  func refusesGarbage(_ text: String) {
    let editor = editor
    #expect(throws: GatewayError.self) { try Self.take(editor, text) }
  }

  /// Before: the line feeds went out inside one `data:` line, and the caller's parser lost the rest of the chunk.
  @Test("A chunk that came in several data lines goes out in one")
  func joinsLines() throws {
    let editor = editor
    let (_, text) = try Self.take(
      editor, "{\n \"id\": \"x\",\n\"choices\": [{\"index\":0,\"delta\":{\"content\":\"a\"}}]\n}")
    #expect(text.hasSuffix("\n\n") && !text.dropLast(2).contains("\n"))
    _ = try JSONValue.parse(Array(text.dropFirst(6).utf8))
  }

  @Test("Nothing counts after the terminator", arguments: ["[DONE]", " [DONE]", "[DONE] "])
  func stopsAtTerminator(_ terminator: String) throws {
    let editor = editor
    _ = try Self.take(editor, terminator)
    #expect(editor.sawTerminator)
    #expect(try Self.take(editor, "garbage").1.isEmpty)
  }

  @Test(
    "The error event is a chunk with finish reason error and the error beside it",
    arguments: [OpenAIOperation.chat, .completion])
  func writesErrors(_ operation: OpenAIOperation) throws {
    let editor = OpenAIStreamEditor(
      operation, identity: AnswerIdentity(id: "gen-1", source: AnswerSource(model: "m", provider: "P")))
    let output = ByteBuffer()
    editor.appendError(GatewayError(.timedOut, "went \"silent\"", origin: .upstream), to: output)
    let text = String(decoding: output.bytes, as: UTF8.self)
    #expect(text.hasPrefix("data: ") && text.hasSuffix("\n\n"))
    let json = try JSONValue.parse(Array(text.dropFirst(6).utf8))
    #expect(json["error"]?["code"]?.integerValue == 504 && json["error"]?["message"]?.stringValue == "went \"silent\"")
    #expect(json["choices"]?[0]?["finish_reason"]?.stringValue == "error")
    #expect(json["object"]?.stringValue == (operation == .chat ? "chat.completion.chunk" : "text_completion"))
  }
}

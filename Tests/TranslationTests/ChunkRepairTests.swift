import Core
import JSON
import Testing

@testable import Translation

/// Chunks and answers that strict clients would refuse, or that say what the caller wants not to read.
struct ChunkRepairTests {
  private static func editor(hidesReasoning: Bool = false) -> OpenAIStreamEditor {
    OpenAIStreamEditor(
      .chat, identity: AnswerIdentity(id: "gen-1", source: AnswerSource(model: "m/x", provider: "P")),
      hidesReasoning: hidesReasoning)
  }

  private static func sent(_ chunk: String, _ editor: OpenAIStreamEditor) throws -> JSONValue {
    let output = ByteBuffer()
    try Array(chunk.utf8).withUnsafeBytes { _ = try editor.take($0, into: output) }
    return try JSONValue.parse(UnsafeRawBufferPointer(rebasing: output.bytes.dropFirst(6).dropLast(2)))
  }

  @Test("Azure's first chunk gets its object and its time, and a choice of its filters a delta")
  func repairsAzure() throws {
    let editor = Self.editor()
    let first = try Self.sent(
      #"{"id":"","object":"","created":0,"model":"","choices":[],"prompt_filter_results":[{"prompt_index":0}]}"#, editor
    )
    #expect(first["object"]?.stringValue == "chat.completion.chunk" && first["id"]?.stringValue == "gen-1")
    #expect(first["created"]?.integerValue ?? 0 > 0 && first["prompt_filter_results"] != nil)
    let filter = try Self.sent(
      #"{"id":"a","object":"chat.completion.chunk","created":7,"model":"b","choices":[{"index":0,"finish_reason":null,"content_filter_offsets":{}}]}"#,
      editor)
    #expect(filter["choices"]?[0]?["delta"]?.objectValue?.isEmpty == true && filter["created"]?.integerValue == 7)
  }

  @Test(
    "A finish reason in other words is put in the interface's, with the provider's beside it",
    arguments: ["eos", "end_turn"])
  func normalises(_ word: String) throws {
    let editor = Self.editor()
    let chunk = try Self.sent(#"{"choices":[{"index":0,"delta":{},"finish_reason":"\#(word)"}]}"#, editor)
    #expect(chunk["choices"]?[0]?["finish_reason"]?.stringValue == "stop")
    #expect(chunk["choices"]?[0]?["native_finish_reason"]?.stringValue == word)
    #expect(editor.finishReason == word && editor.isFinished)
    let whole = Array(#"{"choices":[{"index":0,"message":{"content":"a"},"finish_reason":"\#(word)"}]}"#.utf8)
    try whole.withUnsafeBytes { data in
      let answer = try OpenAIAnswerEditor(.chat, data: data)
      let bytes = answer.repaired(hidesReasoning: false)
      let repaired = try JSONValue.parse(try #require(bytes))
      #expect(repaired["choices"]?[0]?["finish_reason"]?.stringValue == "stop")
      #expect(repaired["choices"]?[0]?["native_finish_reason"]?.stringValue == word)
    }
  }

  @Test(
    "What needs no repair goes through as it is",
    arguments: [
      #"{"object":"chat.completion.chunk","created":7,"choices":[{"index":0,"delta":{ "content":"a" },"finish_reason":"stop"}]}"#,
      #"{"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}"#,
      #"{"choices":[{"index":0,"delta":{},"finish_reason":"stop","native_finish_reason":"eos"}]}"#,
      #"{"choices":[{"index":0,"delta":{},"finish_reason":"function_call"}]}"#,
    ])
  func leavesAlone(_ chunk: String) throws {
    let output = ByteBuffer()
    try Array(chunk.utf8).withUnsafeBytes { _ = try Self.editor().take($0, into: output) }
    #expect(String(decoding: output.bytes, as: UTF8.self).hasPrefix("data: " + chunk.dropLast()))
  }

  @Test("Reasoning that the caller wants not to read is taken out, and what else is said stays")
  func hidesReasoning() throws {
    let chunk =
      #"{"choices":[{"index":0,"delta":{"role":"assistant","reasoning_content":"SECRET","content":"a","x":1.50}}]}"#
    let shown = try Self.sent(chunk, Self.editor())
    #expect(shown["choices"]?[0]?["delta"]?["reasoning_content"] != nil)
    let hidden = try Self.sent(chunk, Self.editor(hidesReasoning: true))
    let delta = hidden["choices"]?[0]?["delta"]
    #expect(delta?["reasoning_content"] == nil && delta?["content"]?.stringValue == "a")
    #expect(delta?["x"]?.numberText == "1.50")
    let whole = Array(
      #"{"choices":[{"index":0,"message":{"reasoning":"SECRET","content":"a"},"finish_reason":"stop"}]}"#.utf8)
    try whole.withUnsafeBytes { data in
      let answer = try OpenAIAnswerEditor(.chat, data: data)
      let untouched = answer.repaired(hidesReasoning: false)
      #expect(untouched == nil)
      let bytes = answer.repaired(hidesReasoning: true)
      let repaired = try #require(bytes)
      #expect(!String(decoding: repaired, as: UTF8.self).contains("SECRET"))
    }
  }
}

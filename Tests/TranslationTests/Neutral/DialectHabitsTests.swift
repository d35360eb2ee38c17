import Core
import JSON
import Testing
import Translation

@Suite("What all providers' formats have in common")
struct DialectHabitsTests {
  private static let others: [any ProviderDialect] = [
    AnthropicDialect(), BedrockDialect(), CohereDialect(), GeminiDialect(), OllamaDialect(), ResponsesDialect(),
  ]

  private func written(
    _ dialect: any ProviderDialect, _ conversation: Conversation
  ) throws -> (text: String, dropped: String) {
    let encoded = try dialect.encode(conversation, for: ProviderTarget(model: "m"))
    let text = String(decoding: encoded.body.bytes, as: UTF8.self)
    return (text, encoded.dropped.header(\.openAIName) ?? "")
  }

  @Test("A speaker's name stands before what is said, where the format has no place for it", arguments: others.indices)
  func names(_ place: Int) throws {
    let image = Part(.image(ImageContent(.data(type: "image/png", base64: "AAAA"))))
    let result = Part(.toolResult(ToolResult(callID: "c", parts: [.text("r")])))
    let conversation = Conversation(
      .openAI, model: "m",
      messages: [
        Message(.system, [.text("s")], name: "rules"), Message(.user, [.text("hi"), .text("u2")], name: "ann"),
        Message(.assistant, [.text("yes"), Part(.toolCall(ToolCall(id: "c", name: "f", arguments: "{}")))]),
        Message(.user, [result, .text("so")], name: "bob"), Message(.user, [image], name: "eve"),
      ])
    let (text, dropped) = try written(DialectHabitsTests.others[place], conversation)
    for said in [#""rules: s"#, #""ann: hi"#, #"bob: so"#, "eve:"] { #expect(text.contains(said), "\(text)") }
    #expect(!text.contains("ann: u2") && !text.contains("bob: r"))
    #expect(!dropped.contains("name"))
  }

  @Test("The model's own name is left out and named", arguments: others.indices)
  func ownName(_ place: Int) throws {
    let conversation = Conversation(
      .openAI, model: "m", messages: [Message(.user, [.text("q")]), Message(.assistant, [.text("yes")], name: "bot")])
    let (text, dropped) = try written(DialectHabitsTests.others[place], conversation)
    #expect(!text.contains("bot") && dropped == "name")
  }

  @Test("Tools that only Google has are named where they are left out", arguments: others.indices)
  func nativeTools(_ place: Int) throws {
    if DialectHabitsTests.others[place] is GeminiDialect { return }
    var conversation = Conversation(.gemini, model: "m", messages: [Message(.user, [.text("q")])])
    conversation.tools = [ToolDefinition(.native(.gemini, .object([("googleSearch", .object([]))])))]
    #expect(try written(DialectHabitsTests.others[place], conversation).dropped == "tools.googleSearch")
  }

  // MARK: The ends of streams

  /// A stream's text, and its finish reason.
  private func read(_ dialect: any ProviderDialect, _ stream: String) throws -> String {
    var log = ""
    let decoder = dialect.streamDecoder(AnswerContext(id: "g", created: 1), eventBytes: 1 << 20)
    func note(_ event: AnswerEvent) {
      switch event.happening {
      case .text(let text): log += text.string
      case .finish(let reason): log += "|" + (reason.native ?? "")
      default: break
      }
    }
    try Array(stream.utf8).withUnsafeBytes { try decoder.feed($0, note) }
    try decoder.end(note)
    return log
  }

  private static let streams: [(any ProviderDialect, String, String)] = [
    (OllamaDialect(), #"{"message":{"content":"a"}}"# + "\n", #"{"done":true,"done_reason":"stop"}"#),
    (
      GeminiDialect(), #"data: {"candidates":[{"content":{"parts":[{"text":"a"}]}}]}"# + "\n\n",
      #"data: {"candidates":[{"finishReason":"stop"}]}"#
    ),
    (
      CohereDialect(),
      #"data: {"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"a"}}}}"# + "\n\n",
      #"data: {"type":"message-end","delta":{"finish_reason":"stop"}}"#
    ),
    (
      AnthropicDialect(),
      #"data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"# + "\n\n"
        + #"data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a"}}"# + "\n\n",
      #"data: {"type":"message_delta","delta":{"stop_reason":"stop"}}"#
    ),
  ]

  @Test("A last event without its end counts when it is whole, and a piece of one does not", arguments: streams.indices)
  func lastEvent(_ place: Int) throws {
    let (dialect, first, last) = DialectHabitsTests.streams[place]
    for end in ["", "\n", "\n\n"] { #expect(try read(dialect, first + last + end) == "a|stop") }
    for length in [1, last.count / 2, last.count - 1] {
      #expect(try read(dialect, first + last.prefix(length)) == "a", "\(last.prefix(length))")
    }
  }
}

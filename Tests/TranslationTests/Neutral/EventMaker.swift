import Core
import JSON
import Ledger
import TestSupport
import Translation

/// Makes streams of events from a seed, in an order that a model could say them in.
enum EventMaker {
  /// Calls `body` with each event.
  static func stream(seed: UInt64, _ body: (AnswerEvent) throws -> Void) throws {
    var maker = ConversationMaker(.openAI, seed: seed)
    try body(AnswerEvent(.start(AnswerStart())))
    for index in 0..<maker.number(0...2) { try reasoning(index, &maker, body) }
    for _ in 0..<maker.number(0...4) { try say(maker.text()) { try body(AnswerEvent(.text($0))) } }
    if maker.chance(20) {
      try body(AnswerEvent(.citation(Citation(url: "https://x/\(maker.word())", title: "T", quote: "q"))))
    }
    if maker.chance(10) { try body(AnswerEvent(.image(ImageContent(.data(type: "image/png", base64: "AAAA"))))) }
    if maker.chance(10) { try body(AnswerEvent(.logprobs(.object([("content", .array([]))])))) }
    let calls = maker.number(0...2)
    for position in 0..<calls {
      try body(AnswerEvent(.toolCall(position: position, ToolCallStart(id: "c\(position)", name: maker.word()))))
      for piece in ["{\"a\"", ":\"\(maker.word())\\n\"", "}"] {
        try say(piece) { try body(AnswerEvent(.toolArguments(position: position, $0))) }
      }
    }
    try body(AnswerEvent(.finish(FinishReason(calls > 0 ? .toolCalls : .stop, native: maker.maybe(50) { $0.word() }))))
    try body(AnswerEvent(.usage(AnswerUsage(Usage(promptTokens: maker.number(0...99), completionTokens: 5)))))
  }

  private static func reasoning(
    _ index: Int64, _ maker: inout ConversationMaker, _ body: (AnswerEvent) throws -> Void
  ) throws {
    let format = maker.one([ReasoningFormat.anthropic, .openAIResponses])
    if maker.chance(30) {
      return try say("ZW5j") {
        try body(AnswerEvent(.reasoning(ReasoningDelta(.encrypted, $0, index: index, format: format, id: "r\(index)"))))
      }
    }
    for _ in 0..<maker.number(1...3) {
      try say(maker.text()) {
        try body(AnswerEvent(.reasoning(ReasoningDelta(.text, $0, index: index, format: format))))
      }
    }
    try say("c2ln") {
      try body(AnswerEvent(.reasoning(ReasoningDelta(.signature, $0, index: index, format: format))))
    }
  }

  private static func say(_ text: String, _ body: (JSONText) throws -> Void) throws {
    try JSONText.with(text) { text in Result { try body(text) } }.get()
  }
}

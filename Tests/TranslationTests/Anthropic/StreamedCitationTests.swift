import Core
import JSON
import Testing
import Translation

@Suite("Citations of a stream have the places that those of a whole answer have")
struct StreamedCitationTests {
  private let context = AnswerContext(id: "g", created: 1, model: "anthropic.claude-sonnet-4-5-v1:0")

  private func events(
    _ dialect: any ProviderDialect, _ bytes: [UInt8]
  ) throws -> (citations: [Citation], order: [String]) {
    var citations: [Citation] = []
    var order: [String] = []
    let decoder = dialect.streamDecoder(context, eventBytes: 1 << 20)
    try bytes.withUnsafeBytes {
      try decoder.feed($0) { event in
        switch event.happening {
        case .citation(let citation):
          citations.append(citation)
          order.append("citation")
        case .text: order.append("text")
        case .partEnd: order.append("end")
        default: break
        }
      }
    }
    return (citations, order)
  }

  private func citations(_ dialect: any ProviderDialect, _ whole: String) throws -> [Citation] {
    let answer = try Array(whole.utf8).withUnsafeBytes { try dialect.answer($0, context) }
    var citations: [Citation] = []
    for part in answer.choices[0].parts {
      if case .text(let text) = part.content { citations += text.citations }
    }
    return citations
  }

  private static func place(_ url: String) -> String {
    #"{"type":"web_search_result_location","url":"\#(url)","title":"T","cited_text":"q","encrypted_index":"e"}"#
  }

  private static let anthropic: [String] = [
    #"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
    #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"caf\u00e9 \"é\"\n"}}"#,
    #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"\uD83D\uDE00😀 "}}"#,
    #"{"type":"content_block_stop","index":0}"#,
    #"{"type":"content_block_start","index":1,"content_block":{"type":"text","text":"","citations":[]}}"#,
    #"{"type":"content_block_delta","index":1,"delta":{"type":"citations_delta","citation":\#(place("https://a"))}}"#,
    #"{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"rain"}}"#,
    #"{"type":"content_block_delta","index":1,"delta":{"type":"citations_delta","citation":\#(place("https://b"))}}"#,
    #"{"type":"content_block_stop","index":1}"#,
    #"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":9}}"#,
    #"{"type":"message_stop"}"#,
  ]

  private static var anthropicBytes: [UInt8] { anthropic.flatMap { Array("data: \($0)\n\n".utf8) } }

  @Test("Anthropic's")
  func ofAnthropic() throws {
    let (streamed, order) = try events(AnthropicDialect(), StreamedCitationTests.anthropicBytes)
    let whole = try citations(
      AnthropicDialect(),
      #"{"content":[{"type":"text","text":"caf\u00e9 \"é\"\n\uD83D\uDE00😀 "},{"type":"text","text":"rain","citations":[\#(StreamedCitationTests.place("https://a")),\#(StreamedCitationTests.place("https://b"))]}]}"#
    )
    #expect(streamed == whole && whole.map(\.range) == [12..<16, 12..<16])
    #expect(order == ["text", "text", "end", "text", "citation", "citation", "end"])
  }

  @Test("Anthropic's, of a block without its end")
  func unended() throws {
    var lines = StreamedCitationTests.anthropic
    lines.remove(at: 8)
    let (streamed, _) = try events(AnthropicDialect(), lines.flatMap { Array("data: \($0)\n\n".utf8) })
    #expect(streamed.map(\.range) == [12..<16, 12..<16])
  }

  @Test("Bedrock's")
  func ofBedrock() throws {
    let citation = #"{"title":"T","location":{"web":{"url":"https://a"}}}"#
    let lines = """
      event contentBlockDelta {"contentBlockIndex":0,"delta":{"text":"é "}}
      event contentBlockStop {"contentBlockIndex":0}
      event contentBlockDelta {"contentBlockIndex":1,"delta":{"text":"rain"}}
      event contentBlockDelta {"contentBlockIndex":1,"delta":{"citation":\(citation)}}
      event contentBlockStop {"contentBlockIndex":1}
      event messageStop {"stopReason":"end_turn"}
      """
    let (streamed, order) = try events(BedrockDialect(), try GoldenFrames.bytes(Array(lines.utf8)))
    let whole = try citations(
      BedrockDialect(),
      #"{"output":{"message":{"content":[{"text":"é "},{"citationsContent":{"content":[{"text":"rain"}],"citations":[\#(citation)]}}]}}}"#
    )
    #expect(streamed == whole && whole.map(\.range) == [2..<6])
    #expect(order == ["text", "end", "text", "citation", "end"])
  }

  @Test("Callers of every format read the places")
  func callers() throws {
    func read(_ caller: any CallerDialect) throws -> String {
      let provider = ProviderStream(AnthropicDialect(), context, eventBytes: 1 << 20)
      let stream = CallerStream(
        caller, CallerContext(id: "i", model: "a/b", created: 1, promptTokens: 1), eventBytes: 1 << 20)
      let rooms = ByteBuffer()
      try StreamedCitationTests.anthropicBytes.withUnsafeBytes {
        try provider.feed($0) { chunk in
          rooms.append("data: ")
          rooms.append(chunk)
          rooms.append("\n\n")
        }
      }
      rooms.append("data: [DONE]\n\n")
      let output = ByteBuffer()
      stream.feed(rooms.bytes, into: output)
      return String(decoding: output.bytes, as: UTF8.self)
    }
    #expect(try read(GeminiCaller()).contains(#""segment":{"startIndex":20,"endIndex":24,"text":"rain"}"#))
    #expect(try read(ResponsesCaller()).contains(#""start_index":12,"end_index":16"#))
    #expect(try read(AnthropicCaller()).contains(#"{"type":"citations_delta","citation":{"#))
  }
}

import JSON
import Testing

@testable import Translation

@Suite struct PromptEstimateTests {
  private let model = "openai/gpt-4o"

  private func prompt(_ parts: [Part], model: String? = nil) -> Int64 {
    TokenEstimate.prompt(
      Conversation(.openAI, model: model ?? self.model, messages: [Message(.user, parts)]), model: model ?? self.model)
  }

  @Test func `a greeting costs what OpenAI's template makes of it`() {
    #expect((8...10).contains(prompt([.text("Hello there!")])))
  }

  @Test func `every message adds its marks`() {
    let one = Conversation(.openAI, model: model, messages: [Message(.user, [.text("Hi")])])
    var three = one
    three.messages += [Message(.assistant, []), Message(.user, [])]
    #expect(TokenEstimate.prompt(three, model: model) == TokenEstimate.prompt(one, model: model) + 8)
  }

  @Test func `tools count with their schemas and with Claude's instructions for tools`() throws {
    let schema = try JSONValue.parse(
      Array(#"{"type":"object","properties":{"location":{"type":"string","description":"City and country"}}}"#.utf8))
    var conversation = Conversation(.openAI, model: "", messages: [Message(.user, [.text("Hi")])])
    let bare = TokenEstimate.prompt(conversation, model: "claude-sonnet-4")
    let bareOpenAI = TokenEstimate.prompt(conversation, model: model)
    conversation.tools = [
      ToolDefinition(.function(FunctionTool("weather", description: "Tells it.", parameters: schema)))
    ]
    #expect((365...400).contains(TokenEstimate.prompt(conversation, model: "claude-sonnet-4") - bare))
    #expect((25...45).contains(TokenEstimate.prompt(conversation, model: model) - bareOpenAI))
    let auto = TokenEstimate.prompt(conversation, model: "claude-sonnet-4")
    conversation.toolChoice = .required
    #expect(TokenEstimate.prompt(conversation, model: "claude-sonnet-4") == auto - 33)
  }

  @Test func `calls, their results and reasoning count`() {
    let call = Part(.toolCall(ToolCall(id: "1", name: "weather", arguments: #"{"location":"Paris"}"#)))
    let result = Part(
      .toolResult(ToolResult(callID: "1", parts: [.text("Sunny, 22 degrees, light wind from the west.")])))
    let thought = Part(.reasoning(Reasoning(.text("The caller wants to know what the weather is like."))))
    let bare = prompt([.text("Hi")])
    for (part, least) in [(call, 8), (result, 15), (thought, 9)] as [(Part, Int64)] {
      #expect(prompt([.text("Hi"), part]) >= bare + least)
      #expect(prompt([.text("Hi"), part]) <= bare + least * 3)
    }
  }

  @Test func `an answer counts with its calls`() {
    let call = Part(.toolCall(ToolCall(id: "1", name: "weather", arguments: #"{"location":"Paris"}"#)))
    let answer = Answer([Answer.Choice([.text("Let me look."), call])])
    #expect((12...25).contains(TokenEstimate.completion(answer, model: model)))
  }

  // Source: OpenAI's guide to images and vision: 765 and 1105 for these two, 85 for any at low detail.
  @Test(arguments: [
    ("openai/gpt-4o", 1024, 1024, 765), ("openai/gpt-4o", 2048, 4096, 1105), ("openai/gpt-5-mini", 1024, 1024, 1229),
    ("openai/gpt-4.1-mini", 4000, 4000, 2488), ("anthropic/claude-sonnet-4.5", 1000, 1000, 1296),
    ("anthropic/claude-sonnet-4.5", 200, 200, 64), ("anthropic/claude-sonnet-4.5", 8000, 8000, 1568),
    ("anthropic/claude-opus-5", 8000, 8000, 4784),
    ("google/gemini-2.5-flash", 384, 384, 258), ("google/gemini-2.5-flash", 1024, 1024, 1032),
    ("qwen/qwen-vl", 280, 280, 100),
  ])
  func `pictures cost what their provider's documentation says`(model: String, width: Int, height: Int, tokens: Int64) {
    #expect(ImageTokens(model: model).tokens(ImageSize(width: width, height: height), isLow: false) == tokens)
  }

  @Test func `a picture's own size counts, and low detail is cheap`() {
    let png = Base64.encode(Self.png(width: 512, height: 300))
    let small = MediaSource.data(type: "image/png", base64: png)
    let bare = prompt([])
    #expect(prompt([Part(.image(ImageContent(small)))]) == bare + 255)
    #expect(prompt([Part(.image(ImageContent(small, detail: "low")))]) == bare + 85)
    #expect(prompt([Part(.image(ImageContent(.url("https://example.com/a.png"))))]) == bare + 765)
    #expect(prompt([Part(.image(ImageContent(.data(type: "image/png", base64: "AAAA"))))]) == bare + 765)
  }

  @Test func `the sizes of PNG, GIF, WebP and JPEG are read from their headers`() {
    let gif: [UInt8] = Array("GIF89a".utf8) + [0x40, 0x01, 0xF0, 0x00]
    let start = Array("RIFF".utf8) + [0, 0, 0, 0] + Array("WEBPVP8".utf8)
    let extended = start + Array("X".utf8) + [10, 0, 0, 0, 0, 0, 0, 0] + [0x3F, 0x01, 0, 0xEF, 0, 0]
    let lossy = start + Array(" ".utf8) + [0, 0, 0, 0, 0, 0, 0, 0x9D, 0x01, 0x2A] + [0x40, 0x01, 0xF0, 0x00]
    // 319 and 239 in 14 bits each: 0x3BC13F.
    let lossless = start + Array("L".utf8) + [0, 0, 0, 0, 0x2F] + [0x3F, 0xC1, 0x3B, 0x00] + [0, 0, 0, 0, 0]
    let jpeg: [UInt8] = [0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 1, 2, 0xFF, 0xC2, 0, 11, 8, 0, 0xF0, 0x01, 0x40, 3]
    for bytes in [Self.png(width: 320, height: 240), gif, extended, lossy, lossless, jpeg] {
      #expect(ImageSize(base64: Base64.encode(bytes)) == ImageSize(width: 320, height: 240), "\(bytes.prefix(16))")
    }
    for broken in [
      [UInt8](jpeg.prefix(12)), [0xFF, 0xD8, 0xFF, 0xFF], Self.png(width: 0, height: 5), Array("hello".utf8), [],
    ] {
      #expect(ImageSize(base64: Base64.encode(broken)) == nil)
    }
  }

  @Test func `the pages of a PDF are counted, or guessed from its length`() {
    let pages = Array(
      "%PDF-1.4\n<</Type /Pages/Count 3>>\n<</Type /Page>>\n<</Type/Page/Parent 1 0 R>>\n<< /Type\n/Page >>".utf8)
    let media = MediaTokens(model: "google/gemini-2.5-pro")
    #expect(media.file(.data(type: "application/pdf", base64: Base64.encode(pages))) == 3 * 258)
    let hidden = [UInt8](repeating: 65, count: 120_000)
    #expect(media.file(.data(type: "application/pdf", base64: Base64.encode(hidden))) == 3 * 258)
    #expect(media.file(.url("https://example.com/a.pdf")) == 5 * 258)
  }

  @Test func `sound and film count by their seconds`() {
    let second = Base64.encode([UInt8](repeating: 0, count: 48_000))
    let gemini = MediaTokens(model: "google/gemini-2.5-pro")
    #expect(gemini.audio(AudioContent(base64: second, format: "wav")) == 32)
    #expect(MediaTokens(model: model).audio(AudioContent(base64: second, format: "wav")) == 10)
    #expect(gemini.audio(AudioContent(base64: second, format: "mp3")) == 96)
    #expect(gemini.video(.url("https://example.com/a.mp4")) == 60 * 263)
  }

  private static func png(width: Int, height: Int) -> [UInt8] {
    func big(_ value: Int) -> [UInt8] { [0, 0, UInt8(value >> 8), UInt8(value & 255)] }
    return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13] + Array("IHDR".utf8) + big(width) + big(height)
  }
}

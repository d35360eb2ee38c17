import Core
import JSON
import Testing

@testable import Translation

/// Chunks that look like earlier ones are not read again: the caller must never be able to tell.
struct ChunkTemplateTests {
  private static let identity = AnswerIdentity(id: "gen-1", source: AnswerSource(model: "m/x", provider: "P\"q"))

  private struct Outcome: Equatable {
    var output: [UInt8] = []
    var deltaBytes = 0
    var failures: [Int] = []
    var transcript: [UInt8]?
  }

  /// What one editor makes of the chunks, or one for each of them.
  private static func run(_ chunks: [[UInt8]], fresh: Bool) -> Outcome {
    var outcome = Outcome()
    let transcript = StreamTranscript()
    func make() -> OpenAIStreamEditor { OpenAIStreamEditor(.chat, identity: identity, transcript: transcript) }
    var editor = make()
    let output = ByteBuffer()
    for (number, chunk) in chunks.enumerated() {
      if fresh {
        outcome.deltaBytes += editor.deltaBytes
        editor = make()
      }
      let isTaken = chunk.withUnsafeBytes { data in
        guard let event = try? editor.take(data, into: output) else { return false }
        if case .failure = event { return false }
        return true
      }
      if !isTaken { outcome.failures.append(number) }
    }
    outcome.deltaBytes += editor.deltaBytes
    outcome.output = output.copyBytes()
    outcome.transcript = transcript.delivered?.json
    return outcome
  }

  private static func chunk(_ text: String, _ id: String = "c", _ rest: String = "") -> String {
    #"{"id":"\#(id)","model":"gpt","choices":[{"index":0,"delta":{"content":"\#(text)"},"finish_reason":null}],"usage":null\#(rest)}"#
  }

  @Test(
    "A stream comes out as if each of its chunks had been read by itself",
    arguments: [
      [chunk("a"), chunk("b"), chunk("c"), chunk("d e"), chunk(""), chunk("f")],
      [chunk("a"), chunk("b"), chunk(#"\u00e9\"x\\"#), chunk("中文 é"), chunk(#"\n"#)],
      // What looks the same at both ends and is another object.
      [chunk("a"), chunk("b"), chunk(#"c"},"finish_reason":"stop"},{"index":1,"delta":{"content":"d"#), chunk("e")],
      [chunk("a"), chunk("b"), chunk(#"c","refusal":"no"#), chunk(#"d","content":"e"#), chunk("f")],
      [chunk("a"), chunk("b"), chunk(#"\"#), chunk("c")],
      [chunk("a"), chunk("b"), chunk("\u{7}"), chunk("c")],
      // Members that change with each chunk, or now and then.
      (0..<12).map { chunk("t\($0)", "c\($0)") },
      (0..<30).map { chunk("t\($0)", "c\($0 / 5)") },
      (0..<12).map { chunk("t\($0)", "c", #","obfuscation":"\#($0)""#) },
      // Labels count as text, as they always did.
      (0..<5).map { #"{"choices":[{"index":0,"delta":{"channel":"final","content":"t\#($0)"}}]}"# },
      // No template: reasoning, several choices, calls, completions in another member.
      (0..<5).map { #"{"choices":[{"index":0,"delta":{"reasoning":"t\#($0)"}}]}"# },
      (0..<5).map { #"{"choices":[{"index":1,"delta":{"content":"t\#($0)"}}]}"# },
      (0..<5).map { #"{"choices":[{"index":0,"text":"t\#($0)"}],"provider":"other"}"# },
      [
        chunk("a"), chunk("b"), chunk("c"), #"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#, chunk("d"),
      ],
      // White space that the caller is not sent.
      [chunk("a") + " ", chunk("b") + " ", chunk("c") + " ", chunk("d")],
    ])
  func looksUntouched(_ chunks: [String]) {
    let bytes = chunks.map { Array($0.utf8) }
    let outcome = Self.run(bytes, fresh: false)
    #expect(outcome == Self.run(bytes, fresh: true))
    #expect(!outcome.output.isEmpty)
  }

  @Test("A text that is not UTF-8 is refused in a chunk that looks like the others")
  func refusesBadText() {
    let parts = Self.chunk("|").split(separator: "|").map { Array($0.utf8) }
    let chunks = [[97], [98], [99], [0xC3, 0x28], [100]].map { parts[0] + $0 + parts[1] }
    let outcome = Self.run(chunks, fresh: false)
    #expect(outcome.failures == [3])
    #expect(outcome == Self.run(chunks, fresh: true))
  }

  @Test("Chunks of a stream are recognised from the third on")
  func recognises() throws {
    try Array(Self.chunk("some text").utf8).withUnsafeBytes { data in
      let template = try #require(ChunkTemplate(try OpenAIChunk(data), data, Self.identity))
      let next = Array(Self.chunk("more").utf8)
      next.withUnsafeBytes { next in
        #expect(template.text(next).map { String(decoding: $0, as: UTF8.self) } == "more")
      }
      Array(Self.chunk("more", "d").utf8).withUnsafeBytes { #expect(template.text($0) == nil) }
    }
  }
}

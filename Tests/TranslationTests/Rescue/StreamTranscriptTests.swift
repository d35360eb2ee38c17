import Core
import JSON
import Ledger
import Testing

@testable import Translation

/// What is kept of a stream, and what makes a rescue impossible.
struct StreamTranscriptTests {
  @Test("The text is kept as it was written, over all chunks")
  func keepsText() throws {
    let rig = RescueRig()
    let editor = rig.editor()
    try rig.feed(RescueRig.stream([#"a\n"#, "é", #"\ud83d"#, #"\ude00"#], finish: nil), editor)
    let delivered = try #require(rig.transcript.delivered)
    #expect(delivered.part == .content && String(decoding: delivered.json, as: UTF8.self) == #"a\né\ud83d\ude00"#)
    #expect(String(decoding: delivered.units, as: UTF16.self) == "a\né\u{1F600}" && delivered.byteCount == 8)
  }

  @Test("Without text the part is the reasoning, or nothing")
  func parts() throws {
    let rig = RescueRig()
    let editor = rig.editor()
    #expect(rig.transcript.delivered?.part == .nothing)
    try rig.feed([RescueRig.chunk(#""role":"assistant","content":null,"refusal":null,"tool_calls":[]"#)], editor)
    #expect(rig.transcript.delivered?.part == .nothing)
    try rig.feed([RescueRig.chunk(#""reasoning":"hm""#)], editor)
    #expect(rig.transcript.delivered?.part == .reasoning)
    try rig.feed([RescueRig.chunk(#""content":"x","channel":"final""#)], editor)
    #expect(rig.transcript.delivered?.part == .content)
  }

  @Test(
    "What cannot be continued or compared hinders a rescue",
    arguments: [
      (#"{"choices":[{"index":1,"delta":{"content":"x"}}]}"#, StreamTranscript.Obstacle.severalChoices),
      (#"{"choices":[{"delta":{}},{"delta":{}}]}"#, .severalChoices),
      (#"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0}]}}]}"#, .toolCall),
      (#"{"choices":[{"index":0,"delta":{"function_call":{"name":"f"}}}]}"#, .toolCall),
      (#"{"choices":[{"index":0,"delta":{"refusal":"No"}}]}"#, .refusal),
      (#"{"choices":[{"index":0,"logprobs":{"content":[]},"delta":{"content":"x"}}]}"#, .logprobs),
      (#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#, .finished),
      (#"{"choices":[{"index":0,"delta":{"reasoning":"x"}}]}"#, .reasoningBehindText),
      (#"{"choices":[{"index":0,"delta":{"audio":{"data":"x"}}}]}"#, .otherContent),
      (#"{"choices":[{"index":0,"delta":{"content":[{"type":"text"}]}}]}"#, .otherContent),
      (#"{"choices":[{"index":0,"delta":{"content":"x","content":"y"}}]}"#, .otherContent),
      (#"{"choices":[{"index":0,"delta":{"co\u006etent":"x","content":"y"}}]}"#, .otherContent),
      (#"{"choices":[{"index":0,"delta":{"music":"x"}}]}"#, .otherContent),
    ])
  func hinders(_ row: (chunk: String, obstacle: StreamTranscript.Obstacle)) throws {
    let rig = RescueRig()
    let editor = rig.editor()
    try rig.feed(RescueRig.stream(["text"], finish: nil), editor)
    #expect(rig.transcript.hindrance == nil)
    try rig.feed([row.chunk], editor)
    #expect(rig.transcript.hindrance == row.obstacle && rig.transcript.delivered == nil)
    try rig.feed([RescueRig.chunk(#""content":"more""#)], editor)
    #expect(rig.transcript.hindrance == row.obstacle)
  }

  @Test("Reasoning in parts hinders only until text follows")
  func opaqueReasoning() throws {
    let rig = RescueRig()
    let editor = rig.editor()
    try rig.feed([RescueRig.chunk(#""reasoning":"a","reasoning_details":[{"text":"a"}]"#)], editor)
    #expect(rig.transcript.hindrance == .opaqueReasoning)
    try rig.feed([RescueRig.chunk(#""content":"x""#)], editor)
    #expect(rig.transcript.hindrance == nil)
  }

  @Test("More text than the limit is not kept")
  func limit() throws {
    let rig = RescueRig()
    let editor = rig.editor()
    let piece = String(repeating: "x", count: StreamTranscript.limit / 4)
    try rig.feed(RescueRig.stream([piece, piece, piece, piece], finish: nil), editor)
    #expect(rig.transcript.hindrance == nil)
    try rig.feed([RescueRig.chunk(#""content":"y""#)], editor)
    #expect(rig.transcript.hindrance == .tooLong)
  }

  @Test("Completions are kept like chats")
  func completions() throws {
    let rig = RescueRig()
    let editor = OpenAIStreamEditor(
      .completion, identity: AnswerIdentity(id: "gen-1", source: RescueRig.source), transcript: rig.transcript)
    try rig.feed([#"{"choices":[{"index":0,"text":"On","logprobs":null}]}"#], editor)
    #expect(rig.transcript.delivered.map { String(decoding: $0.json, as: UTF8.self) } == "On")
    let delivered = try #require(rig.transcript.delivered)
    let second = OpenAIStreamEditor(
      .completion, identity: AnswerIdentity(id: "gen-1", source: RescueRig.source), transcript: rig.transcript,
      splicer: StreamSplicer(.restart, behind: delivered))
    try rig.feed([#"{"choices":[{"index":0,"text":"Once"}]}"#], second)
    #expect(rig.events.last?.contains(#""text":"ce""#) == true)
  }

  // MARK: Bill and mark

  @Test("An attempt is billed for what of it reached the caller")
  func share() {
    let usage = Usage(promptTokens: 10, completionTokens: 100, cachedTokens: 4, reasoningTokens: 50)
    #expect(DeliveredUsage.share(usage, deliveredBytes: 400, skippedBytes: 0) == usage)
    let half = DeliveredUsage.share(usage, deliveredBytes: 200, skippedBytes: 200)
    #expect(half == Usage(promptTokens: 10, completionTokens: 50, cachedTokens: 4, reasoningTokens: 25))
    #expect(DeliveredUsage.share(usage, deliveredBytes: 1, skippedBytes: 999).completionTokens == 1)
    #expect(DeliveredUsage.share(usage, deliveredBytes: 0, skippedBytes: 9).completionTokens == 0)
    let most = Usage(promptTokens: 0, completionTokens: Usage.plausibleTokens)
    #expect(
      DeliveredUsage.share(most, deliveredBytes: .max / 2, skippedBytes: .max / 2).completionTokens == 500_000_000)
    #expect(
      DeliveredUsage.estimate(requestBytes: 9, deliveredBytes: 4) == Usage(promptTokens: 3, completionTokens: 1))
  }

  @Test("The final chunk carries the sum of the attempts and the mark of the rescue")
  func finalChunk() throws {
    let rig = RescueRig()
    let editor = rig.editor()
    try rig.feed(
      [#"{"id":1,"rescued":"no","tier":"x","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1}}"#], editor)
    let mark = RescueMark([
      .init(provider: "A", model: "m/x", joint: .begun, deliveredBytes: 7, failure: .timedOut),
      .init(provider: "B", model: "m/x", joint: .prefill, deliveredBytes: 3, failure: nil),
    ])
    let usage = OpenAIUsage.combined([
      (Usage(promptTokens: 5, completionTokens: 2), true),
      (Usage(promptTokens: 7, completionTokens: 1, cachedTokens: 5), false),
    ])
    editor.appendUsage(
      usage, cost: Money(units: 1_000_000),
      members: [RescueMark.flag, ("openrouter_metadata", .object([mark.member]))], to: rig.output)
    let text = try #require(rig.events.last)
    let json = try JSONValue.parse(Array(text.utf8))
    #expect(json.objectValue?.count { $0.key == "rescued" } == 1 && json["rescued"]?.boolValue == true)
    #expect(json["tier"]?.stringValue == "x" && json["usage"]?["total_tokens"]?.integerValue == 15)
    #expect(json["usage"]?["is_estimated"]?.boolValue == true && json["usage"]?["cost"]?.numberText == "0.000001")
    #expect(json["usage"]?["prompt_tokens_details"]?["cached_tokens"]?.integerValue == 5)
    let attempts = json["openrouter_metadata"]?["rescue"]?["attempts"]
    #expect(attempts?[0]?["failure"]?.stringValue == "timedOut" && attempts?[1]?["failure"]?.isNull == true)
    #expect(attempts?[1]?["joint"]?.stringValue == "prefill" && attempts?[0]?["delivered_bytes"]?.integerValue == 7)
  }
}

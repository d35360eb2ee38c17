import Core
import Foundation
import JSON
import Testing

@testable import Translation

/// Joining a second attempt's answer to what the caller has of the first.
struct SpliceTests {
  private static let request = Array(#"{"model":"m","stream":true,"messages":[{"role":"user","content":"hi"}]}"#.utf8)

  /// The route of a prefill behind what was delivered; nil where none is possible.
  private static func prefill(_ rig: RescueRig, trimmed: Bool = false) -> StreamSplicer.Route? {
    guard let delivered = rig.transcript.delivered else { return nil }
    return request.withUnsafeBytes {
      PrefillRequest(.chat, $0, behind: delivered, withoutTrailingSpace: trimmed)?.route
    }
  }

  private static func text(_ units: [UInt16]) -> String { String(decoding: units, as: UTF16.self) }

  private static let texts = [
    "The capital of France is Paris.", "a",
    "Ünïcode ½ and \u{1F600}\u{1F1E9}\u{1F1EA} in between\n\tand \"quotes\" \\ back",
    "\u{6F22}\u{5B57}\u{304B}\u{306A}\u{4EA4}\u{3058}\u{308A}\u{6587} and \u{1F469}\u{200D}\u{1F680}",
    "\u{1}\u{1F}/\u{7F}\u{80}\u{FFFD}\u{FFFF}\u{10FFFF}",
    "haha\nhaha\nhaha\nhaha\nhaha\nhaha\nhaha\nhaha\nhaha\nhaha\nhaha\n",
  ]

  /// Whatever the writing and the cuts of both streams, also inside a surrogate pair.
  @Test("A restart that agrees gives the caller the whole text once, from every place of the break", arguments: texts)
  func restarts(_ text: String) throws {
    var generator = Seeded(state: 11)
    let units = Array(text.utf16)
    for cut in 0...units.count {
      for longest in [1, 3, units.count] {
        let rig = RescueRig()
        let first = rig.editor()
        try rig.feed(
          RescueRig.stream(RescueRig.pieces(units[..<cut], longest: longest, &generator), finish: nil), first)
        let second = rig.editor(.restart)
        let chunks = RescueRig.stream(RescueRig.pieces(units, longest: longest, &generator))
        #expect(try rig.feed(chunks, second))
        #expect(try rig.received() == units, "broken at \(cut)")
        #expect(rig.roles == 1 && second.isFinished)
        #expect(second.deltaBytes + second.skippedBytes >= text.utf8.count)
      }
    }
  }

  @Test(
    "A continuation gives the caller the whole text once, from every place of the break", arguments: texts.dropLast())
  func continues(_ text: String) throws {
    var generator = Seeded(state: 12)
    let units = Array(text.utf16)
    for cut in 1...units.count {
      let isHalved = cut < units.count && units[cut] & 0xFC00 == 0xDC00
      for (longest, trimmed) in [(1, false), (3, true), (units.count, false), (units.count, true)] {
        let rig = RescueRig()
        let first = rig.editor()
        let began = RescueRig.pieces(units[..<cut], longest: longest, &generator)
        try rig.feed(RescueRig.stream(began, finish: nil), first)
        guard let route = Self.prefill(rig, trimmed: trimmed) else {
          let isBlank = trimmed && units[..<cut].allSatisfy { $0 == 32 || 9...13 ~= $0 }
          #expect(isHalved || isBlank)
          continue
        }
        #expect(!isHalved)
        let space = trimmed ? units[..<cut].reversed().prefix { $0 == 32 || 9...13 ~= $0 }.count : 0
        let second = rig.editor(route)
        let goesOn = RescueRig.pieces(units[(cut - space)...], longest: longest, &generator)
        let isWhole = try rig.feed(RescueRig.stream(goesOn), second)
        #expect(isWhole && second.isFinished, "broken at \(cut)")
        #expect(try rig.received() == units, "broken at \(cut)")
        #expect(rig.roles == 1)
      }
    }
  }

  @Test("A continuation that first repeats a long prefill is joined behind the repetition")
  func echoes() throws {
    var generator = Seeded(state: 13)
    let units = Array("It was the best of times, it was the worst of times, it was the age of wisdom \u{1F600}".utf16)
    for cut in 32..<units.count where units[cut] & 0xFC00 != 0xDC00 {
      for trimmed in [false, true] {
        let rig = RescueRig()
        let first = rig.editor()
        try rig.feed(RescueRig.stream(RescueRig.pieces(units[..<cut], longest: 9, &generator), finish: nil), first)
        let second = rig.editor(try #require(Self.prefill(rig, trimmed: trimmed)))
        #expect(try rig.feed(RescueRig.stream(RescueRig.pieces(units, longest: 9, &generator)), second))
        #expect(try rig.received() == units && second.isFinished)
      }
    }
  }

  @Test("The caller's own prefill belongs to the echo")
  func echoesOwnPrefill() throws {
    let body = Array(
      #"{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"Once upon a time"}]}"#.utf8)
    let rig = RescueRig()
    let first = rig.editor()
    try rig.feed(RescueRig.stream([", in a land far away"], finish: nil), first)
    let delivered = try #require(rig.transcript.delivered)
    let route = try #require(body.withUnsafeBytes { PrefillRequest(.chat, $0, behind: delivered) }?.route)
    let second = rig.editor(route)
    #expect(try rig.feed(RescueRig.stream(["Once upon a time, in a land", " far away, lived"]), second))
    #expect(try Self.text(rig.received()) == ", in a land far away, lived")
  }

  /// Nobody can tell an echo from an answer that says the same again.
  @Test(
    "A continuation that may be an echo or not is refused, and one that begins like the text and then differs",
    arguments: [
      ("ha", ["ha", "ha!"]), (String(repeating: "ho ", count: 20), [String(repeating: "ho ", count: 30)]),
      ("It was the best of times, it was the worst", ["It was the best of times, it was the WORST"]),
      ("It was the best of times, it was the worst", ["It was the best of times, it was"]),
    ])
  func refusesAmbiguity(_ row: (began: String, goesOn: [String])) throws {
    let rig = RescueRig()
    let first = rig.editor()
    try rig.feed(RescueRig.stream([row.began], finish: nil), first)
    let second = rig.editor(try #require(Self.prefill(rig)))
    #expect(try !rig.feed(RescueRig.stream(row.goesOn), second))
    #expect(second.splicer?.hasDisagreed == true && !second.isFinished)
    #expect(try Self.text(rig.received()) == row.began)
  }

  @Test("A short beginning that is like the text is no echo")
  func allowsLikeness() throws {
    let rig = RescueRig()
    let first = rig.editor()
    try rig.feed(RescueRig.stream(["abcabcX"], finish: nil), first)
    let second = rig.editor(try #require(Self.prefill(rig)))
    #expect(try rig.feed(RescueRig.stream(["abc", "abc"]), second))
    #expect(try Self.text(rig.received()) == "abcabcXabcabc")
  }

  @Test("White space that was left out of the prefill must come first")
  func wantsSpace() throws {
    for (goesOn, isFine) in [(["\\n\\n", "b"], true), ([" b"], false), (["b"], false), (["\\n"], false)] {
      let rig = RescueRig()
      let first = rig.editor()
      try rig.feed(RescueRig.stream(["a\\n\\n"], finish: nil), first)
      let second = rig.editor(try #require(Self.prefill(rig, trimmed: true)))
      #expect(try rig.feed(RescueRig.stream(goesOn), second) == isFine)
      #expect(try Self.text(rig.received()) == (isFine ? "a\n\nb" : "a\n\n"))
    }
  }

  /// One wrong unit anywhere, an answer that ends too soon, a tool call instead of the text.
  @Test("A restart that does not agree is refused and nothing of it reaches the caller", arguments: texts)
  func disagrees(_ text: String) throws {
    var generator = Seeded(state: 14)
    let units = Array(text.utf16)
    for wrong in units.indices {
      var other = units
      other[wrong] = other[wrong] == 65 ? 66 : 65
      for chunks in [
        RescueRig.stream(RescueRig.pieces(other, longest: 4, &generator)),
        RescueRig.stream(RescueRig.pieces(units[..<wrong], longest: 4, &generator)),
        RescueRig.stream(RescueRig.pieces(units[..<wrong], longest: 4, &generator), finish: nil)
          + [RescueRig.chunk(#""tool_calls":[{"index":0,"function":{"name":"f","arguments":""}}]"#)],
      ] {
        let rig = RescueRig()
        let first = rig.editor()
        try rig.feed(RescueRig.stream(RescueRig.pieces(units, longest: 4, &generator), finish: nil), first)
        let second = rig.editor(.restart)
        #expect(try !rig.feed(chunks, second))
        #expect(second.splicer?.hasDisagreed == true && second.splicer?.isDone == false)
        #expect(try rig.received() == units)
        #expect(rig.roles == 1 && !second.isFinished)
      }
    }
  }

  @Test("An answer may break several times")
  func rescuesTwice() throws {
    let rig = RescueRig()
    let first = rig.editor()
    try rig.feed(RescueRig.stream(["one ", "\\ud83d"], finish: nil), first)
    let second = rig.editor(.restart)
    #expect(try rig.feed(RescueRig.stream(["one \u{1F600} two"], finish: nil), second))
    let third = rig.editor(try #require(Self.prefill(rig)))
    #expect(try rig.feed(RescueRig.stream([" three"]), third))
    #expect(try Self.text(rig.received()) == "one \u{1F600} two three")
    #expect(third.isFinished && rig.roles == 1)
  }

  @Test("Reasoning is skipped where it agrees, and does not come a second time behind text")
  func reasoning() throws {
    func stream(_ reasoning: [String], _ text: [String]) -> [String] {
      reasoning.map { RescueRig.chunk(#""reasoning_content":"\#($0)","content":null"#) }
        + RescueRig.stream(text, finish: nil) + [RescueRig.chunk("", finish: "stop")]
    }
    // Reasoning only: it must agree.
    for (again, isFine) in [(["Let me", " think."], true), (["Hmm."], false), (["Let"], false)] {
      let rig = RescueRig()
      let first = rig.editor()
      try rig.feed([RescueRig.chunk(#""role":"assistant","reasoning_content":"Let me th""#)], first)
      let second = rig.editor(.restart)
      #expect(try rig.feed(stream(again, ["Yes"]), second) == isFine)
      #expect(try Self.text(rig.received("reasoning_content")) == (isFine ? "Let me think." : "Let me th"))
      #expect(try Self.text(rig.received()) == (isFine ? "Yes" : ""))
    }
    // Text under way: the new reasoning is nobody's.
    for route in [StreamSplicer.Route.restart, nil] {
      let rig = RescueRig()
      let first = rig.editor()
      try rig.feed(Array(stream(["Hm"], ["The answer"]).dropLast()), first)
      let second = rig.editor(try route ?? #require(Self.prefill(rig)))
      let text = route == nil ? [" is 42"] : ["The ans", "wer is 42"]
      #expect(try rig.feed(stream(["Other thoughts"], text), second))
      #expect(try Self.text(rig.received("reasoning_content")) == "Hm")
      #expect(try Self.text(rig.received()) == "The answer is 42")
      #expect(second.skippedBytes >= "Other thoughts".utf8.count)
    }
  }

  @Test("What stands beside the text in the chunk of the splice stays as written")
  func keepsTheRest() throws {
    let rig = RescueRig()
    let first = rig.editor()
    try rig.feed(RescueRig.stream(["ab"], finish: nil), first)
    let second = rig.editor(.restart)
    #expect(
      try rig.feed(
        [
          #"{ "id":1,"choices":[{"delta":{"role":"assistant" , "content":"abc\u00e9","x":null},"index":0,"finish_reason":"stop","y":1.50}],"z" : 2.0}"#
        ], second))
    #expect(
      rig.events.last
        == #"{ "id":"gen-1","choices":[{"delta":{"content":"c\u00e9","x":null},"index":0,"finish_reason":"stop","y":1.50}],"z" : 2.0,"model":"m/x","provider":"First"}"#
    )
  }

  @Test("A usage report in a chunk that is withheld still counts")
  func keepsUsage() throws {
    let rig = RescueRig()
    let first = rig.editor()
    try rig.feed(RescueRig.stream(["abcdef"], finish: nil), first)
    let second = rig.editor(.restart)
    try rig.feed(
      [#"{"choices":[{"index":0,"delta":{"content":"abc"}}],"usage":{"prompt_tokens":3,"completion_tokens":1}}"#],
      second)
    #expect(second.usage?.usage.promptTokens == 3)
  }

  @Test("Behind the role alone any answer follows")
  func restartsFromNothing() throws {
    let rig = RescueRig()
    let first = rig.editor()
    try rig.feed(RescueRig.stream([], finish: nil), first)
    let second = rig.editor(.restart)
    let call = RescueRig.chunk(#""role":"assistant","tool_calls":[{"index":0,"id":"c"}]"#)
    #expect(try rig.feed([call, RescueRig.chunk("", finish: "tool_calls")], second))
    #expect(rig.roles == 1 && second.isFinished && rig.events.contains { $0.contains("tool_calls") })
  }
}

/// Numbers that are the same at every run.
struct Seeded: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

import Core
import JSON
import Translation

extension FuzzTarget {
  /// Streams that break off and are rescued: the first byte says behind which event and how the second attempt is asked.
  /// The caller has the text of an unbroken stream once, or what came before the break and a failure.
  static let rescue = FuzzTarget(
    name: "rescue",
    seeds: { (EventSeeds.all + RescueSeeds.all).flatMap { text in [2, 3, 5, 8].map { [$0] + text } } },
    check: { input in
      guard let input = CutInput(input) else { return nil }
      return RescueProperty.objection(
        PlainEvents.read(input.bytes).map(\.data), after: Int(input.choice) / 2, continues: input.choice % 2 == 1)
    })
}

/// Streams with text to begin with.
private enum RescueSeeds {
  static let all: [[UInt8]] = [
    ["It was the best of times, ", "it was the worst", " of times"], [#"a\ud83d"#, #"\ude00b"#, "c"],
    ["ha", "ha", "ha"],
    ["a\\n\\n", " b", "\\u00e9\u{e9}"],
  ].map { pieces in
    let chunks = pieces.map { #"{"choices":[{"index":0,"delta":{"role":"assistant","content":"\#($0)"}}]}"# }
    let last = #"{"choices":[{"index":0,"delta":{"reasoning":"x"},"finish_reason":"stop"}]}"#
    return Array((chunks + [last]).map { "data: \($0)\n\n" }.joined().utf8)
  }
}

/// What a rescue comes to, beside what it should.
private enum RescueProperty {
  private static let identity = AnswerIdentity(id: "gen-fuzz", source: AnswerSource(model: "m", provider: "P"))
  private static let request = Array(#"{"messages":[{"role":"user","content":"q"}]}"#.utf8)

  static func objection(_ events: [[UInt8]], after cut: Int, continues: Bool) -> String? {
    let transcript = StreamTranscript()
    let first = OpenAIStreamEditor(.chat, identity: identity, transcript: transcript)
    guard let began = run(events.prefix(cut), first), let delivered = transcript.delivered else { return nil }
    guard let route = route(delivered, continues) else { return nil }
    let again = continues ? events.dropFirst(cut) : events[...]
    let unbroken = OpenAIStreamEditor(.chat, identity: identity)
    guard let whole = run(again, unbroken) else { return nil }
    let splicer = StreamSplicer(route, behind: delivered)
    let second = OpenAIStreamEditor(.chat, identity: identity, transcript: transcript, splicer: splicer)
    let output = ByteBuffer()
    let isFine = feed(again, second, output)
    guard let added = text(output) else { return "an event for the caller is no JSON: \(output.copyBytes().text)" }
    let received = units(began + added)
    if splicer.hasDisagreed == isFine { return "disagreement and failure are not the same" }
    if !splicer.isDone { return added.isEmpty ? nil : "text before the splice: \(added.text)" }
    let wanted = units(continues && !isEcho(units(whole), of: units(began)) ? began + whole : whole)
    return received == wanted ? nil : "\(received) instead of \(wanted)"
  }

  private static func route(_ delivered: DeliveredText, _ continues: Bool) -> StreamSplicer.Route? {
    guard continues else { return .restart }
    return request.withUnsafeBytes { PrefillRequest(.chat, $0, behind: delivered)?.route }
  }

  /// Whether a continuation counts as an echo, by the rule of its own.
  private static func isEcho(_ text: [UInt16], of prefix: [UInt16]) -> Bool {
    prefix.count >= 32 && text.starts(with: prefix)
  }

  /// The text of a stream that does not fail, or nil.
  private static func run(_ events: ArraySlice<[UInt8]>, _ editor: OpenAIStreamEditor) -> [UInt8]? {
    let output = ByteBuffer()
    return feed(events, editor, output) ? text(output) : nil
  }

  private static func feed(
    _ events: ArraySlice<[UInt8]>, _ editor: OpenAIStreamEditor, _ output: ByteBuffer
  ) -> Bool {
    for event in events {
      guard let result = try? event.withUnsafeBytes({ try editor.take($0, into: output) }) else { return false }
      if case .failure = result { return false }
    }
    return true
  }

  /// The text in the caller's events, as the inside of a JSON string; nil when one is no JSON.
  private static func text(_ output: ByteBuffer) -> [UInt8]? {
    var text: [UInt8] = []
    for event in PlainEvents.read(output.copyBytes()) {
      guard PlainJSON.accepts(event.data) else { return nil }
      event.data.withUnsafeBytes { data in
        var scanner = JSONScanner(data)
        try? collect(["choices", nil, "delta message text", "content"], &scanner, &text)
      }
    }
    return text
  }

  /// Appends the strings at the end of a path of names; nil is any element of an array.
  private static func collect(
    _ path: ArraySlice<String?>, _ scanner: inout JSONScanner, _ text: inout [UInt8]
  ) throws(JSONProblem) {
    let kind = try scanner.peek()
    if kind == .object, let names = path.first ?? nil {
      try scanner.object { (key, scanner) throws(JSONProblem) in
        if names.split(separator: " ").contains(where: { $0 == key.string }) {
          try collect(key.string == "text" ? [] : path.dropFirst(), &scanner, &text)
        } else {
          try scanner.value()
        }
      }
    } else if kind == .array, let first = path.first, first == nil {
      try scanner.array { (_, scanner) throws(JSONProblem) in try collect(path.dropFirst(), &scanner, &text) }
    } else {
      let span = try scanner.value()
      if kind == .string, path.isEmpty { text += span.bytes(in: scanner.text).dropFirst().dropLast() }
    }
  }

  private static func units(_ inside: [UInt8]) -> [UInt16] {
    let quoted = [34] + inside + [34]
    return quoted.withUnsafeBytes {
      Array(JSONString.decode(JSONSpan(start: 0, end: quoted.count, kind: .string), in: $0).utf16)
    }
  }
}

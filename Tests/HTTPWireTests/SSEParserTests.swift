import Core
import HTTPWire
import TestSupport
import Testing

@Suite("Server-sent events")
struct SSEParserTests {
  private struct Outcome: Equatable {
    var events: [String] = []
    var comments = 0
    var isPartial = false
    var hasFailed = false
  }

  private func parse(_ pieces: [[UInt8]], limit: Int = 10_000) -> Outcome {
    let parser = SSEParser(eventBytes: limit)
    var outcome = Outcome()
    do {
      for piece in pieces {
        try piece.withUnsafeBytes { raw in
          try parser.feed(raw) { event in
            let name = event.event.map { String(decoding: $0, as: UTF8.self) } ?? "-"
            outcome.events.append(name + "|" + String(decoding: event.data, as: UTF8.self))
          }
        }
      }
    } catch {
      outcome.hasFailed = true
    }
    outcome.comments = parser.comments
    outcome.isPartial = !outcome.hasFailed && parser.hasPartialEvent
    try? parser.finish()
    return outcome
  }

  private func parse(_ text: String, limit: Int = 10_000) -> Outcome { parse([Array(text.utf8)], limit: limit) }

  @Test(
    "At the end of the body an event without its blank line counts when its data is whole",
    arguments: [
      ("data: a\n\ndata: b", ["a", "b"]), ("data: a\n\ndata: b\n", ["a", "b"]), ("data: b\r", ["b"]),
      ("data: a\n\ndata: c", ["a"]), ("data: a\n\n", ["a"]), ("event: e\ndata: b\n:", ["b"]), ("data: b\ndata: b", []),
      ("event: e", []), ("", []),
    ] as [(String, [String])])
  func end(_ row: (text: String, data: [String])) throws {
    for size in [1, 3, 100] {
      let parser = SSEParser(eventBytes: 1000)
      var data: [String] = []
      let bytes = Array(row.text.utf8)
      for start in stride(from: 0, to: bytes.count, by: size) {
        try bytes[start..<min(start + size, bytes.count)].withUnsafeBytes {
          try parser.feed($0) { data.append(String(decoding: $0.data, as: UTF8.self)) }
        }
      }
      try parser.finish(isWhole: { $0.elementsEqual("b".utf8) }) {
        data.append(String(decoding: $0.data, as: UTF8.self))
      }
      #expect(data == row.data && !parser.hasPartialEvent)
    }
  }

  private static let samples = [
    "data: a\n\ndata: b\n\n", "data: a\r\n\r\ndata: b\r\n\r\n", "data: a\r\rdata: b\r\r", "data:a\ndata: b\ndata\n\n",
    "\u{feff}data: bom\n\n", ": comment\n\ndata: x\n\n:\n", "event: e\ndata: 1\nid: 7\nretry: 5\n\ndata: 2\n\n",
    "event: only\n\ndata: after\n\n", "data: é漢字👩‍👩‍👧\r\n\r\ndata: ü\n\r\n", "data: {\"a\":1}\n\ndata: [DONE]\n\n",
    "data: partial", "data: partial\n", "event: x\r\ndata: y", ": only a comment", "data:  two spaces\n\n",
    "datax: no\ndat: no\ndata : no\n\ndata: yes\n\n", "\n\n\r\n\r\n\r\r", "data:\n\n",
    "event: a\nevent: b\ndata: c\n\n",
    "event: a\nevent:\ndata: c\n\n", "unknown\ndata: a\r\ndata: b\r\n\r\n",
  ]

  @Test("events do not depend on how the bytes are cut", arguments: samples)
  func splits(_ text: String) {
    let expected = parse(text)
    for pieces in Splits.all(of: Array(text.utf8), random: 60) { #expect(parse(pieces) == expected) }
  }

  @Test("LF, CR and CRLF end lines alike")
  func lineEnds() {
    let lines = "event: e|data: 1|data: 2||: c||data: 3||"
    let expected = ["e|1\n2", "-|3"]
    for end in ["\n", "\r", "\r\n"] {
      #expect(
        parse(lines.split(separator: "|", omittingEmptySubsequences: false).joined(separator: end)).events == expected)
    }
  }

  @Test("one space after the colon is dropped, a byte order mark at the start too")
  func spaces() {
    #expect(parse("\u{feff}data:  a\n\ndata:b\n\n").events == ["-| a", "-|b"])
  }

  @Test("an event without data is none, an empty data line is one")
  func emptyEvents() {
    #expect(parse("event: x\n\ndata\n\ndata:\n\n").events == ["-|", "-|"])
  }

  @Test("an event that is not ended is discarded and reported")
  func partial() {
    #expect(parse("data: a\n\ndata: b\n") == Outcome(events: ["-|a"], comments: 0, isPartial: true, hasFailed: false))
    #expect(parse("data: a\n\nda").isPartial)
    #expect(!parse("data: a\n\n: ping").isPartial)
    #expect(!parse("data: a\n\n").isPartial)
  }

  @Test("comments are counted")
  func comments() { #expect(parse(": a\n\n:b\ndata: x\n\n").comments == 2) }

  @Test("an event, a line or a sum of lines above the limit is an error for every cut")
  func limit() {
    for text in [
      "data: " + String(repeating: "x", count: 200) + "\n\n", ": " + String(repeating: "x", count: 200),
      String(repeating: "data: xxxxxxxxx\n", count: 20) + "\n", "data: ok\n\n" + String(repeating: "y", count: 101),
    ] {
      let expected = parse(text, limit: 100)
      #expect(expected.hasFailed)
      for pieces in Splits.all(of: Array(text.utf8)) { #expect(parse(pieces, limit: 100) == expected) }
    }
    #expect(!parse("data: " + String(repeating: "x", count: 94) + "\n\n", limit: 100).hasFailed)
  }

  @Test("an error of the callback ends the feed")
  func callbackError() {
    struct Stop: Error {}
    let parser = SSEParser(eventBytes: 100)
    #expect(throws: Stop.self) {
      try Array("data: a\n\n".utf8).withUnsafeBytes { try parser.feed($0) { _ in throw Stop() } }
    }
  }

  @Test("a whole event is handed out where it lies in the fed bytes")
  func noCopy() throws {
    let bytes = Array("event: e\ndata: abc\n\n".utf8)
    try bytes.withUnsafeBytes { raw in
      let range = UInt(bitPattern: raw.baseAddress)..<UInt(bitPattern: raw.baseAddress) + UInt(raw.count)
      try SSEParser(eventBytes: 100).feed(raw) { event in
        #expect(range.contains(UInt(bitPattern: event.data.baseAddress)))
        #expect(range.contains(UInt(bitPattern: event.event?.baseAddress)))
      }
    }
  }
}

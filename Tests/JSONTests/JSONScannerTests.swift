import Core
import JSON
import Testing

/// The scanner accepts what RFC 8259 accepts and nothing else.
struct JSONScannerTests {
  private func problem(_ bytes: [UInt8]) -> JSONProblem? {
    bytes.withUnsafeBytes { text in
      do throws(JSONProblem) {
        var scanner = JSONScanner(text)
        try scanner.value()
        try scanner.end()
        return nil
      } catch {
        return error
      }
    }
  }

  @Test(
    "Well-formed texts are accepted",
    arguments: [
      "{}", "[]", "null", "true", "false", "0", "-0", "-1.5e+10", "1E5", "\"\"", " [ 1 , 2 ] ", "{\"a\":{\"b\":[]}}",
      "\"\\u0000\\ud83d\\ude00\\n\\/\"", "\"é漢😀\"", "[[[[]]]]", "\t\r\n 1", "12345678901234567890123456789",
      "\"abcdefgh\\\"ijklmnop\"", "{\"a\":1,\"a\":2}",
    ])
  func accepts(_ text: String) { #expect(problem(Array(text.utf8)) == nil) }

  @Test(
    "Malformed texts are refused",
    arguments: [
      "", " ", "{", "}", "[", "[1", "[1,", "[1,]", "[,1]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{'a':1}",
      "01",
      "+1", ".5", "1.", "1e", "1e+", "-", "--1", "nul", "tru", "True", "NaN", "Infinity", "\"", "\"a", "\"\\\"",
      "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"a\nb\"", "\"a\u{1}b\"", "1 2", "{} {}", "[1 2]", "{\"a\" 1}", "/* */1",
      "\u{FEFF}1", "[1}", "{\"a\":1]",
    ])
  func refuses(_ text: String) { #expect(problem(Array(text.utf8)) != nil) }

  @Test(
    "Ill-formed UTF-8 in a string is refused",
    arguments: [
      [0x80], [0xC0, 0x80], [0xC1, 0xBF], [0xC3], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xE2, 0x82],
      [0xF0, 0x80, 0x80, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFF], [0xF0, 0x9F, 0x98],
    ] as [[UInt8]])
  func refusesIllFormed(_ bytes: [UInt8]) {
    let quote = UInt8(ascii: "\"")
    #expect(problem([quote] + bytes + [quote]) != nil)
    #expect(problem([quote] + Array("padding before".utf8) + bytes + Array("behind it".utf8) + [quote]) != nil)
  }

  @Test("A character is found at every position of the eight-byte steps", arguments: 0..<60)
  func findsAtEveryPosition(_ length: Int) {
    let plain = String(repeating: "x", count: length)
    for special in ["\\n", "é", "😀", "\\\""] { #expect(problem(Array("\"\(plain)\(special)y\"".utf8)) == nil) }
    for special in ["\n", "\u{0}", "\u{1f}"] { #expect(problem(Array("\"\(plain)\(special)y\"".utf8)) != nil) }
  }

  @Test("Nesting beyond the limit and endless numbers are refused without harm")
  func bounds() {
    let deep = [UInt8](repeating: UInt8(ascii: "["), count: 100_000)
    #expect(problem(deep)?.reason.contains("nested") == true)
    let limit = JSONScanner.depthLimit
    let fine = String(repeating: "[", count: limit) + String(repeating: "]", count: limit)
    #expect(problem(Array(fine.utf8)) == nil)
    #expect(problem(Array("[\(fine)]".utf8)) != nil)
    #expect(problem([UInt8](repeating: UInt8(ascii: "1"), count: 100_000))?.reason.contains("longer") == true)
  }

  @Test("Members come in order with spans of their values as written, and escaped names match")
  func members() throws {
    let text = #"{ "a" : 1.0 , "\u006dodel":"x\ny" ,"n":{"deep":[1]}}"#
    var seen: [String] = []
    try Array(text.utf8).withUnsafeBytes { bytes in
      var scanner = JSONScanner(bytes)
      try scanner.object { (key, scanner) throws(JSONProblem) in
        let span = try scanner.value()
        seen.append("\(key.string)=\(String(decoding: span.bytes(in: bytes), as: UTF8.self))")
        if key.string == "model" { #expect(key.matches("model")) }
        if key.string == "a" { #expect(key.matches("a") && !key.matches("b") && !key.matches("aa")) }
      }
      try scanner.end()
    }
    #expect(seen == ["a=1.0", #"model="x\ny""#, #"n={"deep":[1]}"#])
  }

  @Test("The position of a problem is that of the byte that is wrong")
  func position() {
    #expect(problem(Array("[1,2,x]".utf8))?.offset == 5)
    #expect(problem(Array("{\"a\":1 \"b\":2}".utf8))?.offset == 7)
  }

  @Test("A document keeps the text of its numbers and the order of its members through a round trip")
  func roundTrip() throws {
    let text = #"{"z":1.50,"a":[12345678901234567890,-0.0,1e400],"s":"\"\\\u0001é😀","n":null,"t":true}"#
    let value = try JSONValue.parse(Array(text.utf8))
    #expect(String(decoding: value.serialized(), as: UTF8.self) == text)
    #expect(value["s"]?.stringValue == "\"\\\u{1}é😀")
    #expect(value["a"]?[0]?.numberText == "12345678901234567890")
  }

  @Test("Escapes of surrogate pairs become one character, lone ones the replacement character")
  func surrogates() throws {
    #expect(try JSONValue.parse(Array(#""\ud83d\ude00""#.utf8)).stringValue == "😀")
    #expect(try JSONValue.parse(Array(#""a\ud83dz""#.utf8)).stringValue == "a\u{FFFD}z")
    #expect(try JSONValue.parse(Array(#""\ude00\ud83d""#.utf8)).stringValue == "\u{FFFD}\u{FFFD}")
  }

  @Test("Random damage to a text never crashes the scanner")
  func mutations() {
    let seed = Array(
      #"{"model":"a/b","messages":[{"role":"user","content":"héllo \"x\" \u00e9"}],"n":-1.5e3,"t":[true,null]}"#.utf8)
    var random = SplitMix(state: 7)
    for _ in 0..<20_000 {
      var bytes = seed
      for _ in 0...Int(random.next() % 3) {
        let index = Int(random.next() % UInt64(bytes.count))
        switch random.next() % 3 {
        case 0: bytes[index] = UInt8(truncatingIfNeeded: random.next())
        case 1: bytes.remove(at: index)
        default: bytes.insert(UInt8(truncatingIfNeeded: random.next()), at: index)
        }
      }
      let isFine = problem(bytes) == nil
      let parsed = try? JSONValue.parse(bytes)
      #expect(isFine == (parsed != nil))
    }
  }
}

/// A small seeded generator (SplitMix64), so that a failure can be repeated.
private struct SplitMix: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

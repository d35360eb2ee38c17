import Core
import Foundation
import JSON

@testable import Translation

/// Two attempts at one answer as the gateway runs them, with what the caller receives.
struct RescueRig {
  static let source = AnswerSource(model: "m/x", provider: "First")
  let transcript = StreamTranscript()
  let output = ByteBuffer()

  /// The first attempt's editor.
  func editor() -> OpenAIStreamEditor {
    OpenAIStreamEditor(
      .chat, identity: AnswerIdentity(id: "gen-1", source: RescueRig.source), transcript: transcript)
  }

  /// The editor of an attempt that goes on behind what was delivered so far.
  func editor(_ route: StreamSplicer.Route) -> OpenAIStreamEditor {
    OpenAIStreamEditor(
      .chat, identity: AnswerIdentity(id: "gen-1", source: RescueRig.source), transcript: transcript,
      splicer: transcript.delivered.map { StreamSplicer(route, behind: $0) })
  }

  /// Feeds chunks until one of them fails; whether all went well.
  @discardableResult
  func feed(_ chunks: [String], _ editor: OpenAIStreamEditor) throws -> Bool {
    for chunk in chunks {
      let event = try Array(chunk.utf8).withUnsafeBytes { try editor.take($0, into: output) }
      if case .failure = event { return false }
    }
    return true
  }

  /// The caller's events.
  var events: [String] {
    String(decoding: output.bytes, as: UTF8.self).components(separatedBy: "\n\n").filter { !$0.isEmpty }
      .map { String($0.dropFirst(6)) }
  }

  /// The text the caller puts together from a member of its deltas, by UTF-16 units.
  func received(_ member: String = "content") throws -> [UInt16] {
    try events.reduce(into: []) { $0 += try RescueRig.units($1, member) }
  }

  /// How often the caller is told the role.
  var roles: Int { events.count { $0.contains(#""role":"#) } }

  private static func units(_ event: String, _ member: String) throws -> [UInt16] {
    var units: [UInt16] = []
    try Array(event.utf8).withUnsafeBytes { text in
      var scanner = JSONScanner(text)
      try scanner.object { (key, scanner) throws(JSONProblem) in
        guard key.string == "choices" else {
          try scanner.value()
          return
        }
        try scanner.array { (_, scanner) throws(JSONProblem) in
          try scanner.object { (key, scanner) throws(JSONProblem) in
            guard key.string == "delta" else {
              try scanner.value()
              return
            }
            try scanner.object { (key, scanner) throws(JSONProblem) in
              let span = try scanner.value()
              if key.string == member, span.kind == .string { units += decode(span.bytes(in: text)) }
            }
          }
        }
      }
    }
    return units
  }

  /// A JSON string by UTF-16 units, lone surrogates kept, by its grammar.
  private static func decode(_ quoted: UnsafeRawBufferPointer) -> [UInt16] {
    var units: [UInt16] = []
    var left = Substring(String(decoding: quoted.dropFirst().dropLast(), as: UTF8.self))
    let short: [Character: UInt16] = ["n": 10, "t": 9, "r": 13, "b": 8, "f": 12, "\"": 34, "\\": 92, "/": 47]
    while let scalar = left.unicodeScalars.popFirst() {
      guard scalar == "\\" else {
        units += Array(String(scalar).utf16)
        continue
      }
      let kind = left.unicodeScalars.popFirst() ?? " "
      if kind == "u" {
        units.append(UInt16(String(left.unicodeScalars.prefix(4)), radix: 16) ?? 0)
        left = Substring(left.unicodeScalars.dropFirst(4))
      } else {
        units.append(short[Character(kind)] ?? 0)
      }
    }
    return units
  }

  // MARK: Providers

  /// A provider's stream of a text: the role, then the text in pieces.
  static func stream(_ pieces: [String], finish: String? = "stop") -> [String] {
    var chunks = [chunk(#""role":"assistant","content":"""#)]
    chunks += pieces.map { chunk(#""content":"\#($0)""#) }
    if let finish { chunks.append(chunk("", finish: finish)) }
    return chunks
  }

  /// One chunk with the members of its delta.
  static func chunk(_ delta: String, finish: String? = nil) -> String {
    let reason = finish.map { "\"\($0)\"" } ?? "null"
    return
      #"{"id":"x","created":7,"model":"up","choices":[{"index":0,"delta":{\#(delta)},"finish_reason":\#(reason)}]}"#
  }

  /// A text cut anywhere into pieces of up to `longest` units, each written as the inside of a JSON string in one of
  /// several ways. A surrogate pair may be cut.
  static func pieces(
    _ units: some RandomAccessCollection<UInt16>, longest: Int, _ generator: inout some RandomNumberGenerator
  ) -> [String] {
    var pieces: [String] = []
    var left = Array(units)[...]
    while !left.isEmpty {
      let count = min(left.count, Int.random(in: 1...longest, using: &generator))
      pieces.append(written(Array(left.prefix(count)), &generator))
      left = left.dropFirst(count)
    }
    return pieces
  }

  private static func written(_ units: [UInt16], _ generator: inout some RandomNumberGenerator) -> String {
    var text = ""
    var index = 0
    while index < units.count {
      let unit = units[index]
      let isPair = unit & 0xFC00 == 0xD800 && index + 1 < units.count && units[index + 1] & 0xFC00 == 0xDC00
      let isSurrogate = unit & 0xF800 == 0xD800
      index += 1
      if isPair, Bool.random(using: &generator) {
        text += String(decoding: [unit, units[index]], as: UTF16.self)
        index += 1
      } else if isSurrogate || Int.random(in: 0..<8, using: &generator) == 0 {
        let digits = String(unit, radix: 16, uppercase: Bool.random(using: &generator))
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      } else if unit == 10 {
        text += "\\n"
      } else if unit == 34 || unit == 92 || unit < 32 {
        text += unit < 32 ? "\\u00" + (unit < 16 ? "0" : "") + String(unit, radix: 16) : unit == 34 ? "\\\"" : "\\\\"
      } else {
        text += String(decoding: [unit], as: UTF16.self)
      }
    }
    return text
  }
}

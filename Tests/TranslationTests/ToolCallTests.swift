import Core
import JSON
import Testing

@testable import Translation

/// Tool calls are put together from what providers send and judged by the request's tools.
struct ToolCallTests {
  private static let tools =
    #"[{"type":"function","function":{"name":"get_time","parameters":{"type":"object","properties":{"tz":{"type":"string"}},"required":["tz"],"additionalProperties":false}}},{"type":"function","function":{"name":"pi\u006eg"}},{"function":{"parameters":{"type":"nonsense"},"name":"odd"}}]"#

  private static func judge(_ calls: ToolCallCollector, _ tools: String = tools) -> ToolCallVerdict {
    Array(tools.utf8).withUnsafeBytes { ToolCallVerdict.of(calls, tools: $0) }
  }

  private static func identity() -> AnswerIdentity {
    AnswerIdentity(id: "gen-1", source: AnswerSource(model: "m", provider: "P"))
  }

  /// The calls of a stream whose deltas have these `tool_calls`.
  private static func streamed(_ deltas: [String]) throws -> ToolCallCollector {
    let calls = ToolCallCollector()
    let editor = OpenAIStreamEditor(.chat, identity: identity(), toolCalls: calls)
    for delta in deltas {
      let chunk = #"{"choices":[{"index":0,"delta":{"content":null,"tool_calls":\#(delta)}}]}"#
      _ = try Array(chunk.utf8).withUnsafeBytes { try editor.take($0, into: ByteBuffer()) }
    }
    return calls
  }

  /// The calls of a whole answer with these choices.
  private static func whole(_ choices: String) throws -> ToolCallCollector {
    let calls = ToolCallCollector()
    try Array(#"{"choices":[\#(choices)]}"#.utf8).withUnsafeBytes {
      try OpenAIAnswerEditor(.chat, data: $0).note(in: calls)
    }
    return calls
  }

  private static func whole(_ name: String, _ arguments: String) throws -> ToolCallCollector {
    let text = String(decoding: JSONValue.string(arguments).serialized(), as: UTF8.self)
    return try whole(
      #"{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"\#(name)","arguments":\#(text)}}]},"finish_reason":"tool_calls"}"#
    )
  }

  @Test(
    "A call is valid, or bad in one of three ways",
    arguments: [
      ("get_time", #"{"tz":"Europe/Oslo"}"#, ToolCallVerdict.valid), ("get_time", #"{"tz":"ü\u00fc\"\\"}"#, .valid),
      ("get_time", #"{"tz":1}"#, .schemaMismatch), ("get_time", "{}", .schemaMismatch),
      ("get_time", "[]", .schemaMismatch),
      ("get_time", #"{"tz":"x","more":1}"#, .schemaMismatch), ("get_time", #"{"tz":"x""#, .invalidJSON),
      ("get_time", "", .invalidJSON), ("get_time", #"{"tz":"x"}{}"#, .invalidJSON),
      ("get_time", "{'tz':'x'}", .invalidJSON),
      ("Get_time", #"{"tz":"x"}"#, .unknownName), ("get_tim\\u0065", #"{"tz":"x"}"#, .valid),
      ("ping", "{}", .valid), ("ping", "3", .valid), ("ping", "nonsense", .invalidJSON), ("odd", #"{"a":1}"#, .valid),
    ])
  func verdicts(_ row: (name: String, arguments: String, verdict: ToolCallVerdict)) throws {
    #expect(Self.judge(try Self.whole(row.name, row.arguments)) == row.verdict)
  }

  @Test("Without a call there is no verdict, and without a collector nothing is collected")
  func none() throws {
    #expect(Self.judge(ToolCallCollector()) == .none)
    #expect(Self.judge(try Self.streamed(["null", "[]"])) == .none)
    #expect(Self.judge(try Self.whole(#"{"message":{"content":"x"}}"#)) == .none)
  }

  @Test(
    "Streamed calls are put together as their providers cut them",
    arguments: [
      // Cut anywhere, also inside an escape of the inner text.
      [
        #"[{"index":0,"id":"a","type":"function","function":{"name":"get_time","arguments":""}}]"#,
        #"[{"index":0,"function":{"arguments":"{\"t"}}]"#, #"[{"index":0,"function":{"arguments":"z\":\"\\"}}]"#,
        #"[{"index":0,"function":{"arguments":"u00e9\"}"}}]"#,
      ],
      // Two calls, their pieces mixed, the second one without arguments of its own at first.
      [
        #"[{"index":0,"id":"a","function":{"name":"get_time","arguments":"{"}},{"index":1,"id":"b","function":{"name":"ping"}}]"#,
        #"[{"index":1,"function":{"arguments":"{}"}}]"#, #"[{"index":0,"function":{"arguments":"\"tz\":\"x\"}"}}]"#,
      ],
      // Every call with the index 0, told apart by the id.
      [
        #"[{"index":0,"id":"a","function":{"name":"get_time","arguments":"{\"tz\":\"x\"}"}}]"#,
        #"[{"index":0,"id":"b","function":{"name":"get_time","arguments":"{\"tz\":\"y\"}"}}]"#,
      ],
      // Without an index, id and name with every piece, and then the name in pieces.
      [
        #"[{"id":"a","function":{"name":"get_time","arguments":"{\"tz\""}}]"#,
        #"[{"id":"a","function":{"name":"get_time","arguments":":\"x\"}"}}]"#,
      ],
      [
        #"[{"index":0,"function":{"name":"get_"}}]"#, #"[{"index":0,"function":{"name":"time","arguments":null}}]"#,
        #"[{"index":0,"function":{"arguments":"{\"tz\":\"x\"}"}}]"#,
      ],
    ])
  func streams(_ deltas: [String]) throws {
    #expect(Self.judge(try Self.streamed(deltas)) == .valid)
    #expect(Self.judge(try Self.streamed(deltas.dropLast())) != .valid || deltas.count == 2)
  }

  @Test("One bad call among several decides")
  func oneBad() throws {
    let good = #"{"index":0,"id":"a","function":{"name":"ping","arguments":"{}"}}"#
    let bad = #"{"index":1,"id":"b","function":{"name":"pong","arguments":"{}"}}"#
    let worse = #"{"index":2,"id":"c","function":{"name":"ping","arguments":"{"}}"#
    #expect(Self.judge(try Self.streamed(["[\(good),\(bad),\(worse)]"])) == .unknownName)
    #expect(Self.judge(try Self.streamed(["[\(good),\(worse),\(bad)]"])) == .invalidJSON)
  }

  @Test("Arguments that are no text are no JSON text; calls of other kinds are not judged")
  func foreign() throws {
    #expect(
      Self.judge(try Self.streamed([#"[{"index":0,"function":{"name":"ping","arguments":{"a":1}}}]"#])) == .invalidJSON)
    #expect(Self.judge(try Self.streamed([#"[{"index":0,"custom":{"name":"x","input":"y"}},7]"#])) == .none)
  }

  @Test("Where there are tools of other kinds, an unknown name may be theirs")
  func otherTools() throws {
    let calls = try Self.whole("web_search", "{}")
    #expect(Self.judge(calls) == .unknownName)
    #expect(Self.judge(calls, #"[{"type":"openrouter:web_search"}]"#) == .valid)
    #expect(Self.judge(calls, "[{]") == .none)
  }

  @Test("Two tools of one name: either schema will do")
  func sameName() throws {
    let tools =
      #"[{"function":{"name":"f","parameters":{"required":["a"]}}},{"function":{"name":"f","parameters":{"required":["b"]}}}]"#
    #expect(Self.judge(try Self.whole("f", #"{"b":1}"#), tools) == .valid)
    #expect(Self.judge(try Self.whole("f", #"{"c":1}"#), tools) == .schemaMismatch)
  }

  @Test("Calls of several choices, too many and too long ones are not judged")
  func bounds() throws {
    let choice = #"{"index":1,"message":{"tool_calls":[{"function":{"name":"nobody","arguments":"{"}}]}}"#
    #expect(Self.judge(try Self.whole(choice)) == .none)
    let piece = String(repeating: "x", count: ToolCallCollector.limit / 4)
    let delta = #"[{"index":0,"function":{"arguments":"\#(piece)"}}]"#
    #expect(Self.judge(try Self.streamed([delta, delta, delta, delta])) == .invalidJSON)
    let long = try Self.streamed([delta, delta, delta, delta, delta])
    #expect(Self.judge(long) == .none && long.calls.isEmpty && long.isUnjudgeable)
    let many = (0..<200).map { #"{"index":\#($0),"function":{"name":"f","arguments":"{"}}"# }.joined(separator: ",")
    #expect(Self.judge(try Self.streamed(["[\(many)]"])) == .none)
  }

  @Test("The request says where its tools stand")
  func toolsSpan() throws {
    let body = Array(#"{"messages":[{"role":"user","content":"x"}],"tools" : \#(Self.tools) }"#.utf8)
    try body.withUnsafeBytes { bytes in
      let span = try #require(try OpenAIRequest(.chat, body: bytes).toolsSpan)
      #expect(String(decoding: span.bytes(in: bytes), as: UTF8.self) == Self.tools)
    }
    let without = Array(#"{"messages":[{"role":"user","content":"x"}],"tools":[]}"#.utf8)
    #expect(try without.withUnsafeBytes { try OpenAIRequest(.chat, body: $0).toolsSpan == nil })
  }
}

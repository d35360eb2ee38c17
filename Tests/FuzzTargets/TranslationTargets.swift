import Core
import HTTPWire
import JSON
import Ledger
import Translation

extension FuzzTarget {
  /// Requests: what is accepted goes upstream as valid JSON with the upstream's model, without the gateway's own
  /// members, and with every other member exactly as it came.
  static let request = FuzzTarget(
    name: "request", seeds: { RequestSeeds.all.flatMap { text in [[0] + text, [1] + text, [2] + text] } },
    check: { input in
      guard let input = CutInput(input) else { return nil }
      let operation = OpenAIOperation.allCases[Int(input.choice) % 3]
      return input.bytes.withUnsafeBytes { RequestProperty.objection(operation, $0) }
    })

  /// Streams of a provider: however they are cut, every event for the caller is one line of valid JSON with the
  /// gateway's identity and without usage, and nothing follows an error.
  static let stream = FuzzTarget(
    name: "stream", seeds: { CutInput.seeds(EventSeeds.all) },
    check: { input in
      guard let input = CutInput(input) else { return nil }
      let whole = StreamOutcome([input.bytes[...]])
      let cut = StreamOutcome(input.pieces)
      if whole != cut { return "whole: \(whole.output.text), in pieces: \(cut.output.text)" }
      return whole.objection
    })

  /// Whole answers of a provider: what is accepted is valid JSON with the gateway's identity and one usage.
  static let answer = FuzzTarget(
    name: "answer",
    seeds: {
      EventSeeds.all.flatMap { PlainEvents.read($0).map(\.data) }.flatMap { [[0] + $0, [2] + $0] }
        + [Array("\0{\"data\":[{\"embedding\":[0.1]}],\"usage\":{\"prompt_tokens\":3}}".utf8)]
    },
    check: { input in
      guard let input = CutInput(input) else { return nil }
      let operation = OpenAIOperation.allCases[Int(input.choice) % 3]
      let output = ByteBuffer()
      let isAnswer = input.bytes.withUnsafeBytes { data in
        guard let editor = try? OpenAIAnswerEditor(operation, data: data) else { return false }
        let usage = editor.usage ?? .estimated(Usage(promptTokens: 1, completionTokens: 1))
        editor.write(identity: Identity.value, usage: usage, cost: Money(units: 5), to: output)
        return true
      }
      return isAnswer ? Identity.objection(output.copyBytes(), usages: 1) : nil
    })
}

/// The identity that the targets write.
private enum Identity {
  static let value = AnswerIdentity(
    id: "gen-fuzz", source: AnswerSource(model: "fuzz/\"model\"", provider: "Fuzz\nProvider"))

  /// What is wrong with an edited object.
  static func objection(_ text: [UInt8], usages: Int) -> String? {
    guard PlainJSON.accepts(text), let value = try? JSONValue.parse(text), let members = value.objectValue else {
      return "not a JSON object: \(text.text)"
    }
    for (name, wanted) in [("id", "gen-fuzz"), ("model", "fuzz/\"model\""), ("provider", "Fuzz\nProvider")] {
      let found = members.filter { $0.key == name }
      if found.count != 1 || found[0].value.stringValue != wanted { return "\(name) is wrong in \(text.text)" }
    }
    let count = members.count { $0.key == "usage" }
    return count == usages ? nil : "\(count) usages in \(text.text)"
  }
}

/// What a request becomes on its way to a provider.
private enum RequestProperty {
  private static let upstreamModel = "up/\"stream\"\u{1}"
  private static let own: Set<String> = [
    "models", "route", "provider", "preset", "plugins", "transforms", "usage", "session_id", "trace", "debug",
    "include_reasoning", "max_tool_calls", "stop_server_tools_when",
  ]

  static func objection(_ operation: OpenAIOperation, _ body: UnsafeRawBufferPointer) -> String? {
    guard let request = try? OpenAIRequest(operation, body: body) else { return nil }
    let output = ByteBuffer()
    OpenAIRequestEncoder.encode(request, body: body, upstreamModel: upstreamModel, into: output)
    let text = output.copyBytes()
    guard PlainJSON.accepts(text), let document = try? JSONValue.parse(text) else { return "not JSON: \(text.text)" }
    let kept = rawMembers(body).filter { !own.contains($0.name) && !isEdited($0.name) }
    let sent = text.withUnsafeBytes { rawMembers($0) }
    if sent.contains(where: { own.contains($0.name) }) { return "an own member goes upstream: \(text.text)" }
    if kept.map(\.text) != sent.filter({ !isEdited($0.name) }).map(\.text) { return "members changed: \(text.text)" }
    let models = document.objectValue?.filter { $0.key == "model" } ?? []
    if models.count != 1 || models[0].value.stringValue != upstreamModel { return "model is wrong: \(text.text)" }
    let options = document.objectValue?.filter { $0.key == "stream_options" } ?? []
    if request.isStream, options.count != 1 || options[0].value["include_usage"]?.boolValue != true {
      return "usage is not asked for: \(text.text)"
    }
    return nil
  }

  private static func isEdited(_ name: String) -> Bool { name == "model" || name == "stream_options" }

  /// The members of an object as they are written.
  private static func rawMembers(_ text: UnsafeRawBufferPointer) -> [(name: String, text: [UInt8])] {
    var members: [(name: String, text: [UInt8])] = []
    var scanner = JSONScanner(text)
    try? scanner.object { (key, scanner) throws(JSONProblem) in
      let span = try scanner.value()
      members.append((key.string, Array(key.span.bytes(in: text)) + span.bytes(in: text)))
    }
    return members
  }
}

/// What the editor made of a stream.
struct StreamOutcome: Equatable {
  /// What the caller reads, without the time.
  var output: [UInt8] = []
  /// `open`, `complete` or `failed`.
  var ending = "open"
  /// Whether every choice has its finish reason.
  var isFinished = false
  /// Bytes of text in the deltas.
  var deltaBytes = 0
  /// Whether some event became something else than an editor makes of it that has seen no other.
  private var differsFromFresh = false

  /// Puts the pieces of a stream through an editor.
  init(_ pieces: [ArraySlice<UInt8>]) {
    let parser = SSEParser(eventBytes: 1 << 20)
    let editor = OpenAIStreamEditor(.chat, identity: Identity.value)
    let buffer = ByteBuffer()
    for piece in pieces where ending == "open" {
      do {
        try piece.withUnsafeBytes {
          try parser.feed($0) { event in
            let start = buffer.count
            let result = try editor.take(event.data, into: buffer)
            if !editor.sawTerminator, !StreamOutcome.isSame(event.data, buffer.bytes[start...]) {
              differsFromFresh = true
            }
            if case .failure(let error) = result { throw error }
          }
        }
      } catch {
        ending = "failed"
        editor.appendError(
          error as? GatewayError ?? GatewayError(.providerFailed, "other", origin: .upstream), to: buffer)
      }
    }
    if ending == "open", editor.isFinished {
      editor.appendUsage(
        editor.usage ?? .estimated(Usage(promptTokens: 1, completionTokens: 1)), cost: Money(units: 7), to: buffer)
      ending = "complete"
    }
    output = StreamOutcome.withoutTime(buffer.copyBytes())
    isFinished = editor.isFinished
    deltaBytes = editor.deltaBytes
  }

  /// What is wrong with the output.
  var objection: String? {
    if differsFromFresh { return "an event became something else because of the events before it" }
    let events = PlainEvents.read(output)
    if events.reduce(0, { $0 + $1.data.count + 8 }) != output.count { return "more than events: \(output.text)" }
    for (index, event) in events.enumerated() {
      let isUsage = ending == "complete" && index == events.count - 1
      if let objection = Identity.objection(event.data, usages: isUsage ? 1 : 0) { return objection }
    }
    return nil
  }

  private static func isSame(_ event: UnsafeRawBufferPointer, _ sent: Slice<UnsafeRawBufferPointer>) -> Bool {
    let output = ByteBuffer()
    let editor = OpenAIStreamEditor(.chat, identity: Identity.value)
    guard (try? editor.take(event, into: output)) != nil else { return false }
    return output.bytes.elementsEqual(sent)
  }

  /// The gateway's own second of creation differs from run to run.
  static func withoutTime(_ bytes: [UInt8]) -> [UInt8] {
    let mark = Array(#""created":"#.utf8)
    var bytes = bytes
    var position = 0
    while let found = bytes[position...].firstRange(of: mark) {
      let end = bytes[found.upperBound...].firstIndex { $0 < 48 || $0 > 57 } ?? bytes.count
      let replacement: [UInt8] = end == found.upperBound ? [] : [48]
      bytes.replaceSubrange(found.upperBound..<end, with: replacement)
      position = found.upperBound
    }
    return bytes
  }
}

extension [UInt8] {
  fileprivate var text: String { String(decoding: self, as: UTF8.self) }
}

/// Requests to begin with.
enum RequestSeeds {
  /// All of them.
  static let all: [[UInt8]] = [
    #"{"model":"a/b","messages":[{"role":"user","content":"Hi"}]}"#,
    #"{"messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"image_url","image_url":{}}]}],"model":"a","stream":true}"#,
    #"{"models":["a","b"],"messages":[{"role":"system","content":null}],"stream":true,"stream_options":{}}"#,
    #"{ "models" : ["a"] , "provider":{"order":["x"]},"stream":true,"stream_options":{"include_usage":false,"x":1},"messages":[{"role":"tool","content":"1"}]}"#,
    #"{"prompt":"a","stream_options":null,"stream":true,"max_tokens":5,"n":2,"x":1.0}"#,
    #"{"input":["a","b"],"model":"a","dimensions":3,"user":"u","metadata":{}}"#,
    #"{"\u006dodel":"a","messages":[{"role":"user","content":"a"}],"tools":[{}],"response_format":{"type":"json_schema"}}"#,
    #"{"usage":{"include":true},"messages":[{"role":"user","content":""}],"seed":18446744073709551615,"debug":{},"trace":{}}"#,
    #"{"model":null,"messages":[{"role":"developer","content":"a"}],"temperature":0.5,"stop":["a"],"plugins":[],"preset":null}"#,
  ].map { Array($0.utf8) }
}

import Core
import TestSupport
import Testing

@testable import HTTPWire

@Suite("Binary event streams")
struct EventStreamTests {
  private struct Copy: Equatable {
    var headers: [EventStreamHeader]
    var payload: [UInt8]
  }

  private struct Outcome: Equatable {
    var messages: [Copy] = []
    var isPartial = false
    var failure: String?
  }

  private func decode(_ pieces: [[UInt8]], limit: Int = 1 << 20) -> Outcome {
    let decoder = EventStreamDecoder(messageBytes: limit)
    var outcome = Outcome()
    do {
      for piece in pieces {
        try piece.withUnsafeBytes { raw in
          try decoder.feed(raw) {
            outcome.messages.append(Copy(headers: $0.headers, payload: Array($0.payload)))
          }
        }
      }
    } catch {
      outcome.failure = (error as? GatewayError)?.message ?? "\(error)"
    }
    outcome.isPartial = decoder.hasPartialMessage
    return outcome
  }

  private func encode(_ headers: [EventStreamHeader], _ payload: [UInt8]) throws -> [UInt8] {
    let buffer = ByteBuffer()
    try payload.withUnsafeBytes { try EventStreamEncoder.append(headers: headers, payload: $0, to: buffer) }
    return buffer.copyBytes()
  }

  @Test("the messages of AWS's tests are read and written", arguments: EventStreamSample.good)
  func known(_ sample: EventStreamSample) throws {
    let outcome = decode([sample.bytes])
    #expect(outcome == Outcome(messages: [Copy(headers: sample.headers, payload: sample.payload)]))
    #expect(try encode(sample.headers, sample.payload) == sample.bytes)
  }

  @Test("the damaged messages of AWS's tests are refused", arguments: EventStreamSample.bad)
  func damaged(_ bytes: [UInt8], _ words: String) {
    for pieces in Splits.all(of: bytes, random: 5) {
      let outcome = decode(pieces)
      #expect(outcome.messages.isEmpty && !outcome.isPartial)
      #expect(outcome.failure?.contains(words) == true, "\(outcome.failure ?? "accepted")")
    }
  }

  @Test("messages do not depend on how the bytes are cut")
  func splits() {
    let bytes = EventStreamSample.good.flatMap(\.bytes)
    let expected = decode([bytes])
    #expect(expected.messages.count == EventStreamSample.good.count && expected.failure == nil)
    for pieces in Splits.all(of: bytes, random: 200) { #expect(decode(pieces) == expected) }
  }

  @Test("a stream that ends within a message says so, wherever it is cut")
  func cuts() {
    let bytes = EventStreamSample.good[7].bytes
    for end in 1..<bytes.count {
      let outcome = decode([Array(bytes[..<end])])
      #expect(outcome == Outcome(isPartial: true))
    }
  }

  @Test("every change of a single byte is noticed")
  func flips() {
    let bytes = EventStreamSample.good[6].bytes
    for index in bytes.indices {
      var changed = bytes
      changed[index] ^= 1 << UInt8(index % 8)
      let outcome = decode([changed])
      #expect(outcome.messages.isEmpty && outcome.failure != nil)
    }
  }

  @Test("a length beyond the limit is refused before its message has come")
  func tooLarge() throws {
    let bytes = try encode([], [UInt8](repeating: 7, count: 1000))
    #expect(decode([bytes], limit: 1016).messages.count == 1)
    #expect(decode([Array(bytes[..<12])], limit: 1015).failure?.contains("event_bytes") == true)
  }

  @Test("memory grows with what has come, not with what a length announces")
  func memory() throws {
    let decoder = EventStreamDecoder(messageBytes: 1 << 24)
    let bytes = try encode([], [UInt8](repeating: 7, count: 1 << 23))
    try bytes[..<100].withUnsafeBytes { try decoder.feed($0) { _ in } }
    let partial = Mirror(reflecting: decoder).children.compactMap { $0.value as? ByteBuffer }
    #expect(partial.count == 1 && partial.allSatisfy { $0.allocated <= 4096 })
  }

  @Test("after damage every further call fails alike")
  func staysFailed() throws {
    let decoder = EventStreamDecoder(messageBytes: 1000)
    let good = try encode([], [1])
    var bad = good
    bad[0] = 9
    for bytes in [bad, good, []] {
      #expect(throws: GatewayError.self) {
        try bytes.withUnsafeBytes { try decoder.feed($0) { _ in Issue.record("a message after damage") } }
      }
    }
  }

  @Test("an error of the reader's passes through and ends the reading")
  func readersError() throws {
    struct Stop: Error {}
    let decoder = EventStreamDecoder(messageBytes: 1000)
    let bytes = try encode([], [1]) + encode([], [2])
    var count = 0
    #expect(throws: Stop.self) {
      try bytes.withUnsafeBytes {
        try decoder.feed($0) { _ in
          count += 1
          throw Stop()
        }
      }
    }
    #expect(count == 1)
    #expect(throws: GatewayError.self) { try bytes.withUnsafeBytes { try decoder.feed($0) { _ in } } }
  }

  /// A message around a block of headers, with right checksums.
  private func message(block: [UInt8], headers: UInt32? = nil) -> [UInt8] {
    let buffer = ByteBuffer()
    func append(_ number: UInt32) { withUnsafeBytes(of: number.bigEndian) { buffer.append($0) } }
    append(UInt32(block.count + 16))
    append(headers ?? UInt32(block.count))
    append(EventStreamChecksum.of(buffer.bytes, count: buffer.count))
    buffer.append(block)
    append(EventStreamChecksum.of(buffer.bytes, count: buffer.count))
    return buffer.copyBytes()
  }

  @Test(
    "headers that are not well formed are refused",
    arguments: [
      ([0], "name"), ([200] + [UInt8](repeating: 97, count: 200) + [0], "name"), ([1], "beyond the end"),
      ([1, 97], "beyond the end"), ([1, 97, 10], "unknown type 10"), ([1, 97, 255], "unknown type 255"),
      ([1, 97, 4, 0, 0, 0], "beyond the end"), ([1, 97, 7, 0], "beyond the end"),
      ([1, 97, 7, 0, 2, 65], "beyond the end"),
      ([1, 97, 7, 255, 255], "value"), ([1, 97, 7, 0, 1, 255], "value"), ([1, 255, 0], "name"),
      ([1, 97, 0, 1, 97, 1], "twice"), ([1, 97, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], "beyond the end"),
    ] as [([UInt8], String)])
  func headerBlocks(_ block: [UInt8], _ words: String) {
    let outcome = decode([message(block: block)])
    #expect(outcome.failure?.contains(words) == true, "\(outcome.failure ?? "accepted")")
    #expect(outcome.messages.isEmpty)
  }

  @Test("lengths that contradict each other and too many headers are refused")
  func counts() {
    #expect(decode([message(block: [], headers: 1)]).failure?.contains("contradict") == true)
    #expect(decode([message(block: [], headers: .max)]).failure?.contains("contradict") == true)
    let many = (UInt8(0)..<65).flatMap { (index: UInt8) -> [UInt8] in [2, 97 + index / 26, 97 + index % 26, 0] }
    #expect(decode([message(block: many)]).failure?.contains("more than 64") == true)
    #expect(decode([message(block: Array(many.dropLast(4)))]).messages.first?.headers.count == 64)
  }

  @Test("the kind of a message is read from its headers")
  func kinds() throws {
    func kind(_ headers: [(String, String)]) throws -> EventStreamMessage.Kind? {
      var kind: EventStreamMessage.Kind?
      let bytes = try encode(headers.map { EventStreamHeader($0.0, $0.1) }, [])
      try bytes.withUnsafeBytes { try EventStreamDecoder(messageBytes: 1000).feed($0) { kind = $0.kind } }
      return kind
    }
    #expect(try kind([(":event-type", "messageStart"), (":message-type", "event")]) == .event("messageStart"))
    #expect(try kind([(":message-type", "exception"), (":exception-type", "t")]) == .exception("t"))
    #expect(
      try kind([(":message-type", "error"), (":error-code", "c"), (":error-message", "m")])
        == .error(code: "c", message: "m"))
    #expect(try kind([(":message-type", "event")]) == .other)
    #expect(try kind([]) == .other)
  }

  @Test("events and exceptions are written as Bedrock writes them")
  func writes() throws {
    let buffer = ByteBuffer()
    try EventStreamEncoder.append(event: "messageStart", json: Array("{}".utf8), to: buffer)
    try EventStreamEncoder.append(exception: "throttlingException", json: [], to: buffer)
    let json = EventStreamHeader(":content-type", "application/json")
    #expect(
      decode([buffer.copyBytes()]).messages == [
        Copy(
          headers: [.init(":event-type", "messageStart"), json, .init(":message-type", "event")],
          payload: Array("{}".utf8)),
        Copy(
          headers: [.init(":exception-type", "throttlingException"), json, .init(":message-type", "exception")],
          payload: []),
      ])
  }

  @Test("what does not fit the format is not written")
  func misfits() {
    let long = String(repeating: "a", count: 128)
    let text = String(repeating: "a", count: 32_768)
    for headers in [
      [EventStreamHeader("", "x")], [EventStreamHeader(long, "x")], [EventStreamHeader("a", text)],
      (0..<65).map { EventStreamHeader("h\($0)", .bool(true)) },
      (0..<5).map { EventStreamHeader("h\($0)", .bytes([UInt8](repeating: 0, count: 32_767))) },
    ] {
      let buffer = ByteBuffer()
      #expect(throws: GatewayError.self) {
        try EventStreamEncoder.append(
          headers: headers, payload: UnsafeRawBufferPointer(start: nil, count: 0), to: buffer)
      }
      #expect(buffer.isEmpty)
    }
  }
}

import CZlib
import Core
import HTTPWire

extension FuzzTarget {
  /// Binary event streams: the same messages whole, in pieces, and by a plain reading of the format; what is read is written
  /// back to the same bytes. An odd first byte makes a message with right checksums of the rest, so that its headers are
  /// reached.
  static let eventstream = FuzzTarget(
    name: "eventstream", seeds: { EventStreamSeeds.all },
    check: { input in
      guard let input = CutInput(input) else { return nil }
      if input.choice % 2 == 1 { return FrameProperty.objection(input.bytes, choice: input.choice) }
      return FrameProperty.objection(input.bytes, pieces: input.pieces)
    })
}

/// What the decoder made of some bytes.
private struct FrameOutcome: Equatable {
  var headers: [[EventStreamHeader]] = []
  var payloads: [[UInt8]] = []
  var hasFailed = false
  var isPartial = false

  init(_ pieces: [ArraySlice<UInt8>], limit: Int) {
    let decoder = EventStreamDecoder(messageBytes: limit)
    for piece in pieces where !hasFailed {
      do {
        try piece.withUnsafeBytes {
          try decoder.feed($0) {
            headers.append($0.headers)
            payloads.append(Array($0.payload))
          }
        }
      } catch {
        hasFailed = true
      }
    }
    isPartial = decoder.hasPartialMessage
  }

  /// The messages as the encoder writes them; nil when it refuses one.
  var written: [UInt8]? {
    let buffer = ByteBuffer()
    for (headers, payload) in zip(headers, payloads) {
      let isWritten = payload.withUnsafeBytes { bytes in
        (try? EventStreamEncoder.append(headers: headers, payload: bytes, to: buffer)) != nil
      }
      if !isWritten { return nil }
    }
    return buffer.copyBytes()
  }
}

/// What must hold for a stream.
private enum FrameProperty {
  static func objection(_ bytes: [UInt8], pieces: [ArraySlice<UInt8>]) -> String? {
    for limit in [64, 1 << 20] {
      let whole = FrameOutcome([bytes[...]], limit: limit)
      let cut = FrameOutcome(pieces, limit: limit)
      if whole != cut { return "limit \(limit), whole: \(whole), in pieces: \(cut)" }
      guard let written = whole.written else { return "what was read is not written: \(whole)" }
      if !bytes.starts(with: written) { return "written differently: \(written)" }
      let isSound = PlainFrames.length(bytes, limit: limit)
      if isSound < written.count { return "\(written.count) bytes were read, \(isSound) are sound" }
      if !whole.hasFailed, whole.isPartial != (written.count < bytes.count) { return "the rest is lost: \(whole)" }
    }
    return nil
  }

  /// A message whose block of headers is as long as the choice says.
  static func objection(_ bytes: [UInt8], choice: UInt8) -> String? {
    let count = min(Int(choice) * 4, bytes.count)
    var message = PlainFrames.number(bytes.count + 16) + PlainFrames.number(count)
    message += PlainFrames.number(PlainFrames.checksum(message[...]))
    message += bytes
    message += PlainFrames.number(PlainFrames.checksum(message[...]))
    let outcome = FrameOutcome([message[...]], limit: 1 << 20)
    if outcome != FrameOutcome(message.map { [$0] }, limit: 1 << 20) { return "byte by byte it differs: \(outcome)" }
    if outcome.hasFailed { return outcome.payloads.isEmpty ? nil : "a message and a failure" }
    return outcome.written == message ? nil : "written differently: \(outcome)"
  }
}

/// The format read without any thought of speed or pieces; headers are not looked at.
private enum PlainFrames {
  /// How many bytes of whole messages with right lengths and checksums the bytes begin with.
  static func length(_ bytes: [UInt8], limit: Int) -> Int {
    var position = 0
    while bytes.count - position >= 16 {
      let prelude = bytes[position..<position + 12]
      let total = value(prelude.prefix(4))
      guard checksum(prelude.prefix(8)) == value(prelude.suffix(4)), total <= limit,
        total >= value(prelude.dropFirst(4).prefix(4)) + 16, total <= bytes.count - position
      else { return position }
      let message = bytes[position..<position + total]
      guard checksum(message.dropLast(4)) == value(message.suffix(4)) else { return position }
      position += total
    }
    return position
  }

  static func number(_ value: Int) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
  }

  static func value(_ bytes: ArraySlice<UInt8>) -> Int { bytes.reduce(0) { $0 << 8 | Int($1) } }

  static func checksum(_ bytes: ArraySlice<UInt8>) -> Int {
    bytes.withUnsafeBytes {
      Int(crc32(0, $0.baseAddress?.assumingMemoryBound(to: Bytef.self), uInt($0.count)))
    }
  }
}

/// Streams to begin with.
private enum EventStreamSeeds {
  private static let messages: [[EventStreamHeader]] = [
    [], [.init(":event-type", "contentBlockDelta"), .init(":message-type", "event")],
    [.init("a", .bool(true)), .init("b", .bool(false)), .init("c", .int8(-1)), .init("d", .int16(-2))],
    [.init("e", .int32(3)), .init("f", .int64(-4)), .init("g", .bytes([0, 255])), .init("h", "é")],
    [.init("i", .timestamp(5)), .init("j", .uuid(high: 1, low: 2))],
    [.init(":message-type", "error"), .init(":error-code", "c"), .init(":error-message", "m")],
  ]

  /// Single messages and all in a row, whole and in pieces; and blocks of headers without their frame.
  static var all: [[UInt8]] {
    let streams = messages.map { written([$0]) } + [written(messages)]
    let blocks = messages.map { headers in Array(written([headers]).dropFirst(12).dropLast(4 + payload.count)) }
    let framed = blocks.map { [UInt8(($0.count + 3) / 4 | 1)] + $0 + payload }
    return streams.flatMap { [[0] + $0, [38] + $0] } + framed
  }

  private static let payload = Array(#"{"p":"abcdefgh"}"#.utf8)

  private static func written(_ messages: [[EventStreamHeader]]) -> [UInt8] {
    let buffer = ByteBuffer()
    for headers in messages {
      payload.withUnsafeBytes { try? EventStreamEncoder.append(headers: headers, payload: $0, to: buffer) }
    }
    return buffer.copyBytes()
  }
}

import Core

/// Takes a chunked body apart (RFC 9112 section 7.1), in any pieces, without copying its data. Strict: sizes are plain
/// hexadecimal, every line ends with CR LF; extensions are skipped and trailers checked and dropped, both bounded.
package struct ChunkedDecoder: Sendable {
  private enum State {
    case sizeStart, size, blankBeforeExtension, extensions, sizeLineFeed
    case data, dataReturn, dataLineFeed
    case trailer, done
  }

  /// Bytes of extensions in the whole body; nobody needs any, and none may pass for data that is not counted.
  private static let extensionBytes = 65_536
  /// Bytes of trailers.
  private static let trailerBytes = 8192
  /// Digits of a chunk's size, leading zeros included.
  private static let sizeDigits = 15

  private let limit: Int
  private var state = State.sizeStart
  private var digits = 0
  private var remaining = 0
  private var received = 0
  private var extensionCount = 0
  private var trailerCount = 0
  private var trailerLine: [UInt8] = []

  /// A decoder for one body of at most `limit` bytes of data; a chunk that would exceed it is a 413 when its size
  /// is announced.
  package init(limit: Int) { self.limit = limit }

  /// Whether the last chunk and the trailers have been read.
  package var isComplete: Bool { state == .done }

  /// Reads on and hands out runs of data as parts of `bytes`. Returns how many bytes belong to the body; less
  /// than all only when it is complete. Throws a `GatewayError` of the caller, or what `onData` throws.
  package mutating func decode(
    _ bytes: UnsafeRawBufferPointer, onData: (UnsafeRawBufferPointer) throws(GatewayError) -> Void
  ) throws(GatewayError) -> Int {
    var position = 0
    while position < bytes.count, state != .done {
      if state == .data {
        let count = min(remaining, bytes.count - position)
        try onData(UnsafeRawBufferPointer(rebasing: bytes[position..<position + count]))
        position += count
        remaining -= count
        if remaining == 0 { state = .dataReturn }
      } else {
        try take(bytes[position])
        position += 1
      }
    }
    return position
  }

  private mutating func take(_ byte: UInt8) throws(GatewayError) {
    switch state {
    case .sizeStart, .size: try takeSize(byte)
    case .blankBeforeExtension, .extensions: try takeExtension(byte)
    case .sizeLineFeed:
      guard byte == Grammar.lineFeed else { throw malformed("a chunk's size is not followed by CR LF") }
      try sizeComplete()
    case .dataReturn:
      guard byte == Grammar.carriageReturn else { throw malformed("a chunk is longer than its size") }
      state = .dataLineFeed
    case .dataLineFeed:
      guard byte == Grammar.lineFeed else { throw malformed("a chunk is not followed by CR LF") }
      digits = 0
      state = .sizeStart
    case .trailer: try takeTrailer(byte)
    case .data, .done: break
    }
  }

  private mutating func takeSize(_ byte: UInt8) throws(GatewayError) {
    if let digit = Grammar.hexadecimal(byte) {
      digits += 1
      guard digits <= ChunkedDecoder.sizeDigits else { throw malformed("a chunk's size has too many digits") }
      remaining = remaining << 4 | Int(digit)
      state = .size
      return
    }
    guard state == .size else { throw malformed("a chunk does not begin with its size in hexadecimal") }
    switch byte {
    case Grammar.carriageReturn: state = .sizeLineFeed
    case UInt8(ascii: ";"): state = .extensions
    case Grammar.space, Grammar.tab: state = .blankBeforeExtension
    default: throw malformed("a chunk's size is not a plain hexadecimal number")
    }
  }

  private mutating func takeExtension(_ byte: UInt8) throws(GatewayError) {
    extensionCount += 1
    guard extensionCount <= ChunkedDecoder.extensionBytes else { throw malformed("its chunk extensions are too long") }
    if state == .blankBeforeExtension {
      if byte == UInt8(ascii: ";") {
        state = .extensions
      } else if !Grammar.isBlank(byte) {
        throw malformed("a chunk's size is not a plain hexadecimal number")
      }
      return
    }
    if byte == Grammar.carriageReturn {
      state = .sizeLineFeed
    } else if Grammar.isForbiddenInValue(byte) {
      throw malformed("a chunk extension holds a control character or a line ends with LF alone")
    }
  }

  private mutating func sizeComplete() throws(GatewayError) {
    guard remaining > 0 else {
      state = .trailer
      return
    }
    guard remaining <= limit - received else { throw BodyLimit.exceeded(limit) }
    received += remaining
    state = .data
  }

  private mutating func takeTrailer(_ byte: UInt8) throws(GatewayError) {
    trailerCount += 1
    guard trailerCount <= ChunkedDecoder.trailerBytes else {
      throw .caller(
        .headerFieldsTooLarge, "The trailers of the body are longer than \(ChunkedDecoder.trailerBytes) bytes.")
    }
    guard byte == Grammar.lineFeed else { return trailerLine.append(byte) }
    guard trailerLine.last == Grammar.carriageReturn else { throw malformed("a trailer line ends with LF alone") }
    if trailerLine.count == 1 {
      trailerLine = []
      state = .done
      return
    }
    let line = trailerLine
    trailerLine.removeAll(keepingCapacity: true)
    let failure = line.withUnsafeBytes { raw -> GatewayError? in
      do throws(GatewayError) {
        _ = try FieldLine.parse(raw, 0..<raw.count - 1)
        return nil
      } catch { return error }
    }
    if let failure { throw failure }
  }

  private func malformed(_ reason: String) -> GatewayError {
    .caller(.invalidRequest, "The chunked body is malformed: \(reason).")
  }
}

/// The error of a body that is larger than the limit, in one wording for all who notice it.
package enum BodyLimit {
  /// A 413 that names the limit. Unit of `limit`: bytes.
  package static func exceeded(_ limit: Int) -> GatewayError {
    .caller(
      .payloadTooLarge,
      "The request body is larger than \(limit) bytes; send less, or raise server.limits.body_bytes in the configuration."
    )
  }
}

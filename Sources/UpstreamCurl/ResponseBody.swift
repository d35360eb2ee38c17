import Core
import HTTPWire

/// Takes the framing off a response body, in any pieces and without copying its data.
struct ResponseBody {
  private enum Mode {
    case length, chunked, untilClose
  }

  private let mode: Mode
  private var left: Int
  private var chunks = ChunkedDecoder(limit: .max)

  /// A body that ends as its head says.
  init(_ framing: ResponseFraming) {
    switch framing {
    case .none: (mode, left) = (.length, 0)
    case .length(let length): (mode, left) = (.length, length)
    case .chunked: (mode, left) = (.chunked, 0)
    case .untilClose: (mode, left) = (.untilClose, 0)
    }
  }

  /// Whether the end has been read.
  var isComplete: Bool {
    switch mode {
    case .length: left == 0
    case .chunked: chunks.isComplete
    case .untilClose: false
    }
  }

  /// Whether the closing of the connection is the end.
  var mayEndByClose: Bool { mode == .untilClose }

  /// Reads on and hands out data as parts of `bytes`. Returns how many bytes belong to the body.
  mutating func take(
    _ bytes: UnsafeRawBufferPointer, onData: (UnsafeRawBufferPointer) -> Void
  ) throws(ResponseFault) -> Int {
    switch mode {
    case .length:
      let count = min(left, bytes.count)
      left -= count
      if count > 0 { onData(UnsafeRawBufferPointer(rebasing: bytes[..<count])) }
      return count
    case .chunked:
      do throws(GatewayError) {
        return try chunks.decode(bytes) { data throws(GatewayError) in onData(data) }
      } catch { throw .malformed("a chunked body that breaks the rules") }
    case .untilClose:
      if !bytes.isEmpty { onData(bytes) }
      return bytes.count
    }
  }
}

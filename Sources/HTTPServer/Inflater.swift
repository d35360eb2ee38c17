import CZlib
import Core
import HTTPWire

/// Decompresses a gzip body piece by piece, up to a limit. Several members in a row are one body (RFC 1952).
final class Inflater {
  private let stream: UnsafeMutablePointer<z_stream>
  private let limit: Int
  /// Whether the last member has ended and nothing follows it so far.
  private(set) var isAtEnd = false

  /// Output given to zlib per call. Unit: bytes.
  private static let step = 16_384
  /// 15 bits of window; 16 more mean: gzip and nothing else.
  private static let windowBits: Int32 = 15 + 16

  /// A decompressor that lets at most `limit` bytes out. Throws when zlib has no memory.
  init(limit: Int) throws(GatewayError) {
    self.limit = limit
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    guard pb_inflate_init(stream, Inflater.windowBits) == Z_OK else {
      throw GatewayError(
        .internalFailure, "The request body cannot be decompressed now; send it without Content-Encoding.",
        origin: .gateway)
    }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
  }

  /// Appends what `bytes` decompress to. Throws 400 for bad data and 413 above the limit.
  func inflate(_ bytes: UnsafeRawBufferPointer, into target: ByteBuffer) throws(GatewayError) {
    guard let base = bytes.baseAddress, !bytes.isEmpty else { return }
    let input = UnsafeMutableRawPointer(mutating: base).assumingMemoryBound(to: Bytef.self)
    stream.pointee.next_in = input
    stream.pointee.avail_in = uInt(bytes.count)
    var hasOutput = false
    while stream.pointee.avail_in > 0 || hasOutput {
      if isAtEnd {
        guard stream.pointee.avail_in > 0 else { break }
        inflateReset(stream)
        isAtEnd = false
      }
      let room = min(Inflater.step, limit - target.count + 1)
      let result = run(room: room, into: target)
      guard target.count <= limit else { throw BodyLimit.exceeded(limit) }
      hasOutput = stream.pointee.avail_out == 0
      switch result {
      case Z_STREAM_END: isAtEnd = true
      case Z_OK, Z_BUF_ERROR: break
      default: throw .caller(.invalidRequest, "The request body is not valid gzip, as its Content-Encoding says.")
      }
    }
    stream.pointee.next_in = nil
  }

  private func run(room: Int, into target: ByteBuffer) -> Int32 {
    var result = Z_OK
    target.append(upTo: room) { output in
      stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: Bytef.self)
      stream.pointee.avail_out = uInt(room)
      result = CZlib.inflate(stream, Z_NO_FLUSH)
      return room - Int(stream.pointee.avail_out)
    }
    return result
  }
}

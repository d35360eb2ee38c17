import CZlib

/// `gzip` (any number of members) and `deflate` (with or without the zlib wrapper).
final class ZlibDecoder: ContentDecoder {
  private static let windowBits: Int32 = 15
  /// Added to the window's bits: gzip and nothing else.
  private static let gzipOnly: Int32 = 16

  private let stream: UnsafeMutablePointer<z_stream>
  private let isGzip: Bool
  private var isOpen = false
  private(set) var isComplete = false

  /// A decoder of gzip, or of deflate.
  init(isGzip: Bool) {
    self.isGzip = isGzip
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
  }

  deinit {
    if isOpen { inflateEnd(stream) }
    stream.deallocate()
  }

  func step(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) throws(ResponseFault) -> (consumed: Int, produced: Int) {
    if !isOpen {
      guard let first = input.first else { return (0, 0) }
      try open(first)
    }
    if isComplete, !input.isEmpty {
      guard isGzip, inflateReset(stream) == Z_OK else { throw .coding("bytes behind the deflate data") }
      isComplete = false
    }
    stream.pointee.next_in = UnsafeMutableRawPointer(mutating: input.baseAddress)?.assumingMemoryBound(to: Bytef.self)
    stream.pointee.avail_in = uInt(input.count)
    stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: Bytef.self)
    stream.pointee.avail_out = uInt(output.count)
    defer {
      stream.pointee.next_in = nil
      stream.pointee.next_out = nil
    }
    switch isComplete ? Z_BUF_ERROR : inflate(stream, Z_NO_FLUSH) {
    case Z_STREAM_END: isComplete = true
    case Z_OK, Z_BUF_ERROR: break
    default: throw .coding("the zlib data are damaged")
    }
    return (input.count - Int(stream.pointee.avail_in), output.count - Int(stream.pointee.avail_out))
  }

  /// Deflate data come with the zlib wrapper, as the standard says, or without it; the first byte tells.
  private func open(_ first: UInt8) throws(ResponseFault) {
    let bits: Int32
    if isGzip {
      bits = ZlibDecoder.windowBits + ZlibDecoder.gzipOnly
    } else {
      bits = first & 15 == 8 && first >> 4 <= 7 ? ZlibDecoder.windowBits : -ZlibDecoder.windowBits
    }
    guard pb_inflate_init(stream, bits) == Z_OK else { throw .coding("zlib has no memory") }
    isOpen = true
  }
}

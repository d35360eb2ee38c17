import CZlib

/// Compresses a body piece by piece; every piece can be decompressed when it arrives.
final class GzipEncoder {
  private let stream: UnsafeMutablePointer<z_stream>

  /// A compressor for one body.
  init() {
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    deflateInit2_(
      stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size))
  }

  deinit {
    deflateEnd(stream)
    stream.deallocate()
  }

  /// Compresses one piece; the last one ends the body.
  func encode(_ bytes: [UInt8], isLast: Bool) -> [UInt8] {
    var input = bytes
    var output: [UInt8] = []
    input.withUnsafeMutableBufferPointer { source in
      stream.pointee.next_in = source.baseAddress
      stream.pointee.avail_in = uInt(source.count)
      withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 4096) { target in
        repeat {
          stream.pointee.next_out = target.baseAddress
          stream.pointee.avail_out = uInt(target.count)
          deflate(stream, isLast ? Z_FINISH : Z_SYNC_FLUSH)
          output.append(contentsOf: target.prefix(target.count - Int(stream.pointee.avail_out)))
        } while stream.pointee.avail_out == 0
      }
    }
    return output
  }
}

import CZlib

/// Compresses for tests.
package enum Gzip {
  /// The bytes as one gzip member.
  package static func compress(_ bytes: [UInt8]) -> [UInt8] {
    var stream = z_stream()
    deflateInit2_(
      &stream, Z_BEST_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size))
    var output = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(bytes.count))) + 64)
    var input = bytes
    let length = input.withUnsafeMutableBufferPointer { source in
      output.withUnsafeMutableBufferPointer { target in
        stream.next_in = source.baseAddress
        stream.avail_in = UInt32(source.count)
        stream.next_out = target.baseAddress
        stream.avail_out = UInt32(target.count)
        deflate(&stream, Z_FINISH)
        return target.count - Int(stream.avail_out)
      }
    }
    deflateEnd(&stream)
    return Array(output[..<length])
  }
}

extension Gzip {
  /// What gzip data decompress to, as far as they go.
  package static func decompress(_ bytes: [UInt8]) -> [UInt8] {
    var stream = z_stream()
    guard pb_inflate_init(&stream, 15 + 16) == Z_OK else { return [] }
    defer { inflateEnd(&stream) }
    var input = bytes
    var output: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 65_536)
    input.withUnsafeMutableBufferPointer { source in
      stream.next_in = source.baseAddress
      stream.avail_in = UInt32(source.count)
      var result = Z_OK
      repeat {
        let count = block.withUnsafeMutableBufferPointer { target in
          stream.next_out = target.baseAddress
          stream.avail_out = UInt32(target.count)
          result = inflate(&stream, Z_SYNC_FLUSH)
          return target.count - Int(stream.avail_out)
        }
        output += block[..<count]
      } while result == Z_OK && (stream.avail_in > 0 || stream.avail_out == 0)
    }
    return output
  }
}

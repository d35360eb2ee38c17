import CZstd

/// `zstd` (any number of frames).
final class ZstdDecoder: ContentDecoder {
  /// Largest window that a sender may ask for, as RFC 9659 demands of `Content-Encoding: zstd`: 8 MiB. Unit: powers of 2.
  private static let windowLog: Int32 = 23

  private let stream: OpaquePointer
  private(set) var isComplete = false

  /// Nil when there is no memory.
  init?() {
    guard let stream = ZSTD_createDStream() else { return nil }
    self.stream = stream
    ZSTD_DCtx_setParameter(stream, ZSTD_d_windowLogMax, ZstdDecoder.windowLog)
  }

  deinit { ZSTD_freeDStream(stream) }

  func step(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) throws(ResponseFault) -> (consumed: Int, produced: Int) {
    if isComplete, input.isEmpty { return (0, 0) }
    var source = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
    var target = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
    let result = ZSTD_decompressStream(stream, &target, &source)
    if ZSTD_isError(result) != 0 { throw .coding("the zstd data are damaged") }
    isComplete = result == 0
    return (source.pos, target.pos)
  }
}

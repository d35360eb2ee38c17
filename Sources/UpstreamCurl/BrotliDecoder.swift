import CBrotli

/// `br`.
final class BrotliDecoder: ContentDecoder {
  private let state: OpaquePointer
  private(set) var isComplete = false

  /// Nil when there is no memory.
  init?() {
    guard let state = BrotliDecoderCreateInstance(nil, nil, nil) else { return nil }
    self.state = state
  }

  deinit { BrotliDecoderDestroyInstance(state) }

  func step(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) throws(ResponseFault) -> (consumed: Int, produced: Int) {
    if isComplete {
      if !input.isEmpty { throw .coding("bytes behind the brotli data") }
      return (0, 0)
    }
    var inputLeft = input.count
    var nextInput = input.baseAddress?.assumingMemoryBound(to: UInt8.self)
    var outputLeft = output.count
    var nextOutput = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
    let result = BrotliDecoderDecompressStream(state, &inputLeft, &nextInput, &outputLeft, &nextOutput, nil)
    switch result {
    case BROTLI_DECODER_RESULT_SUCCESS: isComplete = true
    case BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT, BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT: break
    default: throw .coding("the brotli data are damaged")
    }
    return (input.count - inputLeft, output.count - outputLeft)
  }
}

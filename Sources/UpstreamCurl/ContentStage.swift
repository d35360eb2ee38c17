import Core

/// Where coded body bytes become plain ones: a decoder and the memory it writes to.
final class ContentStage {
  /// Plain bytes per step. Unit: bytes.
  private static let step = 32_768

  private let decoder: any ContentDecoder
  private let output: UnsafeMutableRawBufferPointer
  private var hasInput = false
  /// Whether the decoder may have more to give without further input.
  private(set) var hasMore = false

  /// The stage for a coding; nil when it is none that we can undo.
  init?(_ coding: ResponseHead.Coding) {
    let decoder: (any ContentDecoder)?
    switch coding {
    case .gzip: decoder = ZlibDecoder(isGzip: true)
    case .deflate: decoder = ZlibDecoder(isGzip: false)
    case .brotli: decoder = BrotliDecoder()
    case .zstd: decoder = ZstdDecoder()
    case .identity, .unknown: decoder = nil
    }
    guard let decoder else { return nil }
    self.decoder = decoder
    output = .allocate(byteCount: ContentStage.step, alignment: 16)
  }

  deinit { output.deallocate() }

  /// Whether the body may end here. A body without any byte needs no coded data.
  var mayEnd: Bool { decoder.isComplete || !hasInput }

  /// Decodes until `input` is used up or `deliver` returns false. Returns how much of it was used.
  func run(
    _ input: UnsafeRawBufferPointer, deliver: (UnsafeRawBufferPointer) -> Bool
  ) throws(ResponseFault) -> Int {
    if !input.isEmpty { hasInput = true }
    var used = 0
    while used < input.count || hasMore {
      let (consumed, produced) = try decoder.step(UnsafeRawBufferPointer(rebasing: input[used...]), into: output)
      used += consumed
      hasMore = produced == output.count
      if consumed == 0, produced == 0, used < input.count { throw .coding("the decoder makes no progress") }
      if produced > 0, !deliver(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(output)[..<produced])) { break }
    }
    return used
  }
}

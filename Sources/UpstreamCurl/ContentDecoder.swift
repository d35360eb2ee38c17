/// Undoes one content coding piece by piece. Output is bounded per step by the room given, so that a small input that
/// stands for a huge output never takes memory.
protocol ContentDecoder: AnyObject {
  /// Takes some of `input` and writes some of `output`; returns how much of each. Output that fills the room wholly may
  /// have more behind it, even without further input.
  func step(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) throws(ResponseFault) -> (consumed: Int, produced: Int)

  /// Whether the coded data may end here: they are complete.
  var isComplete: Bool { get }
}

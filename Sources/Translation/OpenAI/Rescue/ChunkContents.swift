/// What a chunk's deltas carry besides plain text of the first choice.
struct ChunkContents: OptionSet, Sendable {
  let rawValue: UInt16

  init(rawValue: UInt16) { self.rawValue = rawValue }

  /// A choice with another index than 0, or more than one choice.
  static let otherChoice = ChunkContents(rawValue: 1)
  /// Part of a tool call, or of a function call in its older form.
  static let toolCalls = ChunkContents(rawValue: 2)
  /// Part of a refusal.
  static let refusal = ChunkContents(rawValue: 4)
  /// Probabilities of tokens.
  static let logprobs = ChunkContents(rawValue: 8)
  /// Reasoning in whatever form.
  static let reasoning = ChunkContents(rawValue: 16)
  /// Reasoning in another form than one text.
  static let opaqueReasoning = ChunkContents(rawValue: 32)
  /// Anything else: sound, pictures, annotations, unknown members.
  static let other = ChunkContents(rawValue: 64)
  /// Text in another form than one string: in parts, or given twice.
  static let irregularText = ChunkContents(rawValue: 128)
  /// Tool calls given twice.
  static let repeatedCalls = ChunkContents(rawValue: 256)
}

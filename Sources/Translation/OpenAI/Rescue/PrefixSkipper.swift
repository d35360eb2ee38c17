import Core
import JSON

/// Withholds the beginning of an answer as long as it is, unit by unit, the text the caller has already, and cuts the
/// chunk in which it ends. The first chunk that goes on to the caller says no role: the caller knows it.
struct PrefixSkipper {
  /// What becomes of a chunk.
  enum Verdict {
    /// These bytes go to the caller instead of the chunk's.
    case deliver([UInt8])
    /// Nothing of it goes to the caller.
    case withhold
    /// The answer is another one.
    case disagree
  }

  private let prefix: [UInt16]
  private let part: DeliveredText.Part
  private var position = 0
  /// Whether the splice is behind us: every further chunk goes to the caller as it is.
  private(set) var isDone = false

  /// Skips `prefix` in the text of the answer, or in its reasoning when `part` is `.reasoning`.
  init(_ prefix: [UInt16], part: DeliveredText.Part) {
    self.prefix = prefix
    self.part = part
  }

  /// Takes a chunk that has choices.
  mutating func take(_ chunk: borrowing OpenAIChunk, _ data: UnsafeRawBufferPointer) throws(JSONProblem) -> Verdict {
    if chunk.carries.contains(.otherChoice) { return .disagree }
    // Where text is to be taken out, nothing may stand beside it that speaks of the same text.
    if !prefix.isEmpty, !chunk.carries.isDisjoint(with: [.logprobs, .irregularText]) { return .disagree }
    let isReasoning = part == .reasoning
    if isReasoning, chunk.carries.contains(.opaqueReasoning) { return .disagree }
    let span = isReasoning ? chunk.reasoning : chunk.text
    var rest: [UInt8] = []
    if let span {
      guard let left = skip(UnsafeRawBufferPointer(rebasing: data[(span.start + 1)..<(span.end - 1)])) else {
        return .disagree
      }
      rest = left
    }
    let goesOn = saysMore(chunk, rest)
    if position < prefix.count { return goesOn ? .disagree : .withhold }
    guard goesOn else { return .withhold }
    isDone = true
    let cut = ChunkCut(text: span.map { ($0, rest) }, removesReasoning: part == .content)
    return .deliver(try cut.apply(to: data))
  }

  /// Whether a chunk says anything besides what is skipped.
  private func saysMore(_ chunk: borrowing OpenAIChunk, _ rest: [UInt8]) -> Bool {
    if !rest.isEmpty || chunk.isFinished { return true }
    if !chunk.carries.isDisjoint(with: [.toolCalls, .refusal, .other]) { return true }
    switch part {
    case .content: return false
    case .reasoning: return chunk.text != nil
    case .nothing: return chunk.carries.contains(.reasoning)
    }
  }

  /// Walks a chunk's text; what of it stands behind the prefix, or nil when it differs.
  private mutating func skip(_ text: UnsafeRawBufferPointer) -> [UInt8]? {
    var walk = JSONTextUnits(text)
    while position < prefix.count {
      guard let unit = walk.next() else { break }
      if unit != prefix[position] { return nil }
      position += 1
    }
    return walk.rest
  }
}

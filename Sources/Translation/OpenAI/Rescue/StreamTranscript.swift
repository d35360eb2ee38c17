import Core
import JSON

/// What has reached the caller of one streamed answer, over all its attempts, and whether another attempt could go on
/// from there. Fed with every chunk that is delivered: one copy of the text a chunk, no decoding. Belongs to one call
/// and its loop.
package final class StreamTranscript {
  /// Why a stream cannot be rescued.
  package enum Obstacle: String, Sendable {
    /// More than one choice, or one with another index.
    case severalChoices
    /// A tool call has begun, whose arguments nobody else can continue.
    case toolCall
    /// The model has begun to refuse.
    case refusal
    /// Probabilities of the tokens go with the text.
    case logprobs
    /// The answer has its finish reason: nothing is missing.
    case finished
    /// Reasoning came behind text of the answer.
    case reasoningBehindText
    /// Reasoning only, in a form that cannot be compared.
    case opaqueReasoning
    /// Sound, pictures, annotations or members that are not known.
    case otherContent
    /// More than `limit`.
    case tooLong
  }

  /// Largest text kept, as the inside of a JSON string. Unit: bytes. The longest answers of today's models are half as long.
  package static let limit = 1_048_576

  private var obstacle: Obstacle?
  private let content = ByteBuffer()
  private let reasoning = ByteBuffer()
  private var hasOpaqueReasoning = false

  /// Nothing delivered yet.
  package init() {}

  /// Why the stream cannot be rescued as it stands, or nil.
  package var hindrance: Obstacle? {
    if let obstacle { return obstacle }
    return content.isEmpty && hasOpaqueReasoning ? .opaqueReasoning : nil
  }

  /// Whether no rescue will ever be possible.
  package var isClosed: Bool { obstacle != nil }

  /// The delivered text, or nil when the stream cannot be rescued.
  package var delivered: DeliveredText? {
    if hindrance != nil { return nil }
    if !content.isEmpty { return DeliveredText(part: .content, json: content.bytes) }
    return DeliveredText(part: reasoning.isEmpty ? .nothing : .reasoning, json: reasoning.bytes)
  }

  /// Notes a chunk that goes to the caller. `data` is what it was read from.
  func note(_ chunk: borrowing OpenAIChunk, _ data: UnsafeRawBufferPointer) {
    if obstacle != nil { return }
    if !chunk.carries.isEmpty || chunk.isFinished, let obstacle = obstruction(chunk) { return close(obstacle) }
    if let span = chunk.reasoning { take(span, data, into: reasoning) }
    if let span = chunk.text { take(span, data, into: content) }
    if !content.isEmpty, reasoning.allocated > 0 { reasoning.release() }
  }

  /// Notes a text that goes to the caller in a chunk with nothing else in it, as the inside of a JSON string.
  func note(text: UnsafeRawBufferPointer) {
    if obstacle != nil { return }
    take(text, into: content)
    if !content.isEmpty, reasoning.allocated > 0 { reasoning.release() }
  }

  private func obstruction(_ chunk: borrowing OpenAIChunk) -> Obstacle? {
    let carries = chunk.carries
    if carries.contains(.otherChoice) { return .severalChoices }
    if chunk.isFinished { return .finished }
    if carries.contains(.toolCalls) { return .toolCall }
    if carries.contains(.refusal) { return .refusal }
    if carries.contains(.logprobs) { return .logprobs }
    if !carries.isDisjoint(with: [.other, .irregularText]) { return .otherContent }
    guard carries.contains(.reasoning) else { return nil }
    if !content.isEmpty { return .reasoningBehindText }
    if carries.contains(.opaqueReasoning) { hasOpaqueReasoning = true }
    return nil
  }

  private func take(_ span: JSONSpan, _ data: UnsafeRawBufferPointer, into buffer: ByteBuffer) {
    take(UnsafeRawBufferPointer(rebasing: data[(span.start + 1)..<(span.end - 1)]), into: buffer)
  }

  private func take(_ text: UnsafeRawBufferPointer, into buffer: ByteBuffer) {
    guard buffer.count + text.count <= StreamTranscript.limit else {
      if buffer === content { return close(.tooLong) }
      hasOpaqueReasoning = true
      return buffer.release()
    }
    buffer.append(text)
  }

  private func close(_ obstacle: Obstacle) {
    self.obstacle = obstacle
    content.release()
    reasoning.release()
  }
}

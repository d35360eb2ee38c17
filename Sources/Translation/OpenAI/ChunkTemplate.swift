import Core
import Glibc
import JSON

/// What the chunks of a stream have in common around their text. Providers send the same object hundreds of times with
/// nothing changed but one string: a chunk that begins and ends as an earlier one did, which was read, need not be read
/// again, and around its text the same bytes go to the caller.
struct ChunkTemplate {
  /// What a chunk must begin with, up to the text's opening quote, and end with, from the closing one on.
  private let before: [UInt8]
  private let after: [UInt8]
  /// What of the two the caller is sent, as an event.
  private let opening: [UInt8]
  private let closing: [UInt8]
  /// Bytes that count as text besides the text itself.
  private let otherBytes: Int

  /// The template of a chunk; nil unless one text of an unfinished first choice is all it says.
  init?(_ chunk: borrowing OpenAIChunk, _ data: UnsafeRawBufferPointer, _ identity: AnswerIdentity) {
    guard let text = chunk.plainText else { return nil }
    before = Array(data[..<(text.start + 1)])
    after = Array(data[(text.end - 1)...])
    let opening = ByteBuffer()
    let closing = ByteBuffer()
    opening.append("data: ")
    chunk.write(data, around: text, identity: identity, opening, closing)
    closing.append("\n\n")
    self.opening = opening.copyBytes()
    self.closing = closing.copyBytes()
    otherBytes = chunk.deltaBytes - (text.count - 2)
  }

  /// The text of a chunk of this form, without its quotes; nil for another.
  func text(_ data: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
    let rest = data.count - before.count - after.count
    guard rest >= 0, let base = data.baseAddress, memcmp(base, before, before.count) == 0,
      memcmp(base + before.count + rest, after, after.count) == 0
    else { return nil }
    // The quotes belong to both sides.
    let quoted = UnsafeRawBufferPointer(start: base + before.count - 1, count: rest + 2)
    var scanner = JSONScanner(quoted)
    guard let span = try? scanner.value(), span.end == quoted.count else { return nil }
    return UnsafeRawBufferPointer(start: base + before.count, count: rest)
  }

  /// Bytes of text that a chunk with that text carries.
  func deltaBytes(_ text: UnsafeRawBufferPointer) -> Int { text.count + otherBytes }

  /// Appends the event for the caller.
  func append(_ text: UnsafeRawBufferPointer, to output: ByteBuffer) {
    output.append(opening)
    output.append(text)
    output.append(closing)
  }
}

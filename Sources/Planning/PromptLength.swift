import Core

/// How long a prompt is in tokens, as far as its bytes tell. No tokenizer is asked: every provider has its own.
package enum PromptLength {
  /// Bytes of text per token: the usual average of English and of program text.
  private static let bytesPerToken = 4

  /// The likely count of a request with that much text. Good enough to prefer one endpoint to another, not to refuse.
  package static func estimate(bytes: Int) -> Int { bytes / bytesPerToken }

  /// A count that no tokenizer stays below: runs of characters between spaces, since tokens do not reach over them. Few in
  /// languages without spaces. Good enough to refuse. One pass over the bytes; only asked for when the estimate is too long.
  package static func least(_ text: UnsafeRawBufferPointer) -> Int {
    var words = 0
    var wasSpace = true
    for byte in text {
      let isSpace = byte <= 32
      if wasSpace, !isSpace { words += 1 }
      wasSpace = isSpace
    }
    return words
  }
}

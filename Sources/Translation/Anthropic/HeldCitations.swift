import JSON

/// The citations of a streamed answer, held until the block of text that they belong to is complete: like those of a whole
/// answer each one gets the range of its block, in characters of the whole text.
struct HeldCitations {
  private var length: Int64 = 0
  private var start: Int64 = 0
  private var held: [Citation] = []

  /// Most citations that wait; a block with more of them tells the first ones earlier.
  private static let limit = 1024

  /// Counts more of the answer's text.
  mutating func count(_ text: JSONText) { length += text.characters }

  /// Takes a citation of the open block.
  mutating func hold(_ citation: Citation, _ emit: (AnswerEvent) -> Void) {
    if held.count >= HeldCitations.limit { tell(emit) }
    held.append(citation)
  }

  /// The open block is complete: tells its citations.
  mutating func end(_ emit: (AnswerEvent) -> Void) {
    tell(emit)
    start = length
  }

  private mutating func tell(_ emit: (AnswerEvent) -> Void) {
    for var citation in held {
      if citation.range == nil, length > start { citation.range = start..<length }
      emit(AnswerEvent(.citation(citation)))
    }
    held.removeAll(keepingCapacity: true)
  }
}

extension JSONText {
  /// How many characters (Unicode scalars) the text has.
  var characters: Int64 {
    var count: Int64 = 0
    var index = 0
    while index < bytes.count {
      let byte = bytes[index]
      if byte != UInt8(ascii: "\\") {
        // Bytes that go on with a character are not counted.
        if byte & 0xC0 != 0x80 { count += 1 }
        index += 1
      } else if index + 1 < bytes.count, bytes[index + 1] == UInt8(ascii: "u") {
        // The second half of a pair belongs to the first.
        if !isLowSurrogate(index) || !isHighSurrogate(index - 6) { count += 1 }
        index += 6
      } else {
        count += 1
        index += 2
      }
    }
    return count
  }

  private func isHighSurrogate(_ index: Int) -> Bool { isSurrogate(index, "89aAbB") }
  private func isLowSurrogate(_ index: Int) -> Bool { isSurrogate(index, "cCdDeEfF") }

  /// Whether `\ud` and one of the digits stand at `index`.
  private func isSurrogate(_ index: Int, _ digits: StaticString) -> Bool {
    guard index >= 0, index + 6 <= bytes.count, bytes[index] == UInt8(ascii: "\\"),
      bytes[index + 1] == UInt8(ascii: "u"), bytes[index + 2] | 32 == UInt8(ascii: "d")
    else { return false }
    return digits.withUTF8Buffer { $0.contains(bytes[index + 3]) }
  }
}

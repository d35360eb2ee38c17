/// Cuts bytes into lines that end with CR, LF or CRLF. Each byte is looked at by `memchr` at most twice.
struct LineScanner {
  private let bytes: UnsafeRawBufferPointer
  private var nextReturn: Int
  private var nextLineFeed: Int
  /// Where the next line begins.
  var position = 0
  /// The bytes end with a CR; an LF at the start of the next ones belongs to it.
  private(set) var endsWithReturn = false

  /// A scanner at the start of `bytes`.
  init(_ bytes: UnsafeRawBufferPointer) {
    self.bytes = bytes
    nextReturn = -1
    nextLineFeed = -1
  }

  /// What follows the last line end.
  var rest: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[position...]) }

  /// The next complete line without its end, or nil.
  mutating func next() -> UnsafeRawBufferPointer? {
    if nextLineFeed < position { nextLineFeed = find(Grammar.lineFeed) }
    if nextReturn < position { nextReturn = find(Grammar.carriageReturn) }
    let end = min(nextLineFeed, nextReturn)
    guard end < bytes.count else { return nil }
    let line = UnsafeRawBufferPointer(rebasing: bytes[position..<end])
    position = end + 1
    if end == nextReturn {
      if position == bytes.count {
        endsWithReturn = true
      } else if bytes[position] == Grammar.lineFeed {
        position += 1
      }
    }
    return line
  }

  private func find(_ byte: UInt8) -> Int { Grammar.position(of: byte, in: bytes, from: position) ?? bytes.count }
}

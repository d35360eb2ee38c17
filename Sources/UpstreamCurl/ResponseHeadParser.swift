import Core
import Glibc

/// Reads a response head in any pieces. Lines end with CR LF or LF alone. Strict about what decides where the response
/// ends; fields that decide nothing are skipped whatever they hold. Informational heads are passed over.
struct ResponseHeadParser {
  /// Informational heads before the final one.
  private static let informationalHeads = 100

  /// The head; final once `take` has returned a count.
  private(set) var head = ResponseHead()
  private let limit: Int
  private var size = 0
  private var informational = 0
  private var hasStatus = false
  private var decidesFraming = false
  private var partial: ByteBuffer?

  /// A parser that takes heads of at most `limit` bytes, informational ones included.
  init(limit: Int) { self.limit = limit }

  /// Reads on. Returns how many bytes belong to the head when it is complete, nil when all do and more are needed.
  mutating func take(_ bytes: UnsafeRawBufferPointer) throws(ResponseFault) -> Int? {
    guard let base = bytes.baseAddress else { return nil }
    var position = 0
    while position < bytes.count {
      guard let found = memchr(base + position, 10, bytes.count - position) else {
        try keep(UnsafeRawBufferPointer(rebasing: bytes[position...]))
        return nil
      }
      let end = UnsafeRawPointer(found) - base
      let isComplete = try lineComplete(UnsafeRawBufferPointer(rebasing: bytes[position..<end]))
      position = end + 1
      if isComplete { return position }
    }
    return nil
  }

  /// Remembers the beginning of a line whose end has not come yet.
  private mutating func keep(_ bytes: UnsafeRawBufferPointer) throws(ResponseFault) {
    try count(bytes.count)
    let buffer = partial ?? ByteBuffer()
    buffer.append(bytes)
    partial = buffer
  }

  private mutating func count(_ bytes: Int) throws(ResponseFault) {
    size += bytes
    if size > limit { throw .headTooLarge }
  }

  private mutating func lineComplete(_ bytes: UnsafeRawBufferPointer) throws(ResponseFault) -> Bool {
    try count(bytes.count + 1)
    guard let buffer = partial, !buffer.isEmpty else { return try line(bytes) }
    buffer.append(bytes)
    defer { buffer.clear() }
    return try line(buffer.bytes)
  }

  /// Takes one line without its LF. Returns whether it ends the final head.
  private mutating func line(_ bytes: UnsafeRawBufferPointer) throws(ResponseFault) -> Bool {
    var line = bytes
    if let last = line.last, last == 13 { line = UnsafeRawBufferPointer(rebasing: line.dropLast()) }
    guard hasStatus else {
      head = ResponseHead()
      try StatusLine.parse(line, into: &head)
      hasStatus = true
      decidesFraming = false
      return false
    }
    if !line.isEmpty {
      try field(line)
      return false
    }
    hasStatus = false
    if head.value.status >= 200 {
      if head.length >= 0 { head.value.contentLength = head.length }
      return true
    }
    informational += 1
    if head.value.status == 101 { throw .malformed("another protocol, which nobody asked for") }
    if informational > ResponseHeadParser.informationalHeads { throw .malformed("too many informational heads") }
    return false
  }

  private mutating func field(_ line: UnsafeRawBufferPointer) throws(ResponseFault) {
    if line[0] == 32 || line[0] == 9 {
      if decidesFraming { throw .malformed("a folded line in a field that decides the framing") }
      return
    }
    var end = 0
    while end < line.count, FramingField.isNameByte(line[end]) { end += 1 }
    guard end > 0, end < line.count, line[end] == UInt8(ascii: ":") else {
      throw .malformed("a header line without a valid name")
    }
    decidesFraming = try FramingField.take(line, nameLength: end, into: &head)
    if !decidesFraming { HeadField.take(line, into: &head.value) }
  }
}

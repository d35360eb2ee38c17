/// The first line of a response: `HTTP/1.1 200 OK`.
enum StatusLine {
  private static let prefix: StaticString = "HTTP/1."

  /// Reads version and status. Throws for anything that is not HTTP/1.
  static func parse(_ line: UnsafeRawBufferPointer, into head: inout ResponseHead) throws(ResponseFault) {
    guard line.count >= 12, line[8] == 32, line.count == 12 || line[12] == 32 else {
      throw .malformed("no status line")
    }
    for index in 0..<prefix.utf8CodeUnitCount where line[index] != prefix.utf8Start[index] {
      throw .malformed("no status line of HTTP/1")
    }
    let minor = line[7] &- 48
    guard minor <= 9 else { throw .malformed("no version of HTTP/1") }
    var status = 0
    for index in 9..<12 {
      let digit = line[index] &- 48
      guard digit <= 9 else { throw .malformed("a status that is no number") }
      status = status * 10 + Int(digit)
    }
    guard status >= 100 else { throw .malformed("a status below 100") }
    head.minorVersion = minor
    head.value.status = status
  }
}

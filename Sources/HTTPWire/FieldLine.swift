import Core

/// One `name: value` line of a head or of trailers, without its line end.
enum FieldLine {
  /// Finds name and value and checks every byte of both (RFC 9112 section 5). Returns ranges of `bytes`.
  /// Throws a 400 for a folded line, a missing colon, blanks before the colon, an empty or invalid name and control
  /// characters, a bare CR among them.
  static func parse(
    _ bytes: UnsafeRawBufferPointer, _ line: Range<Int>
  ) throws(GatewayError) -> (name: Range<Int>, value: Range<Int>) {
    if Grammar.isBlank(bytes[line.lowerBound]) {
      throw .caller(.invalidRequest, "A header line begins with a blank; write every header on one line (no folding).")
    }
    var position = line.lowerBound
    while position < line.upperBound, Grammar.isToken(bytes[position]) { position += 1 }
    let name = line.lowerBound..<position
    guard position < line.upperBound, bytes[position] == Grammar.colon, !name.isEmpty else {
      throw badName(bytes, line, stoppedAt: position)
    }
    let value = Grammar.trimmed(bytes, position + 1..<line.upperBound)
    if Grammar.hasForbidden(bytes, value) {
      throw .caller(
        .invalidRequest,
        "The value of header '\(Grammar.text(bytes, name))' holds a control character; remove it "
          + "(lines end with CR LF and nothing else).")
    }
    return (name, value)
  }

  private static func badName(
    _ bytes: UnsafeRawBufferPointer, _ line: Range<Int>, stoppedAt position: Int
  ) -> GatewayError {
    if position == line.upperBound {
      return .caller(.invalidRequest, "A header line has no colon; write it as 'Name: value'.")
    }
    if position == line.lowerBound, bytes[position] == Grammar.colon {
      return .caller(.invalidRequest, "A header has no name; write it as 'Name: value'.")
    }
    if Grammar.isBlank(bytes[position]) {
      return .caller(
        .invalidRequest, "A header name holds a blank or is followed by one; write the colon directly behind the name.")
    }
    return .caller(
      .invalidRequest, "A header name holds a character that is not allowed; use letters, digits and '-'.")
  }
}

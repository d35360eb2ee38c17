import JSON

extension JSONSpan {
  /// Longest text that is kept for the books. Unit: bytes.
  private static let longest = 128

  /// The text of a short string, for the books; nil for anything else.
  func recordText(in data: UnsafeRawBufferPointer) -> String? {
    guard kind == .string, count > 2, count <= JSONSpan.longest + 2 else { return nil }
    return JSONString.decode(self, in: data)
  }
}

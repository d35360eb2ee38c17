import Core

/// What stands around the answers of a stream in Google's format: they are events, or the elements of one JSON array.
struct GeminiFraming {
  private let isArray: Bool
  private var hasBegun = false

  /// Events, or an array.
  init(isArray: Bool = false) { self.isArray = isArray }

  /// Appends what stands before an answer.
  @inline(__always)
  mutating func open(_ output: ByteBuffer) {
    if !isArray { return output.append("data: ") }
    output.append(hasBegun ? "," : "[")
    hasBegun = true
  }

  /// Appends what stands behind an answer.
  @inline(__always)
  func close(_ output: ByteBuffer) { output.append(isArray ? "\n" : "\n\n") }

  /// Appends what stands behind the last answer.
  mutating func end(_ output: ByteBuffer) {
    if isArray { output.append(hasBegun ? "]" : "[]") }
    hasBegun = true
  }
}

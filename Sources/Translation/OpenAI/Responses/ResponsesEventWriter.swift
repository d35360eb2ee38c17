import Core

/// The frames of a stream's events, which are numbered.
struct ResponsesEventWriter {
  private var number = 0

  /// `event: NAME`, and the data up to its number.
  mutating func open(_ name: StaticString, _ output: ByteBuffer) {
    output.append("event: ")
    output.append(name)
    output.append("\ndata: {\"type\":\"")
    output.append(name)
    output.append(#"","sequence_number":"#)
    output.append(decimal: number)
    number += 1
  }

  /// The event's end.
  @inline(__always)
  func close(_ output: ByteBuffer) { output.append("}\n\n") }

  /// A further member: an index.
  @inline(__always)
  func add(_ name: StaticString, _ index: Int, _ output: ByteBuffer) {
    output.append(",\"")
    output.append(name)
    output.append("\":")
    output.append(decimal: index)
  }

  /// A further member: an id.
  @inline(__always)
  func add(_ name: StaticString, _ id: String, _ output: ByteBuffer) {
    output.append(",\"")
    output.append(name)
    output.append("\":")
    output.append(jsonString: id)
  }
}

/// Header fields of a response, rendered when they are added, so that fields which many responses share cost one copy.
package struct ResponseFields: Sendable {
  /// The lines, each with its CR LF.
  private(set) var bytes: [UInt8] = []

  /// No fields.
  package init() {}

  /// Whether there are none.
  package var isEmpty: Bool { bytes.isEmpty }

  /// Adds one field. A value with CR, LF or NUL would let its author write further fields: it is dropped, and debug
  /// builds stop there.
  package mutating func add(_ name: StaticString, _ value: String) {
    guard !value.utf8.contains(where: { $0 == 13 || $0 == 10 || $0 == 0 }) else {
      assertionFailure("the value of \(name) holds a line end")
      return
    }
    bytes.append(contentsOf: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
    bytes.append(contentsOf: [58, 32])
    bytes.append(contentsOf: value.utf8)
    bytes.append(contentsOf: [13, 10])
  }

  /// Adds all fields of `other`.
  package mutating func append(_ other: ResponseFields) { bytes.append(contentsOf: other.bytes) }
}

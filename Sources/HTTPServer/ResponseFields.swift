import Glibc

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
    var value = value
    let isSafe = value.withUTF8 { text in
      let count = text.count
      if let base = text.baseAddress,
        memchr(base, 13, count) != nil || memchr(base, 10, count) != nil || memchr(base, 0, count) != nil
      {
        return false
      }
      bytes.reserveCapacity(max(bytes.count + name.utf8CodeUnitCount + text.count + 4, 192))
      bytes.append(contentsOf: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
      bytes.append(58)
      bytes.append(32)
      bytes.append(contentsOf: text)
      bytes.append(13)
      bytes.append(10)
      return true
    }
    assert(isSafe, "the value of \(name) holds a line end")
  }

  /// Adds all fields of `other`.
  package mutating func append(_ other: ResponseFields) { bytes.append(contentsOf: other.bytes) }
}

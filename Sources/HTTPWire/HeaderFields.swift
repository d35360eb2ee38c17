/// The header fields of one message: its bytes as they came and where every name and value lies in them, so that
/// text is made only of the fields someone asks for.
package struct HeaderFields: Sendable {
  /// Where one field lies in `bytes`.
  struct Entry: Sendable {
    /// First byte of the name.
    var nameStart: UInt32
    /// One behind the last byte of the name.
    var nameEnd: UInt32
    /// First byte of the value.
    var valueStart: UInt32
    /// One behind the last byte of the value.
    var valueEnd: UInt32

    /// A field at these places.
    init(name: Range<Int>, value: Range<Int>) {
      nameStart = UInt32(name.lowerBound)
      nameEnd = UInt32(name.upperBound)
      valueStart = UInt32(value.lowerBound)
      valueEnd = UInt32(value.upperBound)
    }

    /// The name's bytes.
    var name: Range<Int> { Int(nameStart)..<Int(nameEnd) }
    /// The value's bytes.
    var value: Range<Int> { Int(valueStart)..<Int(valueEnd) }
  }

  /// The bytes of the whole head.
  package let bytes: [UInt8]
  private let entries: [Entry]

  /// The fields at `entries` in `bytes`.
  init(bytes: [UInt8], entries: [Entry]) {
    self.bytes = bytes
    self.entries = entries
  }

  /// No fields.
  package init() { self.init(bytes: [], entries: []) }

  /// How many fields there are, repeated ones counted each.
  package var count: Int { entries.count }

  /// The value of the first field of this name, case ignored, without blanks around it; nil when there is none.
  /// Bytes that are not UTF-8 become U+FFFD.
  package func first(_ name: String) -> String? {
    var result: String?
    visit(name) { value in
      result = value
      return false
    }
    return result
  }

  /// The values of all fields of this name, case ignored, in order.
  package func all(_ name: String) -> [String] {
    var result: [String] = []
    visit(name) { value in
      result.append(value)
      return true
    }
    return result
  }

  /// Whether there is a field of this name, written in lower case.
  package func contains(_ name: StaticString) -> Bool {
    bytes.withUnsafeBytes { raw in
      for entry in entries where Int(entry.nameEnd - entry.nameStart) == name.utf8CodeUnitCount {
        if Grammar.matches(UnsafeRawBufferPointer(rebasing: raw[entry.name]), name) { return true }
      }
      return false
    }
  }

  /// Every field in order, the names as they were written.
  package var list: [(name: String, value: String)] {
    bytes.withUnsafeBytes { raw in
      entries.map { (name: Grammar.text(raw, $0.name), value: Grammar.text(raw, $0.value)) }
    }
  }

  private func visit(_ name: String, _ body: (String) -> Bool) {
    var name = name
    name.withUTF8 { wanted in
      bytes.withUnsafeBytes { raw in
        for entry in entries where Int(entry.nameEnd - entry.nameStart) == wanted.count {
          let candidate = UnsafeRawBufferPointer(rebasing: raw[entry.name])
          guard Grammar.matches(candidate, UnsafeRawBufferPointer(wanted)) else { continue }
          if !body(Grammar.text(raw, entry.value)) { return }
        }
      }
    }
  }
}

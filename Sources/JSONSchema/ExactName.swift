import JSON

/// A member's name as a key: equal only when every code point is. Swift's strings take canonically equivalent texts
/// for equal, JSON does not.
struct ExactName: Hashable, Sendable {
  let text: String

  init(_ text: String) { self.text = text }

  static func == (left: ExactName, right: ExactName) -> Bool { left.text.isExactly(right.text) }

  func hash(into hasher: inout Hasher) {
    var text = text
    text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
  }
}

extension String {
  /// Whether both texts have the same code points.
  func isExactly(_ other: String) -> Bool { utf8.count == other.utf8.count && utf8.elementsEqual(other.utf8) }
}

extension JSONValue {
  /// The member of exactly that name; of one given twice the last counts.
  func member(_ name: String) -> JSONValue? { objectValue?.last { $0.key.isExactly(name) }?.value }
}

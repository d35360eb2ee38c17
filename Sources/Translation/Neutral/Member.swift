import JSON

/// A member of an object that the model has no field for, kept as it came.
package struct Member: Sendable, Equatable {
  /// Its name on the wire it came from.
  package var name: String
  /// Its value.
  package var value: JSONValue

  /// A member.
  package init(_ name: String, _ value: JSONValue) {
    self.name = name
    self.value = value
  }
}

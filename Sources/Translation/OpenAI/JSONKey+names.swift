import JSON

extension JSONKey {
  /// Bytes of the name as it is written, without its quotes.
  var length: Int { span.end - span.start - 2 }

  /// `matches` for names that are tried one after the other: the length tells most of them apart, and comparing it here
  /// spares a call into another module.
  @inline(__always)
  func isNamed(_ name: StaticString) -> Bool {
    (length == name.utf8CodeUnitCount || hasEscapes) && matches(name)
  }
}

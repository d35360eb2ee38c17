import JSON

/// The keywords of one schema, with their types checked as Draft 7 demands. Each throws `SchemaProblem.malformed`.
struct SchemaKeywords {
  private let values: [ExactName: JSONValue]

  /// The members of a schema. Of one given twice the last counts.
  init(_ schema: JSONValue) {
    values = Dictionary((schema.objectValue ?? []).map { (ExactName($0.key), $0.value) }) { _, last in last }
  }

  /// A keyword's value, or nil.
  subscript(_ name: String) -> JSONValue? { values[ExactName(name)] }

  /// A text.
  func text(_ name: String) throws(SchemaProblem) -> String? {
    guard let value = self[name] else { return nil }
    guard let text = value.stringValue else { throw .malformed }
    return text
  }

  /// A number.
  func number(_ name: String) throws(SchemaProblem) -> ExactNumber? {
    guard let value = self[name] else { return nil }
    guard let text = value.numberText else { throw .malformed }
    return ExactNumber(text)
  }

  /// True or false; false when absent.
  func flag(_ name: String) throws(SchemaProblem) -> Bool {
    guard let value = self[name] else { return false }
    guard let flag = value.boolValue else { throw .malformed }
    return flag
  }

  /// An array.
  func array(_ name: String) throws(SchemaProblem) -> [JSONValue]? {
    guard let value = self[name] else { return nil }
    guard let elements = value.arrayValue else { throw .malformed }
    return elements
  }

  /// An array with something in it.
  func schemas(_ name: String) throws(SchemaProblem) -> [JSONValue]? {
    let elements = try array(name)
    if elements?.isEmpty == true { throw .malformed }
    return elements
  }

  /// An object's members.
  func object(_ name: String) throws(SchemaProblem) -> [(key: String, value: JSONValue)]? {
    guard let value = self[name] else { return nil }
    guard let members = value.objectValue else { throw .malformed }
    return members
  }

  /// An array of texts, each once.
  func names(_ name: String) throws(SchemaProblem) -> [String]? {
    guard let value = self[name] else { return nil }
    return try SchemaKeywords.names(value)
  }

  /// An array of texts, each once.
  static func names(_ value: JSONValue) throws(SchemaProblem) -> [String] {
    guard let elements = value.arrayValue else { throw .malformed }
    var seen: Set<ExactName> = []
    for element in elements {
      guard let name = element.stringValue, seen.insert(ExactName(name)).inserted else { throw .malformed }
    }
    return elements.compactMap(\.stringValue)
  }

  /// A lower and an upper bound of a count; nil when neither is given.
  func range(_ least: String, _ most: String) throws(SchemaProblem) -> ClosedRange<Int>? {
    let lower = try count(least)
    let upper = try count(most)
    if lower == nil, upper == nil { return nil }
    // No count is in the empty range, for which there is no closed one.
    if let lower, let upper, lower > upper { return -1 ... -1 }
    return (lower ?? 0)...(upper ?? .max)
  }

  private func count(_ name: String) throws(SchemaProblem) -> Int? {
    guard let number = try number(name) else { return nil }
    guard let count = number.count else { throw .malformed }
    return count
  }

  /// `type`: one name or several.
  func kinds() throws(SchemaProblem) -> Kinds? {
    guard let value = self["type"] else { return nil }
    var kinds: Kinds = []
    var names: [String] = []
    if let name = value.stringValue { names = [name] } else { names = try SchemaKeywords.names(value) }
    if names.isEmpty { throw .malformed }
    for name in names {
      guard let kind = Kinds(named: name) else { throw .malformed }
      kinds.insert(kind)
    }
    return kinds
  }
}

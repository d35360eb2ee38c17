import JSON

/// Reads one object of a request member by member, and refuses the members its format does not have. All methods throw a
/// `Problem` that names the place.
struct FieldReader {
  /// How a format writes the names of members.
  enum Spelling {
    /// As they stand.
    case exact
    /// In camel case or with underscores, as Google's servers take both; read here by the former.
    case camelOrSnake
  }

  /// Where the object stands.
  let path: FieldPath
  private let spelling: Spelling
  private let members: [(key: String, value: JSONValue)]
  private var rest: Set<String>

  /// A reader of an object. Throws for any other value.
  init(_ value: JSONValue, at path: FieldPath, spelling: Spelling = .exact) throws(Problem) {
    guard let members = value.objectValue else { throw .wrongType(path, wanted: "an object") }
    self.path = path
    self.spelling = spelling
    self.members =
      spelling == .exact ? members : members.map { (FieldReader.camelCase($0.key), $0.value) }
    rest = Set(self.members.map(\.key))
  }

  /// The names of all members.
  var names: [String] { members.map(\.key) }

  /// Whether the member is there and not null.
  func has(_ name: String) -> Bool { members.contains { $0.key == name && !$0.value.isNull } }

  /// The member; nil when it is absent or null.
  mutating func value(_ name: String) -> JSONValue? {
    rest.remove(name)
    guard let value = members.first(where: { $0.key == name })?.value, !value.isNull else { return nil }
    return value
  }

  /// The text of a member that is still to be read; nil when it is none.
  func peek(_ name: String) -> String? { members.first { $0.key == name }?.value.stringValue }

  /// Passes over members whose content does not matter here.
  mutating func skip(_ names: String...) { for name in names { rest.remove(name) } }

  /// Passes over members that may be anything of their type.
  mutating func skip(objects names: String...) throws(Problem) { for name in names { _ = try object(name) } }

  /// A text.
  mutating func string(_ name: String) throws(Problem) -> String? {
    guard let value = value(name) else { return nil }
    guard let text = value.stringValue else { throw .wrongType(path.member(name), wanted: "a string") }
    return text
  }

  /// A text that must be there.
  mutating func requiredString(_ name: String) throws(Problem) -> String {
    guard let text = try string(name) else { throw .missing(path.member(name)) }
    return text
  }

  /// One of several words.
  @discardableResult
  mutating func word(_ name: String, _ words: Set<String>) throws(Problem) -> String? {
    guard let text = try string(name) else { return nil }
    guard words.contains(text) else {
      throw .invalid("Input should be \(FieldReader.list(words))", at: path.member(name))
    }
    return text
  }

  /// A truth value.
  @discardableResult
  mutating func bool(_ name: String) throws(Problem) -> Bool? {
    guard let value = value(name) else { return nil }
    guard let flag = value.boolValue else { throw .wrongType(path.member(name), wanted: "a boolean") }
    return flag
  }

  /// A whole number in a range.
  @discardableResult
  mutating func integer(
    _ name: String, _ range: ClosedRange<Int64> = Int64.min...Int64.max
  ) throws(Problem) -> Int? {
    guard let value = value(name) else { return nil }
    guard let number = value.integerValue else { throw .wrongType(path.member(name), wanted: "an integer") }
    guard range.contains(number) else {
      throw .invalid(
        FieldReader.outside(range.lowerBound, range.upperBound, Int64.min, Int64.max), at: path.member(name))
    }
    return Int(number)
  }

  /// A number in a range.
  @discardableResult
  mutating func number(
    _ name: String, _ range: ClosedRange<Double> = -Double.infinity...Double.infinity
  ) throws(Problem) -> Double? {
    guard let value = value(name) else { return nil }
    guard let number = value.doubleValue else { throw .wrongType(path.member(name), wanted: "a number") }
    guard range.contains(number) else {
      throw .invalid(
        FieldReader.outside(range.lowerBound, range.upperBound, -Double.infinity, Double.infinity),
        at: path.member(name))
    }
    return number
  }

  /// The elements of an array, with their places.
  mutating func array(_ name: String) throws(Problem) -> [(value: JSONValue, path: FieldPath)]? {
    guard let value = value(name) else { return nil }
    return try FieldReader.elements(value, at: path.member(name))
  }

  /// Texts.
  mutating func strings(_ name: String) throws(Problem) -> [String]? {
    guard let elements = try array(name) else { return nil }
    var texts: [String] = []
    for (value, place) in elements {
      guard let text = value.stringValue else { throw .wrongType(place, wanted: "a string") }
      texts.append(text)
    }
    return texts
  }

  /// An object to read in turn.
  mutating func object(_ name: String) throws(Problem) -> FieldReader? {
    guard let value = value(name) else { return nil }
    return try FieldReader(value, at: path.member(name), spelling: spelling)
  }

  /// An object that must be there.
  mutating func requiredObject(_ name: String) throws(Problem) -> FieldReader {
    guard let reader = try object(name) else { throw .missing(path.member(name)) }
    return reader
  }

  /// An object of which only the type matters, as it stands: schemas, arguments.
  mutating func document(_ name: String) throws(Problem) -> JSONValue? {
    guard let value = value(name) else { return nil }
    guard value.objectValue != nil else { throw .wrongType(path.member(name), wanted: "an object") }
    return value
  }

  /// Refuses null where the format does.
  func refuseNull(except names: Set<String>) throws(Problem) {
    for (name, value) in members where value.isNull && !names.contains(name) {
      throw .wrongType(path.member(name), wanted: "a value, not null")
    }
  }

  /// Refuses what nothing has asked for.
  func end() throws(Problem) {
    if let name = members.first(where: { rest.contains($0.key) })?.key { throw .unknown(path.member(name)) }
  }

  /// The elements of an array. Throws for any other value.
  static func elements(
    _ value: JSONValue, at path: FieldPath
  ) throws(Problem) -> [(value: JSONValue, path: FieldPath)] {
    guard let elements = value.arrayValue else { throw .wrongType(path, wanted: "an array") }
    return elements.enumerated().map { ($0.element, path.element($0.offset)) }
  }

  private static func list(_ words: Set<String>) -> String {
    let quoted = words.sorted().map { "'\($0)'" }
    return quoted.count < 2
      ? quoted.joined() : quoted.dropLast().joined(separator: ", ") + " or " + (quoted.last ?? "")
  }

  private static func outside<Number: Comparable>(
    _ least: Number, _ most: Number, _ smallest: Number, _ largest: Number
  ) -> String {
    if least == smallest { return "Input should be less than or equal to \(most)" }
    if most == largest { return "Input should be greater than or equal to \(least)" }
    return "Input should be from \(least) to \(most)"
  }

  private static func camelCase(_ name: String) -> String {
    guard name.contains("_"), !name.hasPrefix("_") else { return name }
    let words = name.split(separator: "_")
    return words.dropFirst().reduce(String(words.first ?? "")) { $0 + $1.prefix(1).uppercased() + $1.dropFirst() }
  }
}

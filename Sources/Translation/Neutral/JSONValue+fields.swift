import Core
import JSON

/// Reading of request fields: null stands for absent, another type is a 400 that names the field.
extension JSONValue {
  /// A text; nil for null.
  func text(_ field: @autoclosure () -> String) throws(GatewayError) -> String? {
    if isNull { return nil }
    guard let text = stringValue else { throw mismatch(field(), "a string") }
    return text
  }

  /// A text that must be there.
  func requiredText(_ field: @autoclosure () -> String) throws(GatewayError) -> String {
    guard let text = stringValue else { throw mismatch(field(), "a string") }
    return text
  }

  /// A number; nil for null.
  func number(_ field: @autoclosure () -> String) throws(GatewayError) -> JSONNumber? {
    if isNull { return nil }
    guard let text = numberText else { throw mismatch(field(), "a number") }
    return JSONNumber(text: text)
  }

  /// A whole number; nil for null.
  func integer(_ field: @autoclosure () -> String) throws(GatewayError) -> Int64? {
    if isNull { return nil }
    guard let value = integerValue else { throw mismatch(field(), "a whole number") }
    return value
  }

  /// A boolean; nil for null.
  func flag(_ field: @autoclosure () -> String) throws(GatewayError) -> Bool? {
    if isNull { return nil }
    guard let flag = boolValue else { throw mismatch(field(), "true or false") }
    return flag
  }

  /// The elements of an array; none for null.
  func elements(_ field: @autoclosure () -> String) throws(GatewayError) -> [JSONValue] {
    if isNull { return [] }
    guard let elements = arrayValue else { throw mismatch(field(), "an array") }
    return elements
  }

  /// The members of an object.
  func members(_ field: @autoclosure () -> String) throws(GatewayError) -> [(key: String, value: JSONValue)] {
    guard let members = objectValue else { throw mismatch(field(), "an object") }
    return members
  }

  /// An array of texts; none for null.
  func texts(_ field: @autoclosure () -> String) throws(GatewayError) -> [String] {
    var texts: [String] = []
    for element in try elements(field()) { texts.append(try element.requiredText(field())) }
    return texts
  }

  /// What a tool or a part that only one format has is called: its type, or its first member where types are members.
  var kindName: String { self["type"]?.stringValue ?? objectValue?.first?.key ?? "unknown" }

  private func mismatch(_ field: String, _ wanted: String) -> GatewayError {
    .field(field, "'\(field)' must be \(wanted), not \(kind.words).")
  }

  /// The whole body of a request; a 400 when it is no JSON object.
  static func request(
    _ body: UnsafeRawBufferPointer
  ) throws(GatewayError) -> [(key: String, value: JSONValue)] {
    do throws(JSONProblem) {
      if let members = try parse(body).objectValue { return members }
    } catch {
      throw .caller(.invalidRequest, "The request body is not valid JSON: \(error).")
    }
    throw .caller(.invalidRequest, "The request body is not valid JSON: the request body should be a JSON object.")
  }

  /// The whole body of a provider's answer; a 502 when it is no JSON.
  static func answer(_ body: UnsafeRawBufferPointer) throws(GatewayError) -> JSONValue {
    do throws(JSONProblem) {
      return try parse(body)
    } catch {
      throw unreadable(error)
    }
  }

  /// The 502 for an answer that is no JSON.
  static func unreadable(_ problem: JSONProblem) -> GatewayError {
    GatewayError(
      .providerFailed, "The provider sent an answer that is not valid JSON", origin: .upstream,
      context: problem.description)
  }
}

/// Writing of objects member by member; what is nil is left out.
struct ObjectWriter {
  /// The members so far.
  private(set) var members: [(key: String, value: JSONValue)] = []

  /// An object that begins with these members.
  init(_ members: [(key: String, value: JSONValue)] = []) {
    self.members = members
    // Few objects have more, and growing costs more than the room.
    self.members.reserveCapacity(members.count + 6)
  }

  /// The object.
  var value: JSONValue { .object(members) }
  /// Whether it has no members.
  var isEmpty: Bool { members.isEmpty }

  /// Adds a value.
  mutating func add(_ name: String, _ value: JSONValue?) {
    if let value { members.append((name, value)) }
  }

  /// Adds a text.
  mutating func add(_ name: String, _ text: String?) {
    if let text { members.append((name, .string(text))) }
  }

  /// Adds a boolean.
  mutating func add(_ name: String, _ flag: Bool?) {
    if let flag { members.append((name, .bool(flag))) }
  }

  /// Adds a whole number.
  mutating func add(_ name: String, _ number: Int64?) {
    if let number { members.append((name, .integer(number))) }
  }

  /// Adds a number as it was written.
  mutating func add(_ name: String, _ number: JSONNumber?) {
    if let number { members.append((name, .number(number.text))) }
  }

  /// Adds members that the model has no field for.
  mutating func add(_ extras: [Member]) {
    for extra in extras { members.append((extra.name, extra.value)) }
  }
}

import Core

/// A JSON value as a document, for what is small or off the hot path. Numbers keep their text, members their order.
package enum JSONValue: Sendable {
  case null
  case bool(Bool)
  case number(String)
  case string(String)
  case array([JSONValue])
  case object([(key: String, value: JSONValue)])

  /// Parses a whole text strictly. Throws `JSONProblem`.
  package static func parse(_ text: UnsafeRawBufferPointer) throws(JSONProblem) -> JSONValue {
    var scanner = JSONScanner(text)
    let value = try JSONValue(&scanner)
    try scanner.end()
    return value
  }

  /// Parses a whole text strictly. Throws `JSONProblem`.
  package static func parse(_ bytes: [UInt8]) throws(JSONProblem) -> JSONValue {
    var result: Result<JSONValue, JSONProblem> = .success(.null)
    bytes.withUnsafeBytes { text in
      do throws(JSONProblem) { result = .success(try parse(text)) } catch { result = .failure(error) }
    }
    return try result.get()
  }

  /// Takes the scanner's next value.
  package init(_ scanner: inout JSONScanner) throws(JSONProblem) {
    switch try scanner.peek() {
    case .object:
      var members: [(key: String, value: JSONValue)] = []
      members.reserveCapacity(4)
      var hasMember = try scanner.enterObject()
      while hasMember {
        let key = try scanner.key()
        members.append((key.string, try JSONValue(&scanner)))
        hasMember = try scanner.nextMember()
      }
      self = .object(members)
    case .array:
      var elements: [JSONValue] = []
      var hasElement = try scanner.enterArray()
      while hasElement {
        elements.append(try JSONValue(&scanner))
        hasElement = try scanner.nextElement()
      }
      self = .array(elements)
    case .string: self = .string(JSONString.decode(try scanner.value(), in: scanner.text))
    case .number:
      self = .number(String(decoding: try scanner.value().bytes(in: scanner.text), as: UTF8.self))
    case .bool: self = .bool(try scanner.value().count == 4)
    case .null:
      try scanner.value()
      self = .null
    }
  }

  /// The member of that name, or nil when there is none or this is no object.
  package subscript(_ key: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.key == key }?.value
  }

  /// The element at that index, or nil.
  package subscript(_ index: Int) -> JSONValue? {
    guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
    return elements[index]
  }

  /// The text of a string, else nil.
  package var stringValue: String? {
    if case .string(let text) = self { text } else { nil }
  }
  /// A boolean, else nil.
  package var boolValue: Bool? {
    if case .bool(let flag) = self { flag } else { nil }
  }
  /// A whole number in the range of `Int64` (also written `1.0` or `1e3`), else nil.
  package var integerValue: Int64? {
    guard case .number(let text) = self else { return nil }
    if let exact = Int64(text) { return exact }
    guard let value = Double(text) else { return nil }
    return Int64(exactly: value)
  }
  /// A number, else nil.
  package var doubleValue: Double? {
    if case .number(let text) = self { Double(text) } else { nil }
  }
  /// The text of a number as it was written, else nil.
  package var numberText: String? {
    if case .number(let text) = self { text } else { nil }
  }
  /// The elements of an array, else nil.
  package var arrayValue: [JSONValue]? {
    if case .array(let elements) = self { elements } else { nil }
  }
  /// The members of an object in their order, else nil.
  package var objectValue: [(key: String, value: JSONValue)]? {
    if case .object(let members) = self { members } else { nil }
  }
  /// Whether it is null.
  package var isNull: Bool {
    if case .null = self { true } else { false }
  }
  /// What it is.
  package var kind: JSONKind {
    switch self {
    case .null: .null
    case .bool: .bool
    case .number: .number
    case .string: .string
    case .array: .array
    case .object: .object
    }
  }

  /// A whole number.
  package static func integer(_ value: some BinaryInteger) -> JSONValue {
    guard let value = UInt32(exactly: value) else { return .number(String(value)) }
    // Many times quicker than what writes numbers of any width in any base.
    return .number(
      String(unsafeUninitializedCapacity: 10) { digits in
        var count = 1
        var rest = value
        while rest > 9 {
          rest /= 10
          count += 1
        }
        rest = value
        for place in stride(from: count - 1, through: 0, by: -1) {
          digits[place] = UInt8(48 + rest % 10)
          rest /= 10
        }
        return count
      })
  }

  /// The value as compact JSON.
  package func serialized() -> [UInt8] {
    let buffer = ByteBuffer()
    write(to: buffer)
    return buffer.copyBytes()
  }

  /// Appends the value as a further member of an object that is being written: `,"name":value`.
  package func write(asMember name: String, to buffer: ByteBuffer) {
    buffer.append(",")
    buffer.append(jsonString: name)
    buffer.append(":")
    write(to: buffer)
  }

  /// Appends the value as compact JSON.
  package func write(to buffer: ByteBuffer) {
    switch self {
    case .null: buffer.append("null")
    case .bool(let flag): flag ? buffer.append("true") : buffer.append("false")
    case .number(let text): buffer.append(text)
    case .string(let text): buffer.append(jsonString: text)
    case .array(let elements):
      buffer.append(UInt8(ascii: "["))
      for (index, element) in elements.enumerated() {
        if index > 0 { buffer.append(UInt8(ascii: ",")) }
        element.write(to: buffer)
      }
      buffer.append(UInt8(ascii: "]"))
    case .object(let members):
      buffer.append(UInt8(ascii: "{"))
      for (index, member) in members.enumerated() {
        if index > 0 { buffer.append(UInt8(ascii: ",")) }
        buffer.append(jsonString: member.key)
        buffer.append(UInt8(ascii: ":"))
        member.value.write(to: buffer)
      }
      buffer.append(UInt8(ascii: "}"))
    }
  }
}

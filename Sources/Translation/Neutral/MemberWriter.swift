import Core
import JSON

/// Writes an object's members straight into a buffer, for the objects of nearly every answer, of which no document is worth
/// building. `ObjectWriter` builds one.
struct MemberWriter {
  private let output: ByteBuffer
  private var isFirst: Bool

  /// Begins an object.
  init(_ output: ByteBuffer) {
    self.output = output
    isFirst = true
    output.append("{")
  }

  /// Goes on with an object that has members already.
  init(goingOnIn output: ByteBuffer) {
    self.output = output
    isFirst = false
  }

  /// Ends the object.
  func end() { output.append("}") }

  /// Begins a member; its value is the caller's to append.
  mutating func name(_ name: StaticString) {
    isFirst ? output.append("\"") : output.append(",\"")
    isFirst = false
    output.append(name)
    output.append("\":")
  }

  /// Adds a member whose value is known here: JSON.
  mutating func add(_ name: StaticString, json: StaticString) {
    self.name(name)
    output.append(json)
  }

  /// Adds a value; nothing for nil.
  mutating func add(_ name: StaticString, _ value: JSONValue?) {
    guard let value else { return }
    self.name(name)
    value.write(to: output)
  }

  /// Adds a text; nothing for nil.
  mutating func add(_ name: StaticString, _ text: String?) {
    guard let text else { return }
    self.name(name)
    output.append(jsonString: text)
  }

  /// Adds a boolean.
  mutating func add(_ name: StaticString, _ flag: Bool) { add(name, json: flag ? "true" : "false") }

  /// Adds a whole number; nothing for nil.
  mutating func add(_ name: StaticString, _ number: Int64?) {
    guard let number else { return }
    self.name(name)
    output.append(decimal: Int(number))
  }

  /// Adds a number as it was written; nothing for nil.
  mutating func add(_ name: StaticString, _ number: JSONNumber?) {
    guard let number else { return }
    self.name(name)
    output.append(number.text)
  }

  /// Adds a value, or null.
  mutating func addOrNull(_ name: StaticString, _ value: JSONValue?) {
    value == nil ? add(name, json: "null") : add(name, value)
  }

  /// Adds a text, or null.
  mutating func addOrNull(_ name: StaticString, _ text: String?) {
    text == nil ? add(name, json: "null") : add(name, text)
  }

  /// Adds a whole number, or null.
  mutating func addOrNull(_ name: StaticString, _ number: Int64?) {
    number == nil ? add(name, json: "null") : add(name, number)
  }

  /// Adds a number as it was written, or null.
  mutating func addOrNull(_ name: StaticString, _ number: JSONNumber?) {
    number == nil ? add(name, json: "null") : add(name, number)
  }

  /// Adds members that the model has no field for.
  mutating func add(_ extras: [Member]) {
    for extra in extras {
      if !isFirst { output.append(",") }
      isFirst = false
      output.append(jsonString: extra.name)
      output.append(":")
      extra.value.write(to: output)
    }
  }
}

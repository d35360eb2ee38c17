import Core
import JSON

/// An object of Google's format, whose members may be written as `camelCase` or as `snake_case`. Null stands for absent.
struct GeminiObject {
  /// The object as it came.
  let value: JSONValue
  /// Where it stands in the request.
  private let field: String
  private let all: [(key: String, value: JSONValue)]

  /// An object. Throws a 400 that names `field` when the value is none.
  init(_ value: JSONValue, field: String) throws(GatewayError) {
    self.value = value
    self.field = field
    all = try value.members(field).filter { !$0.value.isNull }
  }

  /// The value of a member, by its name in `camelCase`.
  subscript(_ name: String) -> JSONValue? {
    all.first { $0.key == name || GeminiObject.camelCase($0.key) == name }?.value
  }

  /// A member's place in the request.
  func path(_ name: String) -> String { field.isEmpty ? name : field + "." + name }

  /// The members, named in `camelCase`, without some of them.
  func members(except names: [String] = []) -> [Member] {
    all.compactMap { key, value in
      let name = GeminiObject.camelCase(key)
      return names.contains(name) ? nil : Member(name, value)
    }
  }

  /// A text.
  func text(_ name: String) throws(GatewayError) -> String? { try self[name]?.text(path(name)) }

  /// A text that must be there.
  func requiredText(_ name: String) throws(GatewayError) -> String {
    guard let value = self[name] else { throw .field(path(name), "'\(path(name))' is missing.") }
    return try value.requiredText(path(name))
  }

  /// A boolean.
  func flag(_ name: String) throws(GatewayError) -> Bool? { try self[name]?.flag(path(name)) }

  /// A whole number; Google's servers take 64-bit ones as texts, too.
  func integer(_ name: String) throws(GatewayError) -> Int64? {
    if let text = self[name]?.stringValue, let number = Int64(text) { return number }
    return try self[name]?.integer(path(name))
  }

  /// An object.
  func object(_ name: String) throws(GatewayError) -> GeminiObject? {
    try self[name].map { (value) throws(GatewayError) in try GeminiObject(value, field: path(name)) }
  }

  /// `maxOutputTokens` for `max_output_tokens`; a leading underscore, which marks names that were internal, is dropped.
  static func camelCase(_ name: String) -> String {
    if !name.utf8.contains(UInt8(ascii: "_")) { return name }
    var result = ""
    for word in name.split(separator: "_") {
      result += result.isEmpty ? String(word) : word.prefix(1).uppercased() + word.dropFirst()
    }
    return result
  }
}

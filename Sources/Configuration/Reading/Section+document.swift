import Core
import JSON

extension Section {
  /// A member as the JSON document it stands for, with references replaced; nil when it is absent or a value in it
  /// cannot be read. Unquoted true, false, null and numbers in JSON's form are such; everything else is a string.
  func document(_ key: String) -> JSONValue? {
    node(key).flatMap { document($0, path: path(key)) }
  }

  /// A node as a JSON document.
  func document(_ node: YAMLNode, path: String) -> JSONValue? {
    switch node.content {
    case .sequence(let items):
      var elements: [JSONValue] = []
      for (index, item) in items.enumerated() {
        guard let element = document(item, path: "\(path)[\(index)]") else { return nil }
        elements.append(element)
      }
      return .array(elements)
    case .mapping(let members):
      var result: [(key: String, value: JSONValue)] = []
      for member in members {
        guard let value = document(member.value, path: "\(path).\(member.key)") else { return nil }
        result.append((member.key, value))
      }
      return .object(result)
    case .scalar:
      if node.isNull { return .null }
      return context.scalar(node, path: path).map(Section.value)
    }
  }

  private static func value(_ scalar: Scalar) -> JSONValue {
    guard scalar.isPlain else { return .string(scalar.text) }
    switch scalar.text {
    case "true", "True", "TRUE": return .bool(true)
    case "false", "False", "FALSE": return .bool(false)
    default: break
    }
    let bytes = Array(scalar.text.utf8)
    guard let first = bytes.first, first == UInt8(ascii: "-") || (first >= 48 && first <= 57),
      case .number(let text)? = try? JSONValue.parse(bytes)
    else { return .string(scalar.text) }
    return .number(text)
  }
}

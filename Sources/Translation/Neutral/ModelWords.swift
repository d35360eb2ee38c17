/// The words of a provider's model name, from which a dialect tells what the model takes.
enum ModelWords {
  /// Its runs of ASCII letters and digits, in lower case: `claude-sonnet-4-5` has four.
  static func of(_ name: String) -> [Substring] {
    name.lowercased().utf8.split { $0 &- 48 >= 10 && $0 &- 97 >= 26 }.map { Substring($0) }
  }
}

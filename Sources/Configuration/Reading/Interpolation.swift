import Core

/// Replaces `${…}` in the texts of a configuration.
package struct Interpolation {
  /// The environment variables that may be named.
  let environment: [String: String]
  /// Reads a file that is named.
  let readFile: (String) throws(SystemFailure) -> String

  /// An interpolation over these variables and files.
  package init(environment: [String: String], readFile: @escaping (String) throws(SystemFailure) -> String) {
    self.environment = environment
    self.readFile = readFile
  }

  /// Why a text cannot be completed.
  struct Failure: Error {
    let message: String
    let remedy: String
  }

  /// `text` with `${NAME}`, `${NAME:-default}` and `${file:/path}` replaced and `$$` made one `$`; any other `$`
  /// stays. What is put in is not looked at again, and added to `values`, since it may be a secret.
  func apply(to text: String, values: inout [String]) throws(Failure) -> String {
    var result = ""
    var rest = Substring(text)
    while let dollar = rest.firstIndex(of: "$") {
      result += rest[..<dollar]
      rest = rest[rest.index(after: dollar)...]
      if rest.hasPrefix("$") {
        result += "$"
        rest.removeFirst()
      } else if rest.hasPrefix("{") {
        guard let end = rest.firstIndex(of: "}") else {
          throw Failure(message: "'${' has no '}'", remedy: "close it, or write $$ for a dollar sign")
        }
        let value = try value(of: rest[rest.index(after: rest.startIndex)..<end])
        values.append(value)
        result += value
        rest = rest[rest.index(after: end)...]
      } else {
        result += "$"
      }
    }
    return result + rest
  }

  private func value(of reference: Substring) throws(Failure) -> String {
    if reference.hasPrefix("file:") { return try content(ofFile: String(reference.dropFirst(5))) }
    let name: Substring
    let fallback: Substring?
    if let colon = reference.firstIndex(of: ":") {
      name = reference[..<colon]
      guard reference[colon...].hasPrefix(":-") else { throw malformed }
      fallback = reference[colon...].dropFirst(2)
    } else {
      name = reference
      fallback = nil
    }
    guard Interpolation.isName(name), fallback?.contains("${") != true else { throw malformed }
    let found = environment[String(name)]
    if let fallback { return found.flatMap { $0.isEmpty ? nil : $0 } ?? String(fallback) }
    guard let found else {
      throw Failure(
        message: "the environment variable \(name) is not set",
        remedy: "set it, or give a default as ${\(name):-default}")
    }
    return found
  }

  private var malformed: Failure {
    Failure(
      message: "this is not a reference",
      remedy: "write ${NAME}, ${NAME:-default} or ${file:/path}, and $$ for a dollar sign")
  }

  private func content(ofFile path: String) throws(Failure) -> String {
    do {
      return Interpolation.trimmed(try readFile(path))
    } catch {
      throw Failure(
        message: "the file '\(path)' cannot be read: \(SystemFailure.text(error.code))",
        remedy: "check its path and permissions")
    }
  }

  private static func isName(_ text: Substring) -> Bool {
    guard let first = text.utf8.first, !(first >= 48 && first <= 57) else { return false }
    return text.utf8.allSatisfy { byte in
      (byte | 32 >= 97 && byte | 32 <= 122) || (byte >= 48 && byte <= 57) || byte == UInt8(ascii: "_")
    }
  }

  private static func trimmed(_ text: String) -> String {
    let isSpace: (UInt8) -> Bool = { $0 == 32 || ($0 >= 9 && $0 <= 13) }
    let bytes = text.utf8.drop(while: isSpace)
    guard let last = bytes.lastIndex(where: { !isSpace($0) }) else { return "" }
    return String(Substring(bytes[...last]))
  }
}

import Core

/// What stands behind a command, taken apart: `--name VALUE`, `--name=VALUE`, `--flag`, and words.
package struct Arguments: Sendable, Hashable {
  /// An option that a command takes.
  package struct Option: Sendable, Hashable {
    /// With its dashes.
    package let name: String
    /// What its value is called in the help; nil for a flag.
    package let placeholder: String?

    /// An option with a value.
    package static func value(_ name: String, _ placeholder: String) -> Option {
      Option(name: name, placeholder: placeholder)
    }

    /// An option without one.
    package static func flag(_ name: String) -> Option { Option(name: name, placeholder: nil) }
  }

  /// Whether `--help` or `-h` was among them; nothing else is checked then.
  package private(set) var wantsHelp = false
  /// What stands there besides options.
  package private(set) var words: [String] = []
  private var values: [String: String] = [:]
  private var flags: Set<String> = []

  /// Takes the arguments of `command` apart. `unsupported` names options of the contract that this build does not have.
  /// Throws for an unknown or repeated option, a missing value, and more than `wordLimit` words.
  package init(
    _ arguments: [String], command: String, options: [Option], unsupported: [String] = [], wordLimit: Int = 0
  ) throws(UsageError) {
    if arguments.prefix(while: { $0 != "--" }).contains(where: { $0 == "--help" || $0 == "-h" }) {
      wantsHelp = true
      return
    }
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      if argument == "--" {
        words += rest
        break
      }
      if !argument.hasPrefix("-") || argument == "-" {
        words.append(argument)
        continue
      }
      try take(argument, &rest, command: command, options: options, unsupported: unsupported)
    }
    if words.count > wordLimit {
      throw UsageError("'\(words[wordLimit])' is one word too many for '\(command)'", command: command)
    }
  }

  private mutating func take(
    _ argument: String, _ rest: inout ArraySlice<String>, command: String, options: [Option], unsupported: [String]
  ) throws(UsageError) {
    let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let name = parts[0]
    guard let option = options.first(where: { $0.name == name }) else {
      throw Arguments.unknown(name, command: command, options: options, unsupported: unsupported)
    }
    if values[name] != nil || flags.contains(name) {
      throw UsageError("'\(name)' is given twice", command: command)
    }
    guard let placeholder = option.placeholder else {
      if parts.count > 1 { throw UsageError("'\(name)' takes no value", command: command) }
      flags.insert(name)
      return
    }
    let value = parts.count > 1 ? parts[1] : rest.popFirst()
    guard let value, !value.isEmpty, parts.count > 1 || !value.hasPrefix("--") else {
      throw UsageError("'\(name)' needs a value: \(name) \(placeholder)", command: command)
    }
    values[name] = value
  }

  private static func unknown(
    _ name: String, command: String, options: [Option], unsupported: [String]
  ) -> UsageError {
    if unsupported.contains(name) {
      return UsageError("'\(name)' is not supported by this build yet", command: command)
    }
    let names = options.map(\.name) + ["--help"]
    let near = NearestName.find(name, among: names).map { "did you mean '\($0)'?" }
    let hint = near ?? (names.count > 1 ? "its options are \(names.joined(separator: ", "))" : "it has only --help")
    return UsageError("'\(command)' has no option '\(name)'; \(hint)", command: command)
  }

  /// The value of an option; nil when it is not given.
  package func value(_ name: String) -> String? { values[name] }

  /// Whether a flag is given.
  package func has(_ name: String) -> Bool { flags.contains(name) }
}

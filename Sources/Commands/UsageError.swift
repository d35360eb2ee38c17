/// A command line that was not understood.
package struct UsageError: Error, Sendable, Hashable {
  /// What is wrong and what to write instead.
  package let message: String
  /// The command whose help tells more; nil: the overview.
  package let command: String?

  /// An error about a command's arguments.
  package init(_ message: String, command: String? = nil) {
    self.message = message
    self.command = command
  }

  /// For stderr: the message and where to read on.
  package var text: String {
    let topic = command.map { " " + $0 } ?? ""
    return "patchbay: \(message)\nSee 'patchbay help\(topic)'.\n"
  }
}

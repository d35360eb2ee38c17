import Commands

/// `patchbay serve`.
enum Serve {
  /// Runs the gateway until it is told to end.
  static func run(_ options: ServeOptions, environment: [String: String], terminal: Terminal) -> ExitCode {
    terminal.note("patchbay: 'serve' is not wired in this build")
    return .wrong
  }
}

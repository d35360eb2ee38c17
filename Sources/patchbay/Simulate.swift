import Commands

/// `patchbay simulate`.
enum Simulate {
  /// Runs the stand-in provider until it is told to end.
  static func run(_ options: SimulateOptions, environment: [String: String], terminal: Terminal) -> ExitCode {
    terminal.note("patchbay: 'simulate' is not wired in this build")
    return .wrong
  }
}

/// What a command tells the shell.
package enum ExitCode: Int32, Sendable {
  /// It did what was asked.
  case success = 0
  /// The thing asked about is wrong, or the command failed.
  case wrong = 1
  /// The command was not understood.
  case usage = 2
}

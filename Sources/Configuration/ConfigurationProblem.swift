/// One thing that is wrong with a configuration, and what to do about it. Holds no secret.
package struct ConfigurationProblem: Sendable, Hashable, CustomStringConvertible {
  /// The file it is in, as the user named it.
  package var file: String
  /// Its line, counted from 1; 0 when the whole file is meant.
  package var line: Int
  /// Its column, counted from 1; 0 when the whole file is meant.
  package var column: Int
  /// What is wrong.
  package var message: String
  /// What to do about it.
  package var remedy: String

  /// A problem.
  package init(file: String, line: Int, column: Int, message: String, remedy: String) {
    self.file = file
    self.line = line
    self.column = column
    self.message = message
    self.remedy = remedy
  }

  /// `file:line:column: message (remedy)`.
  package var description: String {
    let place = line > 0 ? "\(file):\(line):\(column)" : file
    return "\(place): \(message) (\(remedy))"
  }
}

/// Everything that is wrong with a configuration, in the order of the file.
package struct ConfigurationError: Error, Sendable, CustomStringConvertible {
  /// At least one problem.
  package let problems: [ConfigurationProblem]

  /// An error about at least one problem; they are sorted by place.
  package init(problems: [ConfigurationProblem]) {
    self.problems = problems.sorted { ($0.file, $0.line, $0.column) < ($1.file, $1.line, $1.column) }
  }

  /// One problem per line.
  package var description: String { problems.map(\.description).joined(separator: "\n") }
}

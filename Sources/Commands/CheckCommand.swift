import Catalog
import Configuration
import JSON

/// `patchbay check`: whether a configuration is valid, with every problem in it.
package struct CheckCommand: Sendable {
  private let options: CheckOptions
  private let environment: [String: String]
  private let terminal: Terminal

  /// A check of what `options` name.
  package init(_ options: CheckOptions, environment: [String: String], terminal: Terminal) {
    self.options = options
    self.environment = environment
    self.terminal = terminal
  }

  /// Checks and reports. `wrong` when the configuration is not valid.
  package func run() -> ExitCode {
    do throws(ConfigurationError) {
      let loaded = try LoadedConfiguration.load(config: options.config, environment: environment)
      let snapshot = loaded.served
      let warnings = ConfigurationReview.warnings(loaded, snapshot)
      if options.json {
        terminal.write(JSONValue.object(members(loaded, snapshot, warnings)).line)
      } else {
        terminal.write(summary(loaded, snapshot))
        for warning in warnings { terminal.write(terminal.coloured("warning", .doubtful) + ": \(warning)\n") }
      }
      return .success
    } catch {
      report(error.problems)
      return .wrong
    }
  }

  private func report(_ problems: [ConfigurationProblem]) {
    if options.json {
      let list = problems.map { problem in
        JSONValue.object([
          ("file", .string(problem.file)), ("line", .integer(problem.line)), ("column", .integer(problem.column)),
          ("message", .string(problem.message)), ("remedy", .string(problem.remedy)),
        ])
      }
      terminal.write(JSONValue.object([("valid", .bool(false)), ("problems", .array(list))]).line)
      return
    }
    for problem in problems { terminal.write("\(problem)\n") }
    let count = problems.count == 1 ? "1 problem" : "\(problems.count) problems"
    terminal.note(terminal.isColoured ? terminal.coloured(count, .bad) : count)
  }

  private func summary(_ loaded: LoadedConfiguration, _ snapshot: CatalogSnapshot) -> String {
    let configuration = loaded.configuration
    var lines: [String] = []
    switch loaded.source {
    case .file(let path): lines.append("\(path): " + terminal.coloured("valid", .good))
    case .none:
      lines.append("no configuration file: the zero-configuration mode is " + terminal.coloured("valid", .good))
      lines += (loaded.notes + ["demo/echo: built in, answers without any key"]).map { "  " + $0 }
    }
    let access = configuration.access
    lines.append(
      "  listens on \(configuration.server.listen), \(access.requireKey ? "keys required" : "no key required")")
    lines.append(
      "  \(snapshot.providers.count) providers, \(snapshot.models.count) models, \(snapshot.endpoints.count) endpoints")
    if access.requireKey {
      lines.append("  \(access.keys.count) keys and \(access.managementKeys.count) management keys in the file")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func members(
    _ loaded: LoadedConfiguration, _ snapshot: CatalogSnapshot, _ warnings: [String]
  ) -> [(key: String, value: JSONValue)] {
    let configuration = loaded.configuration
    let file: JSONValue = if case .file(let path) = loaded.source { .string(path) } else { .null }
    return [
      ("valid", .bool(true)), ("problems", .array([])), ("file", file),
      ("warnings", .array(warnings.map(JSONValue.string))), ("listen", .string(configuration.server.listen)),
      ("require_key", .bool(configuration.access.requireKey)),
      ("providers", .array(snapshot.providers.map { .string($0.slug) })), ("models", .integer(snapshot.models.count)),
      ("endpoints", .integer(snapshot.endpoints.count)), ("keys", .integer(configuration.access.keys.count)),
      ("management_keys", .integer(configuration.access.managementKeys.count)),
    ]
  }
}

extension JSONValue {
  /// The value as one line of text.
  var line: String { String(decoding: serialized(), as: UTF8.self) + "\n" }
}

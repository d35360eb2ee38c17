import Configuration
import JSON

/// `patchbay doctor`: whether the gateway will work here, and what to do when it will not.
package struct DoctorCommand: Sendable {
  private let options: DoctorOptions
  private let environment: [String: String]
  private let terminal: Terminal
  private let probes: DoctorProbes

  /// An examination for the configuration that `options` name.
  package init(_ options: DoctorOptions, environment: [String: String], terminal: Terminal, probes: DoctorProbes) {
    self.options = options
    self.environment = environment
    self.terminal = terminal
    self.probes = probes
  }

  /// Examines and reports. `wrong` when something fails.
  package func run() -> ExitCode {
    let findings = findings()
    let isWell = !findings.contains { $0.outcome == .fail }
    terminal.write(options.json ? DoctorCommand.json(findings, isWell: isWell) : report(findings))
    return isWell ? .success : .wrong
  }

  private func findings() -> [Finding] {
    do throws(ConfigurationError) {
      let loaded = try LoadedConfiguration.load(config: options.config, environment: environment)
      return Examination(loaded, probes: probes).findings()
    } catch {
      let first = error.problems.first?.description ?? ""
      let others = error.problems.count > 1 ? ", and \(error.problems.count - 1) more" : ""
      return [.fail("configuration", first + others, remedy: "run 'patchbay check' and mend what it names")]
    }
  }

  private func report(_ findings: [Finding]) -> String {
    var table = Table([("CHECK", .left), ("RESULT", .left), ("DETAIL", .left)])
    for finding in findings { table.add([finding.name, finding.outcome.rawValue, finding.detail]) }
    var text = table.text { padded, row, column in
      column == 1 ? terminal.coloured(padded, findings[row].outcome.tone) : padded
    }
    let remedies = findings.compactMap { finding in finding.remedy.map { "\(finding.name): \($0)\n" } }
    if !remedies.isEmpty { text += "\nWhat to do:\n" + remedies.map { "  " + $0 }.joined() }
    return text
  }

  private static func json(_ findings: [Finding], isWell: Bool) -> String {
    let checks = findings.map { finding in
      JSONValue.object([
        ("name", .string(finding.name)), ("outcome", .string(finding.outcome.rawValue)),
        ("detail", .string(finding.detail)), ("remedy", finding.remedy.map(JSONValue.string) ?? .null),
      ])
    }
    return JSONValue.object([("ok", .bool(isWell)), ("checks", .array(checks))]).line
  }
}

extension Finding.Outcome {
  /// The colour of the word.
  fileprivate var tone: Terminal.Tone {
    switch self {
    case .ok: .good
    case .warn: .doubtful
    case .fail: .bad
    }
  }
}

import Configuration
import JSON

/// `patchbay doctor --faults`: what callers would get when providers fail, with the user's own configuration.
package struct FaultsCommand: Sendable {
  /// Plays every check of a stage, in order, and says what came of each. Throws when the stage cannot be set.
  package typealias Play = @Sendable (FaultStage) throws -> [FaultResult]

  private let options: DoctorOptions
  private let environment: [String: String]
  private let terminal: Terminal
  private let play: Play

  /// A trial of the configuration that `options` name.
  package init(
    _ options: DoctorOptions, environment: [String: String], terminal: Terminal, play: @escaping Play
  ) {
    self.options = options
    self.environment = environment
    self.terminal = terminal
    self.play = play
  }

  /// Plays and reports. `wrong` when an answer was lost or untruthful, and when nothing could be tried.
  package func run() -> ExitCode {
    let stage: FaultStage
    do throws(ConfigurationError) {
      let loaded = try LoadedConfiguration.load(config: options.config, environment: environment)
      stage = FaultStage(loaded.configuration, loaded.snapshot)
    } catch {
      for problem in error.problems { terminal.note("\(problem)") }
      return .wrong
    }
    guard !stage.checks.isEmpty else {
      terminal.note(
        "There is no model to try: the configuration has none that writes text and that its privacy rules allow. "
          + "'patchbay models list' shows what it has.")
      return .wrong
    }
    do {
      let scorecard = FaultScorecard(stage, try play(stage))
      terminal.write(options.json ? scorecard.json.line : scorecard.text(terminal))
      return scorecard.isGood ? .success : .wrong
    } catch {
      terminal.note("The faults could not be played: \(error)")
      return .wrong
    }
  }
}

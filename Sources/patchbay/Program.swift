import Commands
import Core
import Glibc

/// The program: reads its arguments and environment, runs one command, and ends with its exit code.
enum Program {
  /// Runs the command that the arguments name.
  static func main() -> Never {
    if CommandLine.arguments.dropFirst().first.map(endsBySignal) ?? false { Signals.hold() }
    signal(SIGPIPE, SIG_IGN)
    let environment = ProcessEnvironment.read()
    let terminal = Terminal.system(environment: environment)
    let code = run(Array(CommandLine.arguments.dropFirst()), environment: environment, terminal: terminal)
    fflush(nil)
    // What libraries tidy up at a plain `exit`, OpenSSL before all, threads of a start that was cut short still use.
    _exit(code.rawValue)
  }

  /// Whether a command runs until a signal ends it, in an orderly way.
  private static func endsBySignal(_ command: String) -> Bool { command == "serve" || command == "simulate" }

  private static func run(_ arguments: [String], environment: [String: String], terminal: Terminal) -> ExitCode {
    do throws(UsageError) {
      return run(try Command.parse(arguments), environment: environment, terminal: terminal)
    } catch {
      terminal.writeError(arguments.isEmpty ? HelpTopic.overview : error.text)
      return .usage
    }
  }

  private static func run(_ command: Command, environment: [String: String], terminal: Terminal) -> ExitCode {
    switch command {
    case .serve(let options):
      FreeBlocks.keepMore(environment)
      return Serve.run(options, environment: environment, terminal: terminal)
    case .simulate(let options): return Simulate.run(options, environment: environment, terminal: terminal)
    case .check(let options): return CheckCommand(options, environment: environment, terminal: terminal).run()
    case .modelsList(let options):
      return ModelsListCommand(options, environment: environment, terminal: terminal).run()
    case .modelsImport(let options):
      let network = Network(environment: environment)
      return ModelsImportCommand(
        options, terminal: terminal, now: WallClock.seconds(), fetch: { try network.fetch($0) }
      ).run()
    case .route(let options): return RouteCommand(options, environment: environment, terminal: terminal).run()
    case .routes(let options): return RoutesCommand(options, terminal: terminal).run()
    case .doctor(let options) where options.faults:
      return FaultsCommand(
        options, environment: environment, terminal: terminal,
        play: { try FaultRun.play($0, environment: environment) }
      ).run()
    case .doctor(let options):
      let probes = DoctorProbes.system(environment: environment)
      return DoctorCommand(options, environment: environment, terminal: terminal, probes: probes).run()
    case .health(let options):
      let network = Network(environment: environment)
      return HealthCommand(options, environment: environment, terminal: terminal, ask: { try network.status($0) }).run()
    case .books(let options):
      return BooksCommand(options, environment: environment, terminal: terminal, now: WallClock.seconds()).run()
    case .help(let topic):
      terminal.write(topic?.text ?? HelpTopic.overview)
      return .success
    case .version:
      terminal.write("patchbay \(ProductVersion.current)\n")
      return .success
    }
  }
}

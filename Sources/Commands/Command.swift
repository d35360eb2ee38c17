import Core

/// A command line that was understood.
package enum Command: Sendable, Hashable {
  case serve(ServeOptions)
  case check(CheckOptions)
  case simulate(SimulateOptions)
  case doctor(DoctorOptions)
  case modelsList(ModelsListOptions)
  case modelsImport(ModelsImportOptions)
  /// The help of a command; nil: the overview.
  case help(HelpTopic?)
  case version
  case health(HealthOptions)
  case route(RouteOptions)
  /// The table of routes.
  case routes(RoutesOptions)
  /// A command about the store; its path comes from the configuration.
  case books(BooksOptions)

  /// Reads the arguments behind the program's name. Throws for everything that is not understood.
  package static func parse(_ arguments: [String]) throws(UsageError) -> Command {
    guard let name = arguments.first else { throw UsageError("a command is missing") }
    let rest = Array(arguments.dropFirst())
    switch name {
    case "--help", "-h": return .help(nil)
    case "--version", "-v": return .version
    case "help": return try help(rest)
    default: break
    }
    guard let topic = HelpTopic(rawValue: name) else { throw unknown(name) }
    switch topic {
    case .serve: return try serve(rest)
    case .check: return try check(rest)
    case .simulate: return try simulate(rest)
    case .doctor: return try doctor(rest)
    case .health: return try health(rest)
    case .models: return try models(rest)
    case .route: return try route(rest)
    case .routes: return try routes(rest)
    case .keys, .credits, .usage, .audit, .store, .explain: return try books(topic, rest)
    case .version: return try version(rest)
    case .help: return try help(rest)
    }
  }

  private static func unknown(_ name: String) -> UsageError {
    let near = NearestName.find(name, among: HelpTopic.allCases.map(\.rawValue))
    let hint = near.map { "; did you mean '\($0)'?" } ?? ""
    return UsageError(
      name.hasPrefix("-")
        ? "a command comes before the option '\(name)'\(hint)" : "there is no command '\(name)'\(hint)")
  }

  private static func help(_ arguments: [String]) throws(UsageError) -> Command {
    let parsed = try Arguments(arguments, command: "help", options: [], wordLimit: 2)
    guard !parsed.wantsHelp, let word = parsed.words.first else { return .help(parsed.wantsHelp ? .help : nil) }
    guard let topic = HelpTopic(rawValue: word) else { throw unknown(word) }
    if ![.models, .keys, .credits, .audit, .store].contains(topic), parsed.words.count > 1 {
      throw UsageError("'\(parsed.words[1])' is one word too many for 'help'", command: "help")
    }
    return .help(topic)
  }

  private static func version(_ arguments: [String]) throws(UsageError) -> Command {
    let parsed = try Arguments(arguments, command: "version", options: [])
    return parsed.wantsHelp ? .help(.version) : .version
  }

  private static func serve(_ arguments: [String]) throws(UsageError) -> Command {
    let parsed = try Arguments(
      arguments, command: "serve", options: [.value("--config", "FILE"), .value("--listen", "HOST:PORT")])
    if parsed.wantsHelp { return .help(.serve) }
    let listen = try parsed.address("--listen", command: "serve")
    return .serve(ServeOptions(config: parsed.value("--config"), listen: listen))
  }

  private static func check(_ arguments: [String]) throws(UsageError) -> Command {
    let parsed = try Arguments(arguments, command: "check", options: [.value("--config", "FILE"), .flag("--json")])
    if parsed.wantsHelp { return .help(.check) }
    return .check(CheckOptions(config: parsed.value("--config"), json: parsed.has("--json")))
  }

  private static func doctor(_ arguments: [String]) throws(UsageError) -> Command {
    let parsed = try Arguments(
      arguments, command: "doctor", options: [.value("--config", "FILE"), .flag("--json"), .flag("--faults")])
    if parsed.wantsHelp { return .help(.doctor) }
    return .doctor(
      DoctorOptions(config: parsed.value("--config"), json: parsed.has("--json"), faults: parsed.has("--faults")))
  }

  private static func health(_ arguments: [String]) throws(UsageError) -> Command {
    let parsed = try Arguments(
      arguments, command: "health",
      options: [.value("--config", "FILE"), .value("--listen", "HOST:PORT"), .value("--url", "URL")])
    if parsed.wantsHelp { return .help(.health) }
    let listen = try parsed.address("--listen", command: "health")
    return .health(HealthOptions(config: parsed.value("--config"), listen: listen, url: parsed.value("--url")))
  }

  private static func route(_ arguments: [String]) throws(UsageError) -> Command {
    let parsed = try Arguments(
      arguments, command: "route",
      options: [
        .value("--model", "ID"), .value("--request", "FILE"), .value("--config", "FILE"), .flag("--json"),
      ])
    if parsed.wantsHelp { return .help(.route) }
    let options = RouteOptions(
      model: parsed.value("--model"), request: parsed.value("--request"), config: parsed.value("--config"),
      json: parsed.has("--json"))
    if options.model == nil, options.request == nil {
      throw UsageError("'route' needs --model ID, or --request FILE with a model in it", command: "route")
    }
    return .route(options)
  }

  private static func routes(_ arguments: [String]) throws(UsageError) -> Command {
    let parsed = try Arguments(arguments, command: "routes", options: [.flag("--json")])
    return parsed.wantsHelp ? .help(.routes) : .routes(RoutesOptions(json: parsed.has("--json")))
  }

  private static func models(_ arguments: [String]) throws(UsageError) -> Command {
    guard let name = arguments.first else {
      throw UsageError("'models' needs a word: 'models list' or 'models import'", command: "models")
    }
    let rest = Array(arguments.dropFirst())
    switch name {
    case "list":
      let parsed = try Arguments(rest, command: "models list", options: [.value("--config", "FILE"), .flag("--json")])
      if parsed.wantsHelp { return .help(.models) }
      return .modelsList(ModelsListOptions(config: parsed.value("--config"), json: parsed.has("--json")))
    case "import":
      let parsed = try Arguments(
        rest, command: "models import", options: [.value("--from", "FILE|URL"), .value("--to", "FILE")])
      if parsed.wantsHelp { return .help(.models) }
      guard let source = parsed.value("--from") else {
        throw UsageError("'models import' needs --from FILE|URL", command: "models")
      }
      return .modelsImport(ModelsImportOptions(source: source, target: parsed.value("--to")))
    case "--help", "-h": return .help(.models)
    default:
      let hint = NearestName.find(name, among: ["list", "import"]).map { "; did you mean 'models \($0)'?" } ?? ""
      throw UsageError("there is no command 'models \(name)'\(hint)", command: "models")
    }
  }
}

import Core
import Ledger

extension Command {
  private static let common: [Arguments.Option] = [.value("--config", "FILE"), .flag("--json")]

  /// Reads the arguments of a command about the store.
  static func books(_ topic: HelpTopic, _ arguments: [String]) throws(UsageError) -> Command {
    switch topic {
    case .keys: try keys(arguments)
    case .credits: try credits(arguments)
    case .usage: try usage(arguments)
    case .audit: try audit(arguments)
    case .store: try store(arguments)
    default: try explain(arguments)
    }
  }

  private static func make(_ action: BooksOptions.Action, _ parsed: Arguments) -> Command {
    .books(BooksOptions(action, config: parsed.value("--config"), json: parsed.has("--json")))
  }

  /// The word behind a command's name that says what to do.
  private static func verb(
    _ arguments: [String], _ topic: HelpTopic, _ known: [String], default standard: String?
  ) throws(UsageError) -> (verb: String, rest: [String]) {
    let list = known.map { "'\(topic.rawValue) \($0)'" }.joined(separator: ", ")
    guard let first = arguments.first, !first.hasPrefix("-") else {
      if let standard { return (standard, arguments) }
      if arguments.contains("--help") || arguments.contains("-h") { return ("", arguments) }
      throw UsageError("'\(topic.rawValue)' needs a word: \(list)", command: topic.rawValue)
    }
    guard known.contains(first) else {
      let hint = NearestName.find(first, among: known).map { "; did you mean '\(topic.rawValue) \($0)'?" } ?? ""
      throw UsageError("there is no command '\(topic.rawValue) \(first)'\(hint)", command: topic.rawValue)
    }
    return (first, Array(arguments.dropFirst()))
  }

  private static func keys(_ arguments: [String]) throws(UsageError) -> Command {
    let known = ["create", "list", "show", "disable", "enable", "rotate", "delete"]
    let (verb, rest) = try verb(arguments, .keys, known, default: nil)
    let command = "keys \(verb)"
    if verb.isEmpty { return .help(.keys) }
    if verb == "create" { return try createKey(rest) }
    if verb == "list" {
      let parsed = try Arguments(rest, command: command, options: common + [.flag("--all")])
      return parsed.wantsHelp ? .help(.keys) : make(.keysList(includeDisabled: parsed.has("--all")), parsed)
    }
    let options = verb == "rotate" ? common + [.value("--grace", "DURATION")] : common
    let parsed = try Arguments(rest, command: command, options: options, wordLimit: 1)
    if parsed.wantsHelp { return .help(.keys) }
    guard let key = parsed.words.first else {
      throw UsageError("'\(command)' needs the name or the hash of a key", command: "keys")
    }
    switch verb {
    case "show": return make(.keysShow(key), parsed)
    case "disable": return make(.keysDisable(key), parsed)
    case "enable": return make(.keysEnable(key), parsed)
    case "delete": return make(.keysDelete(key), parsed)
    default:
      let grace = try parsed.duration("--grace", command: "keys") ?? 86_400
      return make(.keysRotate(key, graceSeconds: grace), parsed)
    }
  }

  private static func createKey(_ arguments: [String]) throws(UsageError) -> Command {
    let parsed = try Arguments(
      arguments, command: "keys create",
      options: common + [
        .value("--name", "NAME"), .value("--limit", "USD"), .value("--reset", "daily|weekly|monthly"),
        .value("--requests-per-minute", "N"), .value("--tokens-per-minute", "N"), .value("--max-concurrent", "N"),
        .value("--models", "ID,ID"), .value("--providers", "SLUG,SLUG"), .flag("--zdr"),
        .value("--expires-in", "DURATION"), .value("--workspace", "SLUG"), .flag("--management"),
      ])
    if parsed.wantsHelp { return .help(.keys) }
    guard let name = parsed.value("--name") else {
      throw UsageError("'keys create' needs --name NAME", command: "keys")
    }
    var draft = KeyDraft(name: name)
    draft.role = parsed.has("--management") ? .management : .user
    draft.limits.limit = try parsed.dollars("--limit", command: "keys")
    draft.limits.reset = try parsed.choice(
      "--reset", command: "keys", LimitReset.init(rawValue:), LimitReset.allCases.map(\.rawValue))
    draft.limits.requestsPerMinute = try parsed.integer("--requests-per-minute", in: 1...1_000_000_000, command: "keys")
      .map(Int64.init)
    draft.limits.tokensPerMinute = try parsed.integer("--tokens-per-minute", in: 1...1_000_000_000, command: "keys")
      .map(Int64.init)
    draft.limits.maxConcurrent = try parsed.integer("--max-concurrent", in: 1...1_000_000_000, command: "keys").map(
      Int64.init)
    draft.limits.allowedModels = try parsed.words("--models", command: "keys")
    draft.limits.allowedProviders = try parsed.words("--providers", command: "keys")
    draft.limits.zdr = parsed.has("--zdr")
    draft.expiresInSeconds = try parsed.duration("--expires-in", command: "keys")
    draft.workspace = parsed.value("--workspace")
    if draft.limits.reset != nil, draft.limits.limit == nil {
      throw UsageError("'--reset' needs a limit: --limit USD", command: "keys")
    }
    return make(.keysCreate(draft), parsed)
  }

  private static func credits(_ arguments: [String]) throws(UsageError) -> Command {
    let (verb, rest) = try verb(arguments, .credits, ["show", "add", "subtract"], default: "show")
    if verb == "show" {
      let parsed = try Arguments(rest, command: "credits show", options: common)
      return parsed.wantsHelp ? .help(.credits) : make(.creditsShow, parsed)
    }
    let parsed = try Arguments(
      rest, command: "credits \(verb)", options: common + [.value("--note", "TEXT")], wordLimit: 1)
    if parsed.wantsHelp { return .help(.credits) }
    guard let text = parsed.words.first, let amount = Money(decimal: text), amount > .zero else {
      throw UsageError("'credits \(verb)' needs an amount in USD, such as 'credits \(verb) 25'", command: "credits")
    }
    guard let note = parsed.value("--note") else {
      throw UsageError("'credits \(verb)' needs --note TEXT, for whoever reads the books", command: "credits")
    }
    return make(.creditsAdd(amount, isNegative: verb == "subtract", note: note), parsed)
  }

  private static func usage(_ arguments: [String]) throws(UsageError) -> Command {
    let groupings = UsageGrouping.allCases.map(\.rawValue)
    let parsed = try Arguments(
      arguments, command: "usage",
      options: common + [.value("--by", groupings.joined(separator: "|")), .value("--days", "N"), .flag("--csv")])
    if parsed.wantsHelp { return .help(.usage) }
    let grouping = try parsed.choice("--by", command: "usage", UsageGrouping.init(rawValue:), groupings) ?? .day
    let days = try parsed.integer("--days", in: 1...36_500, command: "usage") ?? 30
    if parsed.has("--csv"), parsed.has("--json") {
      throw UsageError("'--csv' and '--json' exclude each other", command: "usage")
    }
    return make(.usage(by: grouping, days: Int64(days), csv: parsed.has("--csv")), parsed)
  }

  private static func audit(_ arguments: [String]) throws(UsageError) -> Command {
    if arguments.first == "log" {
      let parsed = try Arguments(Array(arguments.dropFirst()), command: "audit log", options: common)
      return parsed.wantsHelp ? .help(.audit) : make(.auditLog, parsed)
    }
    let parsed = try Arguments(
      arguments, command: "audit",
      options: common + [.value("--compare", "FILE.csv"), .value("--provider", "SLUG")])
    if parsed.wantsHelp { return .help(.audit) }
    if parsed.value("--provider") != nil, parsed.value("--compare") == nil {
      throw UsageError("'--provider' belongs to --compare FILE.csv", command: "audit")
    }
    return make(.audit(compare: parsed.value("--compare"), provider: parsed.value("--provider")), parsed)
  }

  private static func store(_ arguments: [String]) throws(UsageError) -> Command {
    let (verb, rest) = try verb(arguments, .store, ["check"], default: nil)
    let parsed = try Arguments(rest, command: "store check", options: common)
    return parsed.wantsHelp || verb.isEmpty ? .help(.store) : make(.storeCheck, parsed)
  }

  private static func explain(_ arguments: [String]) throws(UsageError) -> Command {
    let parsed = try Arguments(arguments, command: "explain", options: common, wordLimit: 1)
    if parsed.wantsHelp { return .help(.explain) }
    guard let id = parsed.words.first else {
      throw UsageError("'explain' needs the id of a generation: patchbay explain gen-...", command: "explain")
    }
    return make(.explain(id), parsed)
  }
}

extension Arguments {
  /// The value of an option as an amount in USD; nil when it is not given.
  fileprivate func dollars(_ name: String, command: String) throws(UsageError) -> Money? {
    guard let text = value(name) else { return nil }
    guard let amount = Money(decimal: text) else {
      throw UsageError("'\(name) \(text)' is not an amount in USD, such as 5 or 2.50", command: command)
    }
    return amount
  }

  /// The value of an option as a time in seconds: `90s`, `15m`, `24h`, `30d`; nil when it is not given.
  fileprivate func duration(_ name: String, command: String) throws(UsageError) -> Int64? {
    guard let text = value(name) else { return nil }
    let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
    guard let last = text.last, let unit = units[last], let count = Int64(text.dropLast()),
      (0...100_000_000).contains(count),
      count * unit <= 3_155_760_000
    else { throw UsageError("'\(name) \(text)' is not a time such as 90s, 15m, 24h or 30d", command: command) }
    return count * unit
  }

  /// The value of an option that is one of a few words; nil when it is not given.
  fileprivate func choice<Value>(
    _ name: String, command: String, _ make: (String) -> Value?, _ known: [String]
  ) throws(UsageError) -> Value? {
    guard let text = value(name) else { return nil }
    guard let value = make(text) else {
      let hint = NearestName.find(text, among: known).map { "; did you mean '\($0)'?" } ?? ""
      throw UsageError(
        "'\(name) \(text)' is not one of \(known.joined(separator: ", "))\(hint)", command: command)
    }
    return value
  }
}

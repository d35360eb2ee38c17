import Core

extension Command {
  private static let simulateOptions: [Arguments.Option] = [
    .value("--listen", "HOST:PORT"), .value("--models", "NAME,NAME"), .value("--ttft-ms", "MS"),
    .value("--tokens-per-second", "N"), .value("--answer-tokens", "N"), .value("--fail-rate", "0.1"),
    .value("--fail-status", "STATUS"), .value("--script", "FILE"), .value("--api-key", "KEY"), .value("--seed", "N"),
    .value("--aws-access-key", "ID"), .value("--aws-secret-key", "KEY"), .value("--google-public-key", "FILE"),
    .value("--token-seconds", "N"), .flag("--json-log"),
  ]

  /// Reads the arguments of `simulate`.
  static func simulate(_ arguments: [String]) throws(UsageError) -> Command {
    let command = HelpTopic.simulate.rawValue
    let parsed = try Arguments(arguments, command: command, options: simulateOptions)
    if parsed.wantsHelp { return .help(.simulate) }
    var options = SimulateOptions()
    options.listen = try parsed.address("--listen", command: command) ?? options.listen
    options.models = try parsed.words("--models", command: command)
    options.firstTokenMilliseconds = try parsed.integer("--ttft-ms", in: 0...3_600_000, command: command)
    options.tokensPerSecond = try parsed.integer("--tokens-per-second", in: 0...1_000_000, command: command)
    options.answerTokens = try parsed.integer("--answer-tokens", in: 1...1_000_000, command: command)
    options.failRate = try parsed.fraction("--fail-rate", command: command)
    options.failStatus = try parsed.integer("--fail-status", in: 400...599, command: command)
    options.script = parsed.value("--script")
    options.apiKey = parsed.value("--api-key").map(Secret.init)
    options.seed = try parsed.integer("--seed", in: 0...Int.max, command: command).map(UInt64.init)
    options.awsAccessKey = parsed.value("--aws-access-key").map(Secret.init)
    options.awsSecretKey = parsed.value("--aws-secret-key").map(Secret.init)
    if (options.awsAccessKey == nil) != (options.awsSecretKey == nil) {
      throw UsageError("'--aws-access-key' and '--aws-secret-key' go together", command: command)
    }
    options.googlePublicKey = parsed.value("--google-public-key")
    options.tokenSeconds = try parsed.integer("--token-seconds", in: 1...86_400, command: command)
    options.jsonLog = parsed.has("--json-log")
    return .simulate(options)
  }
}

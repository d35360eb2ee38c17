import Commands
import Core
import Ledger
import Testing

@Suite("Command lines")
struct CommandTests {
  struct Row: Sendable, CustomTestStringConvertible {
    let line: String
    let command: Command
    var testDescription: String { line }
  }

  private static var simulation: SimulateOptions {
    var options = SimulateOptions()
    options.listen = "127.0.0.1:0"
    options.models = ["a", "b/c"]
    options.firstTokenMilliseconds = 5
    options.tokensPerSecond = 50
    options.answerTokens = 10
    options.failRate = 0.25
    options.failStatus = 503
    options.script = "s.json"
    options.apiKey = Secret("k")
    options.seed = 7
    options.awsAccessKey = Secret("AKIA")
    options.awsSecretKey = Secret("s")
    options.googlePublicKey = "p.pem"
    options.tokenSeconds = 60
    options.jsonLog = true
    return options
  }

  static let understood: [Row] = [
    Row(line: "serve", command: .serve(ServeOptions())),
    Row(line: "serve --config a.yaml --listen :80", command: .serve(ServeOptions(config: "a.yaml", listen: ":80"))),
    Row(line: "serve --config=a=b.yaml", command: .serve(ServeOptions(config: "a=b.yaml"))),
    Row(line: "check --json", command: .check(CheckOptions(json: true))),
    Row(line: "doctor --config -", command: .doctor(DoctorOptions(config: "-"))),
    Row(line: "doctor --json --faults", command: .doctor(DoctorOptions(json: true, faults: true))),
    Row(line: "models list --json --config x", command: .modelsList(ModelsListOptions(config: "x", json: true))),
    Row(line: "models import --from f", command: .modelsImport(ModelsImportOptions(source: "f"))),
    Row(
      line: "models import --from https://x/y --to o.yaml",
      command: .modelsImport(ModelsImportOptions(source: "https://x/y", target: "o.yaml"))),
    Row(line: "keys list --all --json", command: .books(BooksOptions(.keysList(includeDisabled: true), json: true))),
    Row(line: "keys rotate ci", command: .books(BooksOptions(.keysRotate("ci", graceSeconds: 86_400)))),
    Row(line: "keys --help", command: .help(.keys)), Row(line: "help keys create", command: .help(.keys)),
    Row(line: "credits", command: .books(BooksOptions(.creditsShow))),
    Row(
      line: "credits subtract 2.5 --note x --config c",
      command: .books(
        BooksOptions(.creditsAdd(Money(units: 2_500_000_000_000), isNegative: true, note: "x"), config: "c"))),
    Row(line: "usage --by key --days 7 --csv", command: .books(BooksOptions(.usage(by: .key, days: 7, csv: true)))),
    Row(line: "audit log", command: .books(BooksOptions(.auditLog))),
    Row(
      line: "audit --compare f.csv --provider p",
      command: .books(BooksOptions(.audit(compare: "f.csv", provider: "p")))),
    Row(line: "store check", command: .books(BooksOptions(.storeCheck))),
    Row(line: "explain gen-1 --json", command: .books(BooksOptions(.explain("gen-1"), json: true))),
    Row(line: "health", command: .health(HealthOptions())),
    Row(line: "route --model a/b", command: .route(RouteOptions(model: "a/b"))),
    Row(
      line: "route --request r.json --config c --json",
      command: .route(RouteOptions(request: "r.json", config: "c", json: true))),
    Row(line: "route --help", command: .help(.route)),
    Row(line: "health --listen :1", command: .health(HealthOptions(listen: ":1"))),
    Row(line: "health --url http://h/", command: .health(HealthOptions(url: "http://h/"))),
    Row(line: "simulate", command: .simulate(SimulateOptions())),
    Row(
      line: "simulate --listen 127.0.0.1:0 --models a,b/c --ttft-ms 5 --tokens-per-second 50 --answer-tokens 10 "
        + "--fail-rate 0.25 --fail-status 503 --script s.json --api-key k --seed 7 --aws-access-key AKIA "
        + "--aws-secret-key s --google-public-key p.pem --token-seconds 60 --json-log",
      command: .simulate(simulation)),
    Row(line: "help", command: .help(nil)), Row(line: "--help", command: .help(nil)),
    Row(line: "-h", command: .help(nil)),
    Row(line: "help serve", command: .help(.serve)), Row(line: "help models import", command: .help(.models)),
    Row(line: "serve --help", command: .help(.serve)), Row(line: "check -h --nonsense", command: .help(.check)),
    Row(line: "models --help", command: .help(.models)), Row(line: "models import -h", command: .help(.models)),
    Row(line: "version", command: .version), Row(line: "--version", command: .version),
  ]

  @Test("A command line becomes a value", arguments: understood)
  func understands(_ row: Row) throws {
    #expect(try Command.parse(row.line.split(separator: " ").map(String.init)) == row.command)
  }

  @Test(
    "What is not understood names what is wrong and the nearest known word",
    arguments: [
      ("", "a command is missing"), ("serv", "there is no command 'serv'; did you mean 'serve'?"),
      ("xyzzy", "there is no command 'xyzzy'"), ("--config x", "a command comes before the option '--config'"),
      ("keys", "'keys' needs a word: 'keys create', 'keys list'"),
      ("keys lst", "there is no command 'keys lst'; did you mean 'keys list'?"),
      ("keys create", "'keys create' needs --name NAME"),
      ("keys show", "'keys show' needs the name or the hash of a key"),
      ("keys create --name x --limit five", "'--limit five' is not an amount in USD"),
      (
        "keys create --name x --limit 5 --reset dayly",
        "'--reset dayly' is not one of daily, weekly, monthly; did you mean"
      ),
      ("keys create --name x --reset daily", "'--reset' needs a limit"),
      ("keys rotate x --grace soon", "'--grace soon' is not a time"), ("keys list x", "'x' is one word too many"),
      ("credits add", "'credits add' needs an amount in USD"),
      ("credits add -5 --note x", "'credits add' has no option '-5'"),
      ("credits add 5", "'credits add' needs --note TEXT"),
      ("usage --by colour", "'--by colour' is not one of day, key"),
      ("usage --csv --json", "'--csv' and '--json' exclude each other"),
      ("audit --provider x", "'--provider' belongs to --compare"), ("store", "'store' needs a word: 'store check'"),
      ("explain", "'explain' needs the id of a generation"),
      ("serve --lisen x", "'serve' has no option '--lisen'; did you mean '--listen'?"),
      ("serve -x", "'serve' has no option '-x'"),
      ("serve --zzz", "'serve' has no option '--zzz'; its options are --config, --listen, --help"),
      ("version --json", "'version' has no option '--json'; it has only --help"),
      ("serve --config", "'--config' needs a value: --config FILE"),
      ("serve --config --listen :1", "'--config' needs a value"), ("serve --config=", "'--config' needs a value"),
      ("serve --config a --config b", "'--config' is given twice"), ("check --json --json", "'--json' is given twice"),
      ("check --json=1", "'--json' takes no value"), ("check extra", "'extra' is one word too many for 'check'"),
      ("check -- --json", "'--json' is one word too many for 'check'"),
      ("serve --listen 80", "'--listen 80' has no port"),
      ("doctor --fault", "'doctor' has no option '--fault'; did you mean '--faults'?"),
      ("models", "'models' needs a word"),
      ("models lst", "there is no command 'models lst'; did you mean 'models list'?"),
      ("models import", "'models import' needs --from FILE|URL"),
      ("simulate --fail-rate 2", "'--fail-rate 2' is not a number from 0 to 1"),
      ("simulate --fail-rate nan", "'--fail-rate nan' is not a number from 0 to 1"),
      ("simulate --fail-status 200", "'--fail-status 200' is not a whole number from 400 to 599"),
      ("simulate --aws-access-key AKIA", "'--aws-access-key' and '--aws-secret-key' go together"),
      ("simulate --models ,", "'--models' names nothing"), ("simulate --seed -1", "'--seed -1' is not a whole number"),
      ("help hlp", "there is no command 'hlp'; did you mean 'help'?"), ("help serve now", "'now' is one word too many"),
    ])
  func refuses(line: String, says: String) {
    let error = #expect(throws: UsageError.self) { try Command.parse(line.split(separator: " ").map(String.init)) }
    #expect(error?.message.hasPrefix(says) == true, "\(error?.message ?? "")")
  }

  @Test("Every option of a command stands in its help, and every help fits on a terminal")
  func helpIsComplete() {
    let options: [(HelpTopic, [String])] = [
      (.serve, ["--config", "--listen"]), (.routes, ["--json"]), (.check, ["--config", "--json"]),
      (.doctor, ["--config", "--json", "--faults"]),
      (.health, ["--config", "--listen", "--url"]),
      (.models, ["--config", "--json", "--from", "--to"]),
      (
        .keys,
        [
          "--config", "--json", "--name", "--limit", "--reset", "--requests-per-minute", "--tokens-per-minute",
          "--max-concurrent", "--models", "--providers", "--zdr", "--expires-in", "--workspace", "--management",
          "--all",
          "--grace",
        ]
      ),
      (.credits, ["--config", "--json", "--note"]), (.usage, ["--config", "--json", "--by", "--days", "--csv"]),
      (.audit, ["--config", "--json", "--compare", "--provider"]), (.store, ["--config", "--json"]),
      (.explain, ["--config", "--json"]),
      (
        .simulate,
        [
          "--listen", "--models", "--ttft-ms", "--tokens-per-second", "--answer-tokens", "--fail-rate", "--fail-status",
          "--script", "--api-key", "--seed", "--json-log",
        ]
      ),
    ]
    for (topic, names) in options {
      for name in names { #expect(topic.text.contains(name), "\(topic) \(name)") }
      #expect(topic.text.contains("Example"))
    }
    for topic in HelpTopic.allCases {
      #expect(topic.text.hasPrefix("Usage: patchbay \(topic.rawValue)"))
      #expect(HelpTopic.overview.contains("\n  \(topic.rawValue) "))
      for line in topic.text.split(separator: "\n") { #expect(line.count <= 100, "\(line)") }
    }
  }

  @Test("A usage error points to the help")
  func pointsToHelp() {
    #expect(UsageError("no", command: "serve").text == "patchbay: no\nSee 'patchbay help serve'.\n")
    #expect(UsageError("no").text == "patchbay: no\nSee 'patchbay help'.\n")
  }
}

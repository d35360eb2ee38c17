import Catalog
import Commands
import Configuration
import Core
import JSON
import Ledger
import Testing

@Suite("patchbay doctor --faults")
struct FaultScorecardTests {
  private static let document = """
    access: { management_keys: ["m-0123456789abcdef"] }
    routing: { timeouts: { idle_ms: 30000 } }
    providers:
      - { slug: alpha, name: Alpha, base_url: "https://alpha.example/v1", api_key: sk-secret-1, headers: { x: sk-secret-2 } }
      - { slug: beta, name: Beta, base_url: "https://beta.example/v1", proxy: "http://sk-secret-3@127.0.0.1:9" }
    models:
      - id: test/chain
        fallbacks: [test/two, test/unknown]
        endpoints: [{ provider: beta }]
      - id: test/two
        endpoints:
          - { provider: alpha, pricing: { prompt: 1, completion: 2 }, prefill: true }
          - { provider: beta, pricing: { prompt: 3, completion: 4 } }
    """

  private func stage(_ document: String = document) throws -> FaultStage {
    let configuration = try ConfigurationLoader.parse(
      Array(document.utf8), file: "p.yaml", environment: [:], known: [],
      readFile: { (_, _) throws(SystemFailure) in throw SystemFailure("open", code: 2) })
    return FaultStage(
      configuration,
      CatalogSnapshot.build(configuration: configuration, shipped: ShippedCatalog(), discovered: []))
  }

  // MARK: Stage

  @Test("Subjects of all kinds are found among the user's models; a chain may come from the configuration")
  func subjects() throws {
    let stage = try stage()
    #expect(stage.subjects.map(\.kind) == [.several, .single, .chain])
    #expect(stage.subjects.map(\.ids) == [["test/two"], ["test/chain"], ["test/chain", "test/two"]])
    #expect(stage.subjects[2].isNamedByRequest == false)
    let unchained = try self.stage(
      FaultScorecardTests.document.replacing("fallbacks: [test/two, test/unknown]", with: ""))
    #expect(unchained.subjects[2].isNamedByRequest)
    #expect(unchained.checks.last?.requestedModels.count == 2)
  }

  @Test("Endpoints that the gateway's privacy rules exclude are not tried")
  func privacy() throws {
    let none = try stage(FaultScorecardTests.document + "\nprivacy: { zdr: true }")
    #expect(none.checks.isEmpty)
    let data = "data_policy: { training: false }, proxy"
    let some = try stage(
      FaultScorecardTests.document.replacing("proxy", with: data) + "\nprivacy: { data_collection: deny }")
    #expect(some.subjects.map(\.kind) == [.single, .chain])
  }

  @Test("Every check has endpoints of its own, at the simulator, and nothing secret comes along")
  func configuration() throws {
    let stage = try stage()
    let configuration = stage.configuration(simulator: "127.0.0.1:4711")
    #expect(configuration.providers.map(\.baseURL) == ["alpha", "beta"].map { "http://127.0.0.1:4711/\($0)/v1" })
    for provider in configuration.providers {
      #expect(provider.apiKey?.reveal() == "simulated")
      #expect(provider.headers.isEmpty && provider.proxy == nil)
    }
    #expect(!configuration.access.requireKey && configuration.access.managementKeys.isEmpty)
    let places = configuration.models.flatMap(\.endpoints).map(\.upstreamModel)
    #expect(Set(places).count == places.count)
    #expect(Set(places) == Set(stage.places.map(\.upstreamModel)))
    let ids = Set(configuration.models.map(\.id))
    for check in stage.checks { #expect(check.requestedModels.allSatisfy(ids.contains)) }
    #expect(configuration.models.flatMap(\.fallbacks).allSatisfy(ids.contains))
    #expect(configuration.models.contains { $0.endpoints.contains { $0.prefill } })
  }

  @Test("The endpoint asked first fails; of a chain the whole first model, of a refused request every endpoint")
  func reach() throws {
    let stage = try stage()
    func check(_ name: String, _ kind: FaultSubject.Kind) throws -> Int {
      try #require(stage.checks.first { $0.fault.name == name && $0.subject.kind == kind }).index
    }
    func faults(_ check: Int, _ model: Int, _ endpoint: Int, first: Int) -> String {
      stage.faults(
        at: FaultStage.Place(check: check, model: model, endpoint: endpoint),
        first: FaultStage.Place(check: check, model: 0, endpoint: first))
    }
    let overload = try check("503", .several)
    #expect(faults(overload, 0, 1, first: 1) == "status=503")
    #expect(faults(overload, 0, 0, first: 1) == "")
    let refused = try check("prefill refused", .several)
    #expect(faults(refused, 0, 0, first: 0) == "cut=5" && faults(refused, 0, 1, first: 0) == "no-prefill")
    let long = try check("context length", .several)
    #expect(faults(long, 0, 1, first: 0) == "context-length")
    let chain = try check("503", .chain)
    #expect(faults(chain, 0, 0, first: 0) == "status=503" && faults(chain, 1, 0, first: 0) == "")
    #expect(!stage.checks.contains { $0.fault.needsSeveral && $0.subject.kind != .several })
  }

  @Test("Places survive the way through an upstream model's name; anything else is none")
  func places() {
    let place = FaultStage.Place(check: 12, model: 0, endpoint: 3)
    #expect(FaultStage.Place(upstreamModel: place.upstreamModel) == place)
    for other in ["", "1.2", "1.2.3.4", "a.b.c", "gpt-4.1.0", "1..2"] {
      #expect(FaultStage.Place(upstreamModel: other) == nil)
    }
  }

  @Test("Waits are divided so that the longest silence is short, and never made longer")
  func pace() {
    let usual = TimeoutSettings()
    let pace = FaultPace(usual)
    let timeouts = pace.timeouts(usual)
    #expect(pace.divisor == 40)
    #expect(timeouts.firstTokenMilliseconds == 1500 && timeouts.firstTokenFallbackMilliseconds == 300)
    #expect(timeouts.idleMilliseconds == 1500 && timeouts.idleFallbackMilliseconds == 625)
    #expect(timeouts.totalMilliseconds == 15_000 && timeouts.connectMilliseconds == 2000)
    let short = TimeoutSettings(
      connectMilliseconds: 10, firstTokenMilliseconds: 100, firstTokenFallbackMilliseconds: 50, idleMilliseconds: 1500,
      idleFallbackMilliseconds: 20, totalMilliseconds: 900)
    #expect(FaultPace(short).timeouts(short) == short)
    let patient = RetrySettings(backoffMilliseconds: 100...60_000, waitForModelMilliseconds: 60_000)
    #expect(pace.retry(patient).backoffMilliseconds == 100...2000)
    #expect(pace.retry(patient).waitForModelMilliseconds == 3000)
    #expect(pace.retry(RetrySettings()) == RetrySettings())
  }

  // MARK: Verdicts

  private static let text = "one two"

  private func stream(_ events: String..., problem: String? = nil) -> FaultObservation {
    FaultObservation(
      status: 200, contentType: "text/event-stream", retryAfter: nil,
      body: Array((": PATCHBAY PROCESSING\n\n" + events.map { "data: \($0)\n\n" }.joined()).utf8), problem: problem)
  }

  private static let one = #"{"provider":"Alpha","choices":[{"delta":{"content":"one"},"finish_reason":null}]}"#
  private static let two = #"{"choices":[{"delta":{"content":" two"},"finish_reason":"stop"}]}"#
  private static let error = #"{"error":{"code":502,"message":"cut"},"choices":[{"delta":{},"finish_reason":"error"}]}"#
  private static let usage = #"{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"cost":0.000007}}"#

  private func verdict(_ observation: FaultObservation, account: FaultAccount? = nil) -> FaultVerdict {
    observation.judged(expecting: FaultScorecardTests.text, isStream: true, account: account).verdict
  }

  @Test("A whole answer survived; one that was cut and said so was told; anything that hides it is lost")
  func streams() {
    let (one, two, error) = (FaultScorecardTests.one, FaultScorecardTests.two, FaultScorecardTests.error)
    #expect(verdict(stream(one, two, "[DONE]")) == .survived)
    #expect(verdict(stream(one, error)) == .told)
    #expect(verdict(stream(error)) == .told)
    #expect(verdict(stream(one, error, "[DONE]")) == .lost)
    #expect(verdict(stream(one, "[DONE]")) == .lost, "no finish reason")
    #expect(verdict(stream(one, two)) == .lost, "no terminator")
    #expect(verdict(stream(one, two, "[DONE]", "[DONE]")) == .lost)
    #expect(verdict(stream(one, one, two, "[DONE]")) == .lost, "text that was said twice")
    #expect(verdict(stream(two, error)) == .lost, "not the beginning")
    #expect(verdict(stream(one, two, "[DONE]", problem: "reset")) == .lost)
    #expect(verdict(stream(one, "{\"cho", "[DONE]")) == .lost)
    #expect(verdict(FaultObservation(problem: "no answer within 30 s")) == .lost)
  }

  @Test(
    "Whole answers and errors",
    arguments: [
      (200, #"{"choices":[{"message":{"content":"one two"},"finish_reason":"stop"}]}"#, FaultVerdict.survived),
      (200, #"{"choices":[{"message":{"content":"one"},"finish_reason":"stop"}]}"#, .lost),
      (200, #"{"choices":[{"message":{"content":"one two"}}]}"#, .lost), (200, "", .lost), (200, "<html>", .lost),
      (429, #"{"error":{"code":429,"message":"wait"}}"#, .told), (502, #"{"error":{"code":429,"message":""}}"#, .lost),
      (503, "{}", .lost), (200, #"{"error":{"code":502,"message":"x"}}"#, .told),
    ])
  func documents(status: Int, body: String, verdict: FaultVerdict) {
    let observation = FaultObservation(
      status: status, contentType: "application/json", retryAfter: status == 429 ? "7" : nil, body: Array(body.utf8))
    let judged = observation.judged(expecting: FaultScorecardTests.text, isStream: false)
    #expect(judged.verdict == verdict)
    if status == 429 { #expect(judged.words == "error 429, to try again in 7 s") }
  }

  @Test("Tokens and cost are held against the provider's own account, to the last digit")
  func accounts() {
    let observation = stream(
      FaultScorecardTests.one, FaultScorecardTests.two, FaultScorecardTests.usage, "[DONE]")
    func account(_ prompt: Int64, _ completion: Int64, _ cost: String?) -> FaultAccount {
      FaultAccount(
        usage: Usage(promptTokens: prompt, completionTokens: completion), cost: cost.flatMap { Money(decimal: $0) })
    }
    #expect(verdict(observation, account: account(3, 2, "0.000007")) == .survived)
    #expect(verdict(observation, account: account(3, 2, nil)) == .survived)
    #expect(verdict(observation, account: account(3, 2, "0.000007000001")) == .lost)
    #expect(verdict(observation, account: account(3, 1, "0.000007")) == .lost)
    #expect(verdict(observation, account: account(4, 2, "0.000007")) == .lost)
    let silent = stream(FaultScorecardTests.one, FaultScorecardTests.two, "[DONE]")
    #expect(verdict(silent, account: account(3, 2, nil)) == .lost)
  }

  @Test("Of several requests the worst one counts")
  func worst() {
    let result = FaultResult(
      [(.survived, "all"), (.told, "error 503"), (.survived, "all")], attempts: 4, milliseconds: 9)
    #expect(result.verdict == .told && result.words == "2 of 3 whole answers, else error 503")
    #expect(
      FaultResult([(.survived, "all"), (.survived, "all")], attempts: 2, milliseconds: 9).words
        == "2 of 2 whole answers")
    #expect(FaultResult([], attempts: 0, milliseconds: 0).verdict == .lost)
  }

  // MARK: Report

  private func run(_ verdict: FaultVerdict, json: Bool) throws -> (code: ExitCode, text: String, error: String) {
    let recorder = Recorder()
    var code = ExitCode.usage
    try withFolder { folder in
      try FileContents.replace(folder + "/p.yaml", with: Array(FaultScorecardTests.document.utf8))
      code = FaultsCommand(
        DoctorOptions(config: folder + "/p.yaml", json: json, faults: true), environment: [:],
        terminal: recorder.terminal(),
        play: { stage in
          stage.checks.map { check in
            FaultResult(
              verdict: check.index == 1 ? verdict : .survived, words: "words", attempts: 2, milliseconds: 12)
          }
        }
      ).run()
    }
    #expect(!recorder.output.contains("sk-secret"))
    return (code, recorder.output, recorder.error)
  }

  @Test("The report says what was tried, where nothing went, and ends with a sum")
  func report() throws {
    let (code, text, _) = try run(.told, json: false)
    #expect(code == .success)
    #expect(text.hasPrefix("The simulator stands in for every provider: nothing is sent to a real one"))
    #expect(text.contains("divided by 40"))
    #expect(text.contains("  several endpoints: test/two (alpha, beta)\n"))
    #expect(text.contains("  chain of models: test/chain (beta), then test/two (alpha, beta)\n"))
    #expect(text.contains("told truthfully         2  12  words\n"))
    #expect(
      text.hasSuffix(
        "1 told truthfully, 0 lost.\nA second endpoint or a fallback would help where one endpoint stands alone (1 checks).\n"
      ))
  }

  @Test("One lost answer is enough to fail", arguments: [true, false])
  func lost(json: Bool) throws {
    let (code, text, _) = try run(.lost, json: json)
    #expect(code == .wrong)
    guard json else { return #expect(text.contains("  LOST")) }
    let value = try JSONValue.parse(Array(text.utf8))
    #expect(value["ok"]?.boolValue == false && value["lost"]?.integerValue == 1)
    #expect(value["real_providers_contacted"]?.boolValue == false)
    #expect(value["checks"]?[1]?["verdict"]?.stringValue == "lost")
    #expect(value["subjects"]?[0]?["models"]?[0]?["endpoints"]?.arrayValue?.count == 2)
  }

  @Test("Nothing to try, a broken configuration and a stage that cannot be set are failures with a reason")
  func failures() {
    struct Broken: Error {}
    for environment in [[:], ["OPENAI_API_KEY": "sk-secret-1"]] {
      let recorder = Recorder()
      let command = FaultsCommand(
        DoctorOptions(faults: true), environment: environment, terminal: recorder.terminal(),
        play: { _ in throw Broken() })
      #expect(command.run() == .wrong)
      #expect(recorder.error.contains(environment.isEmpty ? "no model to try" : "could not be played: Broken()"))
    }
    let recorder = Recorder()
    let options = DoctorOptions(config: "/nowhere/p.yaml", faults: true)
    #expect(FaultsCommand(options, environment: [:], terminal: recorder.terminal(), play: { _ in [] }).run() == .wrong)
    #expect(!recorder.error.isEmpty)
  }
}

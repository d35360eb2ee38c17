import Commands
import Core
import JSON
import Testing

@Suite("patchbay check")
struct CheckCommandTests {
  private func run(_ text: String?, json: Bool = false, environment: [String: String] = [:]) throws -> (
    ExitCode, Recorder
  ) {
    let recorder = Recorder()
    var code = ExitCode.usage
    try withFolder { folder in
      if let text { try FileContents.replace(folder + "/p.yaml", with: Array(text.utf8)) }
      let options = CheckOptions(config: text == nil ? nil : folder + "/p.yaml", json: json)
      code = CheckCommand(options, environment: environment, terminal: recorder.terminal()).run()
    }
    return (code, recorder)
  }

  @Test("A valid file is summed up")
  func valid() throws {
    let (code, recorder) = try run("providers: [{ slug: openai, api_key: k }]\n")
    #expect(code == .success)
    #expect(recorder.output.contains("p.yaml: valid\n  listens on 127.0.0.1:8080, no key required\n  1 providers, "))
    #expect(!recorder.output.contains("warning"))
  }

  @Test("Every problem is a line with its place and remedy, and the exit code is 1")
  func invalid() throws {
    let (code, recorder) = try run("sever: 1\nserver: { loops: x }\n")
    #expect(code == .wrong)
    let lines = recorder.output.split(separator: "\n")
    #expect(lines.count == 2)
    #expect(lines[0].hasSuffix("p.yaml:1:1: 'sever' is not a known key (did you mean 'server'?)"))
    #expect(recorder.error == "2 problems\n")
  }

  @Test("Without a file the environment is checked")
  func zeroConfiguration() throws {
    let (code, recorder) = try run(nil, environment: ["OPENAI_API_KEY": "sk-secret-1"])
    #expect(code == .success)
    #expect(recorder.output.contains("OPENAI_API_KEY: provider openai at https://api.openai.com/v1"))
    #expect(!recorder.output.contains("sk-secret-1"))
    #expect(recorder.output.contains("demo/echo: built in"))
    #expect(try run(nil).1.output.contains("1 providers, 2 models, 2 endpoints"))
    #expect(try run(nil, environment: ["PATCHBAY_LISTEN": "x"]).0 == .wrong)
  }

  @Test("JSON tells the same")
  func json() throws {
    let good = try JSONValue.parse(Array(run("providers: [{ slug: openai, api_key: k }]", json: true).1.output.utf8))
    #expect(good["valid"]?.boolValue == true)
    #expect(good["providers"]?[0]?.stringValue == "openai")
    #expect((good["models"]?.integerValue ?? 0) > 10)
    let (code, recorder) = try run("sever: 1", json: true)
    #expect(code == .wrong)
    let bad = try JSONValue.parse(Array(recorder.output.utf8))
    #expect(bad["valid"]?.boolValue == false)
    #expect(bad["problems"]?[0]?["line"]?.integerValue == 1)
    #expect(bad["problems"]?[0]?["remedy"]?.stringValue == "did you mean 'server'?")
  }

  @Test(
    "What is allowed but hardly meant is a warning",
    arguments: [
      ("privacy: { zdr: true }", "no provider is configured and enabled"),
      ("providers: [{ slug: openai }]", "provider 'openai' has no api_key; write api_key: ${OPENAI_API_KEY}"),
      ("providers: [{ slug: own, base_url: http://h }]", "provider 'own' serves no known model"),
      (
        "providers: [{ slug: openai, api_key: k }]\nmodels: [{ id: a/b, fallbacks: [a/c], endpoints: [{ provider: openai }] }]",
        "model 'a/b' falls back to 'a/c'"
      ),
      (
        "providers: [{ slug: openai, api_key: k, disabled: true }]\nmodels: [{ id: a/b, endpoints: [{ provider: openai }] }]",
        "model 'a/b' is not visible"
      ),
      (
        "providers: [{ slug: openai, api_key: k }]\naccess: { keys: [{ name: ci, key: 0123456789abcdef, allowed_models: [x/y, openai/*] }] }",
        "key 'ci' allows the model 'x/y'"
      ),
    ])
  func warns(text: String, words: String) throws {
    let (code, recorder) = try run(text)
    #expect(code == .success)
    #expect(recorder.output.contains("warning: " + words))
  }
}

import Catalog
import Commands
import Configuration
import Core
import JSON
import Testing

@Suite("patchbay models")
struct ModelsCommandTests {
  static let file = """
    providers:
      - { slug: own, base_url: "http://h/v1" }
      - { slug: other, base_url: "http://o/v1" }
    models:
      - id: me/cheap
        context_length: 8192
        endpoints:
          - { provider: other, pricing: { prompt: 2, completion: 4 } }
          - { provider: own, pricing: { prompt: 0.15, completion: 0.6 } }
      - { id: me/unknown, endpoints: [{ provider: own }] }
    """

  private func list(json: Bool) throws -> String {
    let recorder = Recorder()
    try withFolder { folder in
      try FileContents.replace(folder + "/p.yaml", with: Array(ModelsCommandTests.file.utf8))
      let options = ModelsListOptions(config: folder + "/p.yaml", json: json)
      #expect(ModelsListCommand(options, environment: [:], terminal: recorder.terminal()).run() == .success)
    }
    return recorder.output
  }

  @Test("The list shows the cheapest price and who serves a model")
  func lists() throws {
    #expect(
      try list(json: false) == """
        MODEL       CONTEXT  USD/M IN  USD/M OUT  PROVIDERS
        me/cheap       8192      0.15        0.6  own other
        me/unknown        -         -          -  own

        """)
  }

  @Test("As JSON a price is an exact number and an unknown one null")
  func listsJSON() throws {
    let models = try JSONValue.parse(Array(list(json: true).utf8))
    #expect(models[0]?["pricing_per_million"]?["prompt"]?.numberText == "0.15")
    #expect(models[1]?["pricing_per_million"]?.isNull == true)
    #expect(models[0]?["providers"]?.arrayValue?.compactMap(\.stringValue) == ["own", "other"])
  }

  @Test("Without a provider the list is empty and says what to do")
  func listsNothing() throws {
    let recorder = Recorder()
    try withFolder { folder in
      try FileContents.replace(folder + "/p.yaml", with: Array("server: { loops: 1 }".utf8))
      let options = ModelsListOptions(config: folder + "/p.yaml")
      #expect(ModelsListCommand(options, environment: [:], terminal: recorder.terminal()).run() == .success)
    }
    #expect(recorder.output.isEmpty)
    #expect(recorder.error.contains("OPENAI_API_KEY"))
  }

  @Test("Without a file the list has what serve would serve: the built-in models")
  func listsBuiltIn() throws {
    let recorder = Recorder()
    let options = ModelsListOptions(json: true)
    #expect(ModelsListCommand(options, environment: [:], terminal: recorder.terminal()).run() == .success)
    let list = try JSONValue.parse(Array(recorder.output.utf8))
    #expect(list.arrayValue?.compactMap { $0["id"]?.stringValue } == ["demo/echo", "demo/embedding"])
    #expect(list[0]?["providers"]?[0]?.stringValue == "demo")
  }

  static let answer =
    #"{"data": [{"id": "a/b", "pricing": {"prompt": "0.000001", "completion": "0.000002"}}, {"id": "c/d"}]}"#

  private func run(_ options: ModelsImportOptions, fetch: @escaping ModelsImportCommand.Fetch) -> (ExitCode, Recorder) {
    let recorder = Recorder()
    let command = ModelsImportCommand(options, terminal: recorder.terminal(), now: 1_795_196_148, fetch: fetch)
    return (command.run(), recorder)
  }

  @Test("A list is fetched, written as a catalogue, and the configuration can name it")
  func imports() throws {
    try withFolder { folder in
      let target = folder + "/catalog.yaml"
      let (code, recorder) = run(
        ModelsImportOptions(source: "https://openrouter.ai/api/v1/models?key=hidden", target: target),
        fetch: { _ in Array(ModelsCommandTests.answer.utf8) })
      #expect(code == .success)
      #expect(recorder.error.contains("wrote 2 models to \(target), 1 of them without a price"))
      let text = String(decoding: try FileContents.read(target, limit: 10_000), as: UTF8.self)
      #expect(
        text.hasPrefix("# Made by 'patchbay models import' from https://openrouter.ai/api/v1/models on 2026-11-20.\n"))
      #expect(!text.contains("hidden"))
      try FileContents.replace(
        folder + "/p.yaml", with: Array("catalog: catalog.yaml\nproviders: [{ slug: openrouter, api_key: k }]".utf8))
      let loaded = try LoadedConfiguration.load(config: folder + "/p.yaml", environment: [:])
      #expect(loaded.snapshot.resolve("a/b")?.model.endpoints.first?.pricing?.prompt == Money(units: 1_000_000))
    }
  }

  @Test("Without a target the catalogue is the output")
  func importsToOutput() throws {
    try withFolder { folder in
      try FileContents.replace(folder + "/models.json", with: Array(ModelsCommandTests.answer.utf8))
      let (code, recorder) = run(ModelsImportOptions(source: folder + "/models.json"), fetch: { _ in [] })
      #expect(code == .success)
      #expect(recorder.output.contains("\nversion: 1\nmodels:\n  - id: \"a/b\"\n"))
    }
  }

  private struct Unreachable: Error, CustomStringConvertible { let description = "no route to host" }

  @Test("A source that cannot be read or understood is an error with its reason, and nothing is written")
  func refuses() throws {
    try withFolder { folder in
      let target = folder + "/catalog.yaml"
      let (code, recorder) = run(
        ModelsImportOptions(source: "https://h/models", target: target), fetch: { _ in throw Unreachable() })
      #expect(code == .wrong)
      #expect(recorder.error == "patchbay: https://h/models: no route to host\n")
      #expect(
        run(ModelsImportOptions(source: "https://h", target: target), fetch: { _ in Array("<html>".utf8) }).0 == .wrong)
      #expect(run(ModelsImportOptions(source: folder + "/none", target: target), fetch: { _ in [] }).0 == .wrong)
      #expect(!FileContents.exists(target))
    }
  }
}

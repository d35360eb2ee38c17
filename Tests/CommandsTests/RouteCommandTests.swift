import Commands
import Core
import JSON
import Testing

@Suite("patchbay route")
struct RouteCommandTests {
  private static let file = """
    routing: { provider: { ignore: [third] } }
    presets: [{ slug: dear, model: me/first, provider: { only: [other] } }]
    providers:
      - { slug: own, base_url: "http://h/v1" }
      - { slug: other, base_url: "http://o/v1" }
      - { slug: third, base_url: "http://t/v1" }
    models:
      - id: me/first
        endpoints:
          - { provider: other, pricing: { prompt: 2, completion: 4 } }
          - { provider: own, pricing: { prompt: 0.15, completion: 0.6 }, supported_parameters: [temperature] }
          - { provider: third }
    """

  private func route(
    model: String? = nil, request: String? = nil, json: Bool = false
  ) throws -> (code: ExitCode, output: String, error: String) {
    let recorder = Recorder()
    var code = ExitCode.success
    try withFolder { folder in
      try FileContents.replace(folder + "/p.yaml", with: Array(RouteCommandTests.file.utf8))
      var options = RouteOptions(model: model, config: folder + "/p.yaml", json: json)
      if let request {
        options.request = folder + "/models.json"
        try FileContents.replace(folder + "/models.json", with: Array(request.utf8))
      }
      code = RouteCommand(options, environment: [:], terminal: recorder.terminal()).run()
    }
    return (code, recorder.output, recorder.error)
  }

  @Test("The attempts come in order with their reasons, then what is left out and by which rule")
  func prints() throws {
    let result = try route(model: "me/first:floor")
    #expect(result.code == .success)
    #expect(
      result.output == """
        #  MODEL     ENDPOINT  USD/M IN  USD/M OUT  REASON
        1  me/first  own           0.15        0.6  by price
        2  me/first  other            2          4  by price

        EXCLUDED MODEL  ENDPOINT  RULE    REASON
        me/first        third     ignore  it is in provider.ignore

        """)
  }

  @Test("A request's own wishes count, and --model wins over its model")
  func readsRequest() throws {
    let request = """
      {"model":"nobody/knows","messages":[{"role":"user","content":"x"}],
       "tools":[{"type":"function","function":{"name":"f"}}],"provider":{"order":["own"]}}
      """
    let result = try route(model: "me/first", request: request, json: true)
    let value = try JSONValue.parse(Array(result.output.utf8))
    #expect(value["attempts"]?.arrayValue?.compactMap { $0["endpoint"]?.stringValue } == ["other"])
    #expect(
      value["excluded"]?.arrayValue?.compactMap { $0["excluded_by"]?.stringValue }.sorted() == ["ignore", "tools"])
    let unknown = try route(request: request)
    #expect(unknown.code == .wrong && unknown.output.contains("'nobody/knows' is not known"))
  }

  @Test("A preset counts, in the request as well as on the command line")
  func presets() throws {
    let body = #"{"preset":"dear","messages":[{"role":"user","content":"x"}]}"#
    for result in [try route(model: "@preset/dear", json: true), try route(request: body, json: true)] {
      let value = try JSONValue.parse(Array(result.output.utf8))
      #expect(value["attempts"]?.arrayValue?.compactMap { $0["endpoint"]?.stringValue } == ["other"])
    }
  }

  @Test("When nothing can serve the request every endpoint's rule is named, and the exit code says so")
  func nothing() throws {
    let request = #"{"model":"me/first","messages":[{"role":"user","content":"x"}],"provider":{"only":["third"]}}"#
    let text = try route(request: request)
    #expect(text.code == .wrong)
    #expect(text.output.contains("other     only") && text.output.contains("third     ignore"))
    let json = try JSONValue.parse(Array(try route(request: request, json: true).output.utf8))
    #expect(json["error"]?["code"]?.integerValue == 404)
  }

  @Test("Without a file the built-in model has a route, as it has when serve runs")
  func builtIn() throws {
    let recorder = Recorder()
    let options = RouteOptions(model: "demo/echo")
    #expect(RouteCommand(options, environment: [:], terminal: recorder.terminal()).run() == .success)
    #expect(recorder.output.contains("1  demo/echo  demo"))
    let (code, _, _) = try route(model: "demo/echo")
    #expect(code == .wrong, "a file has no built-in model")
  }

  @Test("A request that is wrong, or not there, is said so")
  func wrongRequest() throws {
    let wrong = try route(request: #"{"model":"me/first","messages":[],"provider":{"sort":"speed"}}"#)
    #expect(wrong.code == .wrong && wrong.output.contains("messages"))
    let recorder = Recorder()
    let options = RouteOptions(request: "/nonexistent.json")
    #expect(RouteCommand(options, environment: [:], terminal: recorder.terminal()).run() == .wrong)
    #expect(recorder.error.contains("/nonexistent.json"))
  }
}

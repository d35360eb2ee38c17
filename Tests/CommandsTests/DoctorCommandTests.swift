import Commands
import Configuration
import Core
import Glibc
import JSON
import LedgerSQLite
import Testing

@Suite("patchbay doctor")
struct DoctorCommandTests {
  static let now: Int64 = 1_795_196_148

  /// What the world is like; by default all is well.
  struct World: Sendable {
    var answer = DoctorProbes.ProviderAnswer.answered(status: 200, date: Timestamp.imfFixdate(seconds: now))
    var listen = DoctorProbes.ListenAnswer.free
    var openFiles: Int? = 1_000_000

    var probes: DoctorProbes {
      DoctorProbes(
        provider: { [answer] _ in answer }, listen: { [listen] _ in listen }, openFiles: { [openFiles] in openFiles },
        now: { DoctorCommandTests.now })
    }
  }

  private func examine(
    _ world: World = World(), file: String? = nil, environment: [String: String] = ["OPENAI_API_KEY": "sk-secret-1"]
  ) throws -> (code: ExitCode, checks: [String: (outcome: String, detail: String, remedy: String)]) {
    let recorder = Recorder()
    var code = ExitCode.usage
    try withFolder { folder in
      if let file {
        let text = file.replacing("FOLDER", with: folder)
        try FileContents.replace(folder + "/p.yaml", with: Array(text.utf8))
      }
      let options = DoctorOptions(config: file == nil ? nil : folder + "/p.yaml", json: true)
      code = DoctorCommand(options, environment: environment, terminal: recorder.terminal(), probes: world.probes).run()
    }
    #expect(!recorder.output.contains("sk-secret-1"))
    var checks: [String: (outcome: String, detail: String, remedy: String)] = [:]
    for check in try JSONValue.parse(Array(recorder.output.utf8))["checks"]?.arrayValue ?? [] {
      checks[check["name"]?.stringValue ?? ""] = (
        check["outcome"]?.stringValue ?? "", check["detail"]?.stringValue ?? "", check["remedy"]?.stringValue ?? ""
      )
    }
    return (code, checks)
  }

  @Test("On a healthy machine everything is ok")
  func healthy() throws {
    let (code, checks) = try examine()
    #expect(code == .success)
    #expect(
      Set(checks.keys) == [
        "configuration", "providers", "key of openai", "reach openai", "clock", "store", "open files", "port",
      ])
    #expect(checks.values.allSatisfy { $0.outcome == "ok" && $0.remedy.isEmpty })
  }

  @Test("An invalid configuration fails and nothing else is tried")
  func invalid() throws {
    let (code, checks) = try examine(file: "sever: 1\nx: 1")
    #expect(code == .wrong)
    #expect(checks.count == 1)
    #expect(checks["configuration"]?.detail.hasSuffix("(did you mean 'server'?), and 1 more") == true)
  }

  @Test(
    "What a provider answers decides whether it is in reach",
    arguments: [
      (.answered(status: 200, date: nil), "ok"), (.answered(status: 404, date: nil), "ok"),
      (.answered(status: 401, date: nil), "fail"), (.answered(status: 403, date: nil), "fail"),
      (.answered(status: 429, date: nil), "warn"), (.answered(status: 503, date: nil), "warn"),
      (.failed(reason: "no route to host"), "fail"),
    ] as [(DoctorProbes.ProviderAnswer, String)])
  func reach(answer: DoctorProbes.ProviderAnswer, outcome: String) throws {
    let (code, checks) = try examine(World(answer: answer))
    #expect(checks["reach openai"]?.outcome == outcome)
    #expect(code == (outcome == "fail" ? .wrong : .success))
    #expect(checks["clock"] == nil)
  }

  @Test(
    "The clock is compared with the providers'",
    arguments: [
      (Int64(0), "ok", "agrees with the providers"), (20, "ok", "20 s ahead"), (-20, "ok", "20 s behind"),
      (60, "warn", "60 s ahead"), (-3600, "fail", "3600 s behind"),
    ])
  func clock(skew: Int64, outcome: String, detail: String) throws {
    let date = Timestamp.imfFixdate(seconds: DoctorCommandTests.now - skew)
    let (_, checks) = try examine(World(answer: .answered(status: 200, date: date)))
    #expect(checks["clock"]?.outcome == outcome)
    #expect(checks["clock"]?.detail == detail)
  }

  @Test("A missing key, few open files and a used port are warnings, an unusable address fails")
  func warnings() throws {
    let world = World(listen: .inUse, openFiles: 1024)
    let (code, checks) = try examine(
      world, file: "providers: [{ slug: openai }]\nstorage: { url: \"sqlite:FOLDER/keys.db\" }")
    #expect(code == .success)
    for name in ["configuration", "key of openai", "open files", "port"] { #expect(checks[name]?.outcome == "warn") }
    let unusable = World(listen: .unusable(reason: "no such address"))
    #expect(try examine(unusable).checks["port"]?.outcome == "fail")
  }

  @Test("The store is looked at when it is needed")
  func store() throws {
    let base = "providers: [{ slug: openai, api_key: k }]\n"
    let good = try examine(file: base + "storage: { url: \"sqlite:FOLDER/keys.db\" }").checks["store"]
    #expect(good?.outcome == "ok")
    #expect(good?.detail.hasSuffix("keys.db can be made") == true)
    let missing = try examine(file: base + "storage: { url: \"sqlite:FOLDER/none/keys.db\" }").checks["store"]
    #expect(missing?.outcome == "fail")
    #expect(missing?.detail.hasSuffix("No such file or directory") == true)
    let broken = try examine(file: base + "storage: { url: \"sqlite:FOLDER/p.yaml\" }").checks["store"]
    #expect(broken?.outcome == "fail")
  }

  @Test("The report is a table with what to do below it")
  func report() {
    let recorder = Recorder()
    let command = DoctorCommand(
      DoctorOptions(), environment: ["OPENAI_API_KEY": "sk"], terminal: recorder.terminal(),
      probes: World(answer: .failed(reason: "refused")).probes)
    #expect(command.run() == .wrong)
    #expect(recorder.output.hasPrefix("CHECK          RESULT  DETAIL\n"))
    #expect(recorder.output.contains("reach openai   fail    https://api.openai.com/v1: refused\n"))
    #expect(recorder.output.contains("\nWhat to do:\n  reach openai: check base_url, the network and a proxy\n"))
  }
}

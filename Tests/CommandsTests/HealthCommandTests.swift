import Commands
import Core
import Synchronization
import Testing

@Suite("patchbay health")
struct HealthCommandTests {
  private func run(
    _ options: HealthOptions = HealthOptions(), environment: [String: String] = [:], answer: Result<Int, SystemFailure>
  ) -> (code: ExitCode, url: String, recorder: Recorder) {
    let recorder = Recorder()
    let asked = Mutex("")
    let command = HealthCommand(options, environment: environment, terminal: recorder.terminal()) { url in
      asked.withLock { $0 = url }
      return try answer.get()
    }
    let code = command.run()
    return (code, asked.withLock { $0 }, recorder)
  }

  @Test(
    "The gateway is asked where it listens, on the loopback interface when it listens on all",
    arguments: [
      (nil, [:], "http://127.0.0.1:8080/health"), (nil, ["PATCHBAY_LISTEN": "0.0.0.0:9"], "http://127.0.0.1:9/health"),
      (":7", ["PATCHBAY_LISTEN": "0.0.0.0:9"], "http://127.0.0.1:7/health"), ("[::]:7", [:], "http://[::1]:7/health"),
      ("10.0.0.5:7", [:], "http://10.0.0.5:7/health"), ("[fe80::1]:7", [:], "http://[fe80::1]:7/health"),
    ] as [(String?, [String: String], String)])
  func asks(listen: String?, environment: [String: String], url: String) {
    let result = run(HealthOptions(listen: listen), environment: environment, answer: .success(200))
    #expect(result.url == url)
    #expect(result.code == .success)
    #expect(result.recorder.output == "ok\n")
  }

  @Test("A configuration that is broken meanwhile does not make a running gateway ill")
  func ignoresBrokenFile() {
    let result = run(HealthOptions(config: "/none.yaml"), answer: .success(200))
    #expect(result.code == .success)
    #expect(result.url == "http://127.0.0.1:8080/health")
  }

  @Test("Another status or no answer is a failure with its reason")
  func fails() {
    let busy = run(answer: .success(503))
    #expect(busy.code == .wrong)
    #expect(busy.recorder.error == "patchbay: http://127.0.0.1:8080/health answers 503\n")
    let gone = run(answer: .failure(SystemFailure("connect", code: 111)))
    #expect(gone.code == .wrong)
    #expect(gone.recorder.error.contains("Connection refused"))
  }
}

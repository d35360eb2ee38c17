import Commands
import Core
import Credentials
import Dispatch
import EventLoop
import Gateway
import Glibc
import Simulator

/// `patchbay simulate`: runs the stand-in provider by itself.
enum Simulate {
  /// Runs the stand-in provider until it is told to end.
  static func run(_ options: SimulateOptions, environment: [String: String], terminal: Terminal) -> ExitCode {
    let log = Log(descriptor: 2, minimum: LogLevel(name: environment["PATCHBAY_LOG"]) ?? .warning)
    defer { log.flush(milliseconds: 500) }
    do {
      let signals = Signals(log: log)
      let simulator = Simulator(options: try simulatorOptions(options, terminal), log: log)
      let (descriptors, bound) = try ListenSocket.open(options.listen, loops: 1)
      _ = ProcessLimits.raiseOpenFiles()
      let loops = try descriptors.indices.map { try EventLoop(index: $0) }
      for (loop, descriptor) in zip(loops, descriptors) {
        loop.start()
        try GatewayProcess.run(on: loop) { () throws in try simulator.attach(to: loop, descriptor: descriptor) }
      }
      Stderr.write(banner(bound, options))
      signals.waitForTermination()
      return .success
    } catch let error as GatewayError {
      Stderr.write("patchbay: \(error.message)\n")
    } catch {
      Stderr.write("patchbay: \(error)\n")
    }
    return .wrong
  }

  private static func banner(_ bound: SocketAddress, _ options: SimulateOptions) -> String {
    "Simulated provider listening on http://\(bound)\n"
      + "base_url for a provider: http://\(bound)/v1; other dialects: patchbay help simulate\n"
      + "What it receives: GET http://\(bound)/__simulator/log\n"
  }

  private static func simulatorOptions(
    _ options: SimulateOptions, _ terminal: Terminal
  ) throws -> SimulatorOptions {
    var result = SimulatorOptions()
    if let models = options.models { result.models = models }
    if let milliseconds = options.firstTokenMilliseconds { result.ttftMilliseconds = milliseconds }
    if let rate = options.tokensPerSecond { result.tokensPerSecond = rate }
    if let tokens = options.answerTokens { result.answerTokens = tokens }
    if let rate = options.failRate { result.failRate = rate }
    if let status = options.failStatus { result.failStatus = status }
    if let seed = options.seed { result.seed = seed }
    result.apiKey = options.apiKey?.reveal()
    if let seconds = options.tokenSeconds { result.tokenSeconds = Int64(seconds) }
    try takeCredentials(options, &result)
    if let path = options.script { result.script = try script(path) }
    if options.jsonLog {
      result.onRequest = { line in terminal.write(String(decoding: line, as: UTF8.self) + "\n") }
    }
    return result
  }

  private static func takeCredentials(_ options: SimulateOptions, _ result: inout SimulatorOptions) throws {
    if let name = options.awsAccessKey, let secret = options.awsSecretKey {
      do throws(CredentialProblem) {
        result.awsCredentials = try AWSCredentials(accessKeyID: name, secretAccessKey: secret)
      } catch {
        throw GatewayError(
          .invalidRequest, "'--aws-access-key' with '--aws-secret-key' \(error.message); \(error.remedy)",
          origin: .caller)
      }
    }
    guard let path = options.googlePublicKey else { return }
    let pem = String(decoding: try FileContents.read(path, limit: 1 << 20), as: UTF8.self)
    guard let key = RS256PublicKey(pem: pem) else {
      throw GatewayError(.invalidRequest, "\(path) holds no RSA public key in PEM", origin: .caller)
    }
    result.googlePublicKey = key
  }

  /// One list of faults per line; `ok` for none, empty lines and those that begin with `#` are passed over.
  private static func script(_ path: String) throws -> [FaultList] {
    let text = String(decoding: try FileContents.read(path, limit: 1 << 20), as: UTF8.self)
    var list: [FaultList] = []
    for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let words = line.filter { $0 != " " && $0 != "\r" && $0 != "\t" }
      if words.isEmpty || words.hasPrefix("#") { continue }
      do throws(GatewayError) {
        list.append(words == "ok" ? FaultList() : try FaultList(words))
      } catch {
        throw GatewayError(error.kind, "\(path):\(number + 1): \(error.message)", origin: .caller)
      }
    }
    return list
  }
}

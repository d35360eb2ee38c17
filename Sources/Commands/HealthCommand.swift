import Configuration

/// `patchbay health`: whether the gateway on this machine is up; what a container's health check calls.
package struct HealthCommand: Sendable {
  /// Sends a GET to a URL and gives the answer's status. The error's description says what went wrong.
  package typealias Ask = @Sendable (_ url: String) throws -> Int

  private let options: HealthOptions
  private let environment: [String: String]
  private let terminal: Terminal
  private let ask: Ask

  /// A question to the gateway that listens where `options`, the environment or the configuration say.
  package init(_ options: HealthOptions, environment: [String: String], terminal: Terminal, ask: @escaping Ask) {
    self.options = options
    self.environment = environment
    self.terminal = terminal
    self.ask = ask
  }

  /// Asks `GET /health`. `wrong` unless the answer is 200.
  package func run() -> ExitCode {
    let url = options.url ?? HealthCommand.url(listen: address)
    do {
      let status = try ask(url)
      if status == 200 {
        terminal.write("ok\n")
        return .success
      }
      terminal.note("patchbay: \(url) answers \(status)")
    } catch {
      terminal.note("patchbay: \(url): \(error)")
    }
    return .wrong
  }

  /// Where the gateway listens. A configuration that cannot be read is no reason to call a running gateway ill.
  private var address: String {
    if let listen = options.listen { return listen }
    if let variable = environment["PATCHBAY_LISTEN"], !variable.isEmpty { return variable }
    let loaded = try? LoadedConfiguration.load(config: options.config, environment: environment)
    return loaded?.configuration.server.listen ?? ServerSettings().listen
  }

  /// The URL of the health route; an address for every interface is asked on the loopback one.
  static func url(listen: String) -> String {
    guard let address = try? ListenAddress(listen) else { return "http://\(listen)/health" }
    let host =
      switch address.host {
      case "", "0.0.0.0": "127.0.0.1"
      case "::": "[::1]"
      default: address.host.contains(":") ? "[\(address.host)]" : address.host
      }
    return "http://\(host):\(address.port)/health"
  }
}

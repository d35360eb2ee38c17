import Commands
import Core
import Upstream

/// `patchbay health`: asks a running gateway whether it is up, for a container's health check, which has no curl.
enum Health {
  /// Longest wait. Unit: milliseconds. A health check of Docker gives up after 3 s by our Dockerfile.
  private static let patience = 2000

  /// Success when the gateway answers 200.
  static func run(_ options: HealthOptions, environment: [String: String], terminal: Terminal) -> ExitCode {
    let url = options.url ?? "http://127.0.0.1:\(port(environment))/health"
    let network = Network(environment: environment)
    do throws(NetworkProblem) {
      let route = UpstreamRoute(provider: "gateway", url: url, headers: [], connectMilliseconds: patience)
      let status = try network.get(route, byteLimit: 65_536, milliseconds: patience).head.status
      if status == 200 { return .success }
      terminal.note("patchbay: \(url) answered with status \(status)")
    } catch {
      terminal.note("patchbay: \(url): \(error)")
    }
    return .wrong
  }

  /// The port of `PATCHBAY_LISTEN`, which the container image sets, else the usual one.
  private static func port(_ environment: [String: String]) -> String {
    guard let listen = environment["PATCHBAY_LISTEN"], let colon = listen.lastIndex(of: ":") else { return "8080" }
    return String(listen[listen.index(after: colon)...])
  }
}

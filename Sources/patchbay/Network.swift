import Core
import EventLoop
import Gateway
import Upstream
import UpstreamCurl

/// Single calls for commands, over the same transport as the gateway's; each blocks until it has ended.
struct Network: Sendable {
  private let options: CurlTransport.Options

  /// A network as the gateway sees it: certificates from `CURL_CA_BUNDLE` or `SSL_CERT_FILE` when one is set.
  init(environment: [String: String]) {
    let bundle = ["CURL_CA_BUNDLE", "SSL_CERT_FILE"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
    options = CurlTransport.Options(
      certificateAuthorities: bundle, userAgent: "patchbay/" + ProductVersion.current)
  }

  /// The body that `url` answers with status 200. Throws `NetworkProblem`.
  func fetch(_ url: String) throws(NetworkProblem) -> [UInt8] {
    let route = UpstreamRoute(provider: "import", url: url, headers: [], connectMilliseconds: 10_000)
    let answer = try get(route, byteLimit: 64 << 20, milliseconds: 60_000)
    guard answer.head.status == 200 else { throw NetworkProblem("it answered with status \(answer.head.status)") }
    return answer.body
  }

  /// The status that `url` answers within 3 seconds. Throws `NetworkProblem`.
  func status(_ url: String) throws(NetworkProblem) -> Int {
    let route = UpstreamRoute(provider: "gateway", url: url, headers: [], connectMilliseconds: 2000)
    return try get(route, byteLimit: 65_536, milliseconds: 3000).head.status
  }

  /// What `url`, on this machine, answers to a POST of JSON, whole or as far as it came, and why it did not come whole.
  func post(
    _ url: String, _ body: [UInt8], byteLimit: Int, milliseconds: Int
  ) -> (answer: SingleCall.Answer, problem: NetworkProblem?) {
    let headers = [UpstreamRoute.Header("Content-Type", Secret("application/json"))]
    let route = UpstreamRoute(provider: "gateway", url: url, headers: headers, connectMilliseconds: 2000)
    let loop: EventLoop
    do { loop = try EventLoop(index: 0) } catch { return (SingleCall.Answer(), NetworkProblem("\(error)")) }
    let call = SingleCall(route, body: body, byteLimit: byteLimit)
    loop.start()
    loop.execute { [options] in call.start(on: loop, options: options) }
    let outcome = call.wait(milliseconds: milliseconds)
    let received = GatewayProcess.run(on: loop) {
      call.end()
      return call.received
    }
    loop.stop()
    switch outcome {
    case .success(let answer): return (answer, nil)
    case .failure(let problem): return (received, problem)
    }
  }

  /// The answer to one GET. Throws `NetworkProblem` when it does not end within `milliseconds`, has more than
  /// `byteLimit` bytes, or fails.
  func get(_ route: UpstreamRoute, byteLimit: Int, milliseconds: Int) throws(NetworkProblem) -> SingleCall.Answer {
    let loop: EventLoop
    do { loop = try EventLoop(index: 0) } catch { throw NetworkProblem("\(error)") }
    let call = SingleCall(route, byteLimit: byteLimit)
    loop.start()
    loop.execute { [options] in call.start(on: loop, options: options) }
    let outcome = call.wait(milliseconds: milliseconds)
    loop.execute { call.end() }
    loop.stop()
    return try outcome.get()
  }
}

/// Why a call brought nothing; `description` is in plain words.
struct NetworkProblem: Error, Sendable, CustomStringConvertible {
  /// In plain words.
  let description: String

  /// A problem.
  init(_ description: String) { self.description = description }
}

import Core
import EventLoop
import Glibc
import TestSupport
import Testing
import Upstream

@testable import UpstreamCurl

/// What only the transport that frames HTTP itself decides: connections, their pool, and requests on the wire.
@Suite(.serialized)
struct WireTransportTests {
  private static let fine = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\nok"
  private static let early = "HTTP/1.1 413 No\r\nContent-Length: 2\r\n\r\nno"

  private func route(
    _ port: Int, provider: String = "p", host: String = "127.0.0.1", path: String = "/v1/x?a=b",
    headers: [UpstreamRoute.Header] = [.init("Authorization", Secret("Bearer k"))]
  ) -> UpstreamRoute {
    UpstreamRoute(
      provider: provider, url: "http://\(host):\(port)\(path)", headers: headers, connectMilliseconds: 20_000)
  }

  private func openConnections(_ client: Client) -> Int {
    (try? client.loop.call { (client.transport as? WireTransport)?.openConnections ?? -1 }) ?? -1
  }

  private static func kept(_ count: Int) -> [ScriptedProvider.Step] {
    Array(repeating: [ScriptedProvider.Step.readRequest, .send(fine)], count: count).flatMap { $0 } + [.waitForClose]
  }

  @Test("The request is what HTTP/1.1 wants, to the byte")
  func request() throws {
    let provider = try ScriptedProvider([Self.kept(2)])
    let client = try Client()
    let route = route(provider.port)
    #expect(try client.call(route, "{}").isComplete && client.call(route, nil).isComplete)
    let fields =
      "Host: 127.0.0.1:\(provider.port)\r\nUser-Agent: test\r\nAccept-Encoding: identity\r\nAuthorization: Bearer k\r\n"
    #expect(
      provider.requests == [
        "POST /v1/x?a=b HTTP/1.1\r\n" + fields + "Content-Length: 2\r\n\r\n{}",
        "GET /v1/x?a=b HTTP/1.1\r\n" + fields + "\r\n",
      ])
    try client.stop()
  }

  @Test("Standard fields give way to the route's, those that frame the request are refused")
  func headers() throws {
    let provider = try ScriptedProvider([Self.kept(1)])
    let client = try Client()
    let own = route(provider.port, headers: [.init("host", Secret("a.example")), .init("USER-AGENT", Secret("me"))])
    #expect(try client.call(own, nil).isComplete)
    #expect(
      provider.requests == [
        "GET /v1/x?a=b HTTP/1.1\r\nAccept-Encoding: identity\r\nhost: a.example\r\nUSER-AGENT: me\r\n\r\n"
      ])
    for header in [
      ("X", "a\r\nY: b"), ("X", "a\0"), ("X Y", "a"), ("", "a"), ("Content-Length", "3"), ("transfer-encoding", "x"),
    ] {
      let failure =
        try client.call(route(provider.port, headers: [.init(header.0, Secret(header.1))])).ends.first ?? nil
      #expect(failure?.kind == .internalFailure && failure?.resend == .safe)
    }
    #expect(provider.requests.count == 1)
    try client.stop()
  }

  @Test(
    "A call's own fields go with that call only, and not at all when they would break the head",
    arguments: [TransportKind.wire, .curl])
  func ownFields(_ kind: TransportKind) throws {
    let provider = try ScriptedProvider([Self.kept(3)])
    let client = try Client(kind)
    let route = route(provider.port)
    #expect(try client.call(route, fields: [.init("x-signature", Secret("one"))]).isComplete)
    #expect(try client.call(route).isComplete)
    #expect(try client.call(route, nil, fields: [.init("x-signature", Secret("two"))]).isComplete)
    let signatures = provider.requests.map { request in
      request.split(separator: "\r\n").filter { $0.hasPrefix("x-signature") }
    }
    #expect(signatures == [["x-signature: one"], [], ["x-signature: two"]])
    let refused = try client.call(route, fields: [.init("x", Secret("a\r\nb: c"))]).ends.first ?? nil
    #expect(refused?.kind == .internalFailure && provider.requests.count == 3)
    try client.stop()
  }

  @Test("IPv6 hosts stand in brackets; the scheme's own port is not sent")
  func authorities() throws {
    func target(_ url: String) -> WireTarget? { WireTarget(UpstreamRoute(provider: "p", url: url, headers: [])) }
    #expect(target("http://[::1]:8080/v1")?.authority == "[::1]:8080")
    #expect(target("https://a.example:443/v1")?.authority == "a.example" && target("https://a.example")?.path == "/")
    #expect(target("https://a.example:80/v1?x=%20#f")?.path == "/v1?x=%20")
    #expect(
      target("https://u:p@a.example/") == nil && target("ftp://a.example/") == nil && target("nothing at all") == nil)
  }

  @Test("A connection belongs to one provider; routes of a provider share it; a reload closes what is out of use")
  func pools() throws {
    let provider = try ScriptedProvider([Self.kept(4), Self.kept(2)])
    let client = try Client()
    let first = route(provider.port, provider: "a")
    let sibling = route(provider.port, provider: "a", path: "/v1/y")
    let other = route(provider.port, provider: "b")
    for route in [first, sibling, other, first, other] { #expect(try client.call(route).isComplete) }
    #expect(provider.connections == 2 && openConnections(client) == 2)
    try client.loop.call { client.transport?.forgetRoutes(except: [ObjectIdentifier(first)]) }
    #expect(eventually { provider.closes == 1 } && openConnections(client) == 1)
    #expect(try client.call(first).isComplete && provider.connections == 2)
    try client.stop()
    #expect(eventually { provider.closes == 2 })
  }

  @Test("A provider that closes or speaks on an idle connection is noticed at once", arguments: [true, false])
  func idle(_ closes: Bool) throws {
    let provider = try ScriptedProvider([
      closes
        ? [.readRequest, .send(Self.fine), .close]
        : [.readRequest, .send(Self.fine), .pause(50), .send("x"), .waitForClose]
    ])
    let client = try Client()
    #expect(try client.call(route(provider.port)).isComplete)
    #expect(eventually { openConnections(client) == 0 })
    try client.stop()
  }

  @Test("Bytes behind a response close the connection")
  func surplus() throws {
    let provider = try ScriptedProvider([[.readRequest, .send(Self.fine + "HTTP/1.1 200 OK\r\n"), .waitForClose]])
    let client = try Client()
    let route = route(provider.port)
    for _ in 0..<3 { #expect(try client.call(route).body == Array("ok".utf8)) }
    #expect(provider.connections == 3 && openConnections(client) == 0)
    try client.stop()
  }

  @Test("A kept connection that dies before an answer is replaced once, and only once", arguments: [true, false])
  func retries(_ recovers: Bool) throws {
    let provider = try ScriptedProvider([
      [.readRequest, .send(Self.fine), .readRequest, .close],
      recovers ? Self.kept(1) : [.readRequest, .close],
    ])
    let client = try Client()
    let route = route(provider.port)
    #expect(try client.call(route).isComplete)
    let second = try client.call(route, "{\"second\":1}")
    #expect(provider.connections == 2 && provider.requests.count == 3)
    #expect(provider.requests.last?.hasSuffix("{\"second\":1}") == true)
    if recovers {
      #expect(second.isComplete)
    } else {
      let failure = try #require(second.ends.first ?? nil)
      #expect(failure.resend == .safe && failure.message == "Provider p closed the connection before it answered")
    }
    try client.stop()
  }

  @Test("An answer before the request was read is delivered, and the connection closed")
  func earlyAnswer() throws {
    let provider = try ScriptedProvider([[.send(Self.early), .pause(20_000)]])
    let client = try Client()
    let recorder = try client.call(route(provider.port), String(repeating: "x", count: 32 << 20))
    #expect(recorder.heads.first?.status == 413 && recorder.body == Array("no".utf8) && recorder.isComplete)
    #expect(openConnections(client) == 0)
    try client.stop()
  }

  @Test("Bodies of every size arrive whole", arguments: [0, 1, 65_535, 65_536, 1 << 20])
  func bodies(_ size: Int) throws {
    let provider = try ScriptedProvider([Self.kept(2)])
    let client = try Client()
    let route = route(provider.port)
    let body = String(repeating: "0123456789abcdef", count: size / 16) + String(repeating: "z", count: size % 16)
    for _ in 0..<2 { #expect(try client.call(route, body).isComplete) }
    #expect(
      provider.requests.allSatisfy { $0.hasSuffix("Content-Length: \(size)\r\n\r\n" + body) }
        && provider.connections == 1)
    try client.stop()
  }

  /// Processor time of the calling thread.
  private static func threadMilliseconds() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
  }

  @Test("A paused call notices nothing and costs nothing until it is resumed; then what was cut is a failure")
  func pausedHangup() throws {
    let provider = try ScriptedProvider([
      [.readRequest, .send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello"), .pause(50), .close]
    ])
    let client = try Client()
    let recorder = Recorder()
    recorder.onBytes = { $0.pause() }
    let transfer = Box(try client.start(route(provider.port), "{}", recorder))
    #expect(eventually { (try? client.loop.call { !recorder.body.isEmpty }) ?? false })
    poll(nil, 0, 100)
    let before = try client.loop.call { Self.threadMilliseconds() }
    poll(nil, 0, 200)
    // A loop that spins would use all of the 200 ms.
    #expect(try client.loop.call { Self.threadMilliseconds() } - before < 50)
    #expect(try client.loop.call { recorder.ends.isEmpty })
    try client.loop.call { transfer.value.resume() }
    #expect(eventually { (try? client.loop.call { !recorder.ends.isEmpty }) ?? false })
    #expect(recorder.body == Array("hello".utf8) && !recorder.isComplete)
    try client.stop()
  }

  @Test("The observer hears nothing before start has returned, whatever fails")
  func startIsSilent() throws {
    let client = try Client()
    let recorders = (0..<3).map { _ in Recorder() }
    let routes = [
      route(9), route(9, headers: [.init("X", Secret("\n"))]),
      UpstreamRoute(provider: "q", url: "http://127.0.0.1:9/", headers: [], maxConnections: 0),
    ]
    try client.loop.call {
      for (route, recorder) in zip(routes, recorders) {
        _ = client.transport?.start(route, body: nil, observer: recorder)
        #expect(recorder.ends.isEmpty)
      }
    }
    #expect(eventually { (try? client.loop.call { recorders.allSatisfy { $0.ends.count == 1 } }) ?? false })
    try client.stop()
  }

  @Test("A transport may end with calls under way; late calls on their transfers do nothing")
  func ends() throws {
    let provider = try ScriptedProvider([
      [.readRequest, .send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello"), .waitForClose]
    ])
    let client = try Client()
    let recorders = (0..<3).map { _ in Recorder() }
    let transfers = Box(try recorders.map { try client.start(route(provider.port), "{}", $0) })
    #expect(eventually { (try? client.loop.call { recorders.allSatisfy { !$0.body.isEmpty } }) ?? false })
    try client.loop.call {
      let connecting = client.transport?.start(self.route(provider.port), body: nil, observer: recorders[0])
      client.transport = nil
      for transfer in transfers.value + [connecting].compactMap({ $0 }) {
        transfer.pause()
        transfer.resume()
        transfer.cancel()
      }
    }
    #expect(eventually { provider.closes >= 3 })
    #expect(recorders.allSatisfy { $0.ends.isEmpty })
    client.loop.stop()
  }
}

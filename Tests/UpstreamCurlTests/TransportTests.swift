import Core
import EventLoop
import Glibc
import TestSupport
import Testing
import Upstream

@testable import UpstreamCurl

/// Calls to a provider that behaves in every way a provider can, over both transports.
@Suite(.serialized)
struct TransportTests {
  private func route(_ port: Int, proxy: String? = nil, limit: Int = 100, scheme: String = "http") -> UpstreamRoute {
    UpstreamRoute(
      provider: "p", url: "\(scheme)://127.0.0.1:\(port)/v1/chat/completions",
      headers: [.init("Authorization", Secret("Bearer k")), .init("Content-Type", Secret("application/json"))],
      proxy: proxy.map { Secret($0) }, maxConnections: limit, connectMilliseconds: 20_000)
  }

  private static let fine = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\nok"

  @Test(
    "A call posts the body with the route's headers and hands over head, bytes and a clean end",
    arguments: TransportKind.allCases)
  func posts(_ kind: TransportKind) throws {
    let provider = try ScriptedProvider([[.readRequest, .send(Self.fine), .waitForClose]])
    let client = try Client(kind)
    let recorder = try client.call(route(provider.port), #"{"a":1}"#)
    #expect(recorder.heads.map(\.status) == [200] && recorder.heads.first?.contentType == "application/json")
    #expect(recorder.body == Array("ok".utf8) && recorder.isComplete)
    let request = try #require(provider.requests.first)
    #expect(request.hasPrefix("POST /v1/chat/completions HTTP/1.1\r\n") && request.hasSuffix("\r\n\r\n{\"a\":1}"))
    #expect(request.contains("Authorization: Bearer k\r\n") && request.contains("Accept-Encoding: identity\r\n"))
    #expect(!request.contains("Expect:"))
    try client.stop()
  }

  @Test("Calls one after the other use one connection", arguments: TransportKind.allCases)
  func reuses(_ kind: TransportKind) throws {
    let provider = try ScriptedProvider([Array(repeating: [.readRequest, .send(Self.fine)], count: 20).flatMap { $0 }])
    let client = try Client(kind)
    let route = route(provider.port)
    for _ in 0..<20 { #expect(try client.call(route).isComplete) }
    #expect(provider.connections == 1)
    try client.stop()
  }

  @Test(
    "A pooled connection that the provider has closed is replaced without the caller's knowing",
    arguments: TransportKind.allCases)
  func replacesStale(_ kind: TransportKind) throws {
    let provider = try ScriptedProvider([[.readRequest, .send(Self.fine), .close]])
    let client = try Client(kind)
    let route = route(provider.port)
    for _ in 0..<5 { #expect(try client.call(route).isComplete) }
    #expect(provider.requests.count == 5)
    try client.stop()
  }

  /// A way to fail, and what is to be heard of it.
  struct Fault: Sendable, CustomTestStringConvertible {
    let name: String
    let script: [ScriptedProvider.Step]
    var kind = ErrorKind.providerFailed
    var resend = GatewayError.Resend.never
    var hasHead = true
    var testDescription: String { name }
  }

  @Test(
    "Every way to break an answer is a failure, never a clean end",
    arguments: TransportKind.allCases,
    [
      Fault(name: "closed before the head", script: [.readRequest, .close], resend: .safe, hasHead: false),
      Fault(name: "reset before the head", script: [.readRequest, .reset], resend: .safe, hasHead: false),
      Fault(
        name: "half a head", script: [.readRequest, .send("HTTP/1.1 200 OK\r\nContent-Ty"), .close], hasHead: false),
      Fault(
        name: "no HTTP", script: [.readRequest, .send("hello there, this is no HTTP\r\n\r\n"), .close], hasHead: false),
      Fault(
        name: "body shorter than announced",
        script: [.readRequest, .send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"), .close]),
      Fault(
        name: "chunked body without its end",
        script: [.readRequest, .send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"), .close]),
      Fault(
        name: "reset in the body",
        script: [.readRequest, .send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"), .reset]),
      Fault(
        name: "broken chunk size",
        script: [.readRequest, .send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n"), .close]),
      Fault(
        name: "broken gzip",
        script: [
          .readRequest, .send("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello"), .close,
        ]),
      Fault(
        name: "unknown coding",
        script: [
          .readRequest, .send("HTTP/1.1 200 OK\r\nContent-Encoding: snappy\r\nContent-Length: 5\r\n\r\nhello"), .close,
        ]),
    ])
  func breaks(_ kind: TransportKind, _ fault: Fault) throws {
    let provider = try ScriptedProvider([fault.script])
    let client = try Client(kind)
    let recorder = try client.call(route(provider.port))
    let failure = try #require(recorder.ends.first ?? nil)
    #expect(recorder.ends.count == 1 && failure.kind == fault.kind && failure.resend == fault.resend)
    #expect(failure.origin == .upstream && recorder.heads.isEmpty == !fault.hasHead)
    try client.stop()
  }

  @Test("A refused connection may be tried elsewhere: nothing was sent", arguments: TransportKind.allCases)
  func refused(_ kind: TransportKind) throws {
    let (descriptors, bound) = try Listener.bind(SocketAddress.resolve("127.0.0.1:0")[0], count: 1)
    Socket(accepted: descriptors[0]).close()
    let client = try Client(kind)
    let failure = try #require(try client.call(route(bound.port)).ends.first ?? nil)
    #expect(failure.kind == .providerFailed && failure.resend == .safe)
    try client.stop()
  }

  @Test(
    "Informational heads are passed over, redirects are not followed, hostile headers are not taken",
    arguments: TransportKind.allCases)
  func heads(_ kind: TransportKind) throws {
    let many = String(repeating: "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", count: 50)
    let provider = try ScriptedProvider([
      [
        .readRequest,
        .send(
          "HTTP/1.1 100 Continue\r\n\r\n" + many
            + "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nSet-Cookie: a=b\r\nX-Request-Id: bad\u{7f}id\r\n"
            + "Retry-After:  7 \r\nCONTENT-TYPE: Text/Event-Stream; charset=utf-8\r\nContent-Length: 0\r\n\r\n"),
        .waitForClose,
      ]
    ])
    let client = try Client(kind)
    let recorder = try client.call(route(provider.port))
    let head = try #require(recorder.heads.first)
    #expect(recorder.heads.count == 1 && head.status == 302 && head.retryAfter == "7" && head.requestID == nil)
    #expect(head.contentType == "text/event-stream" && provider.connections == 1)
    try client.stop()
  }

  @Test(
    "Cancelling closes the connection at once and nothing more is heard", arguments: TransportKind.allCases,
    [true, false])
  func cancels(_ kind: TransportKind, _ afterHead: Bool) throws {
    let script: [ScriptedProvider.Step] =
      afterHead
      ? [.readRequest, .send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n"), .waitForClose]
      : [.readRequest, .waitForClose]
    let provider = try ScriptedProvider([script])
    let client = try Client(kind)
    let recorder = Recorder()
    let transfer = Box(try client.start(route(provider.port), "{}", recorder))
    #expect(
      eventually {
        provider.requests.count == 1 && (!afterHead || ((try? client.loop.call { !recorder.body.isEmpty }) ?? false))
      })
    try client.loop.call { transfer.value.cancel() }
    #expect(eventually { provider.closes == 1 })
    #expect(try client.loop.call { recorder.ends.isEmpty })
    try client.stop()
  }

  @Test(
    "Cancelling inside a callback is safe, and the handle serves the next call", arguments: TransportKind.allCases,
    [true, false])
  func cancelsInside(_ kind: TransportKind, _ inHead: Bool) throws {
    let provider = try ScriptedProvider([[.readRequest, .send(Self.fine), .waitForClose]])
    let client = try Client(kind)
    let route = route(provider.port)
    for _ in 0..<10 {
      let recorder = Recorder()
      if inHead { recorder.onHead = { $0.cancel() } } else { recorder.onBytes = { $0.cancel() } }
      let before = provider.closes
      _ = try client.start(route, "{}", recorder)
      #expect(eventually { provider.closes > before })
      #expect(try client.loop.call { recorder.ends.isEmpty })
    }
    #expect(try client.call(route).isComplete)
    try client.stop()
  }

  @Test(
    "A late cancel of an ended call does not touch the call that has its handle now", arguments: TransportKind.allCases)
  func lateCancel(_ kind: TransportKind) throws {
    let provider = try ScriptedProvider([
      [.readRequest, .send(Self.fine), .readRequest, .send(Self.fine), .waitForClose]
    ])
    let client = try Client(kind)
    let route = route(provider.port)
    let first = Recorder()
    let transfer = Box(try client.start(route, "{}", first))
    #expect(eventually { (try? client.loop.call { !first.ends.isEmpty }) ?? false })
    let second = Recorder()
    try client.loop.call {
      guard let transport = client.transport else { return }
      let body = ByteBuffer()
      body.append("{}")
      _ = transport.start(route, body: body, observer: second)
      transfer.value.cancel()
      transfer.value.pause()
    }
    #expect(eventually { (try? client.loop.call { !second.ends.isEmpty }) ?? false })
    #expect(second.isComplete && second.body == Array("ok".utf8))
    try client.stop()
  }

  @Test("A paused transfer holds the provider back; resumed, every byte arrives", arguments: TransportKind.allCases)
  func pauses(_ kind: TransportKind) throws {
    let total = 64 << 20
    let provider = try ScriptedProvider([
      [.readRequest, .send("HTTP/1.1 200 OK\r\nContent-Length: \(total)\r\n\r\n"), .flood(total), .waitForClose]
    ])
    let client = try Client(kind)
    let recorder = Recorder()
    let count = Box(0)
    let isFirst = Box(true)
    recorder.onBytes = { transfer in
      count.value += recorder.body.count
      recorder.body = []
      if isFirst.value {
        isFirst.value = false
        transfer.pause()
      }
    }
    let transfer = Box(try client.start(route(provider.port), "{}", recorder))
    #expect(eventually { (try? client.loop.call { !isFirst.value }) ?? false })
    var last = -1
    #expect(
      eventually { () -> Bool in
        // Held back: the kernel's buffers are full and the count stands still.
        let now = provider.sent
        defer { last = now }
        poll(nil, 0, 50)
        return now == last
      })
    #expect(provider.sent < total / 2)
    try client.loop.call { transfer.value.resume() }
    #expect(eventually(seconds: 60) { (try? client.loop.call { !recorder.ends.isEmpty }) ?? false })
    #expect(count.value == total && recorder.isComplete)
    try client.stop()
  }

  @Test("More calls than a provider's limit fail at once and safely", arguments: TransportKind.allCases)
  func limit(_ kind: TransportKind) throws {
    let provider = try ScriptedProvider([[.readRequest, .waitForClose]])
    let client = try Client(kind)
    let route = route(provider.port, limit: 2)
    let held = [Recorder(), Recorder()]
    let transfers = try held.map { Box(try client.start(route, "{}", $0)) }
    let failure = try #require(try client.call(route).ends.first ?? nil)
    #expect(failure.kind == .unavailable && failure.resend == .safe)
    try client.loop.call { for transfer in transfers { transfer.value.cancel() } }
    #expect(eventually { provider.closes == 2 })
    try client.stop()
  }

  @Test("Proxies of the environment are not used, a configured one is")
  func proxies() async {
    // In a process of its own: an environment must not change while other tests read it.
    await #expect(processExitsWith: .success) {
      setenv("http_proxy", "http://127.0.0.1:9", 1)
      for kind in TransportKind.allCases { try TransportTests().proxies(kind) }
    }
  }

  private func proxies(_ kind: TransportKind) throws {
    let provider = try ScriptedProvider([[.readRequest, .send(Self.fine), .close]])
    let client = try Client(kind)
    #expect(try client.call(route(provider.port)).isComplete)
    let proxied = UpstreamRoute(
      provider: "p", url: "http://provider.invalid/v1/x", headers: [],
      proxy: Secret("http://127.0.0.1:\(provider.port)"))
    #expect(try client.call(proxied).isComplete)
    #expect(provider.requests.last?.hasPrefix("POST http://provider.invalid/v1/x HTTP/1.1") == true)
    try client.stop()
  }

  @Test(
    "Other schemes than http and https are not spoken", arguments: TransportKind.allCases,
    ["file:///etc/passwd", "ftp://127.0.0.1/x", "not a url"])
  func schemes(_ kind: TransportKind, _ url: String) throws {
    let client = try Client(kind)
    let route = UpstreamRoute(provider: "p", url: url, headers: [])
    let failure = try #require(try client.call(route).ends.first ?? nil)
    #expect(failure.resend == .safe || failure.kind == .providerFailed)
    try client.stop()
  }
}

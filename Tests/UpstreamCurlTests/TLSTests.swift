import Core
import EventLoop
import TestSupport
import Testing
import Upstream

@testable import UpstreamCurl

/// Calls over TLS, over both transports, against certificates of a self-made authority.
@Suite(.serialized)
struct TLSTests {
  private func route(_ port: Int?, _ path: String = "/echo") -> UpstreamRoute {
    UpstreamRoute(provider: "p", url: "https://127.0.0.1:\(port ?? 9)\(path)", headers: [], connectMilliseconds: 20_000)
  }

  @Test("What is sent comes back, large and small, over one connection; whom nobody vouches for is refused")
  func tls() throws {
    let provider = try TLSProvider()
    defer { provider.stop() }
    for kind in TransportKind.allCases {
      try exchanges(kind, provider)
      try ends(kind, provider)
      try refusals(kind, provider)
    }
  }

  @Test(
    "Rules for addresses hold over TLS, and a route for one call leaves no connection",
    arguments: TransportKind.allCases)
  func rules(_ kind: TransportKind) throws {
    let provider = try TLSProvider()
    defer { provider.stop() }
    let client = try Client(kind, authorities: provider.authorities)
    let url = "https://127.0.0.1:\(provider.ports["right"] ?? 9)/echo"
    let loopback = try #require(IPAddress("127.0.0.1"))
    func single(_ rule: AddressRule) -> UpstreamRoute {
      UpstreamRoute(
        provider: "p", url: url, headers: [], connectMilliseconds: 20_000, addresses: rule, isKept: false)
    }
    let large = String(repeating: "0123456789abcdef", count: 65_536)
    for _ in 0..<2 {
      let recorder = try client.call(single(.only(loopback)), large)
      #expect(recorder.isComplete && recorder.body.count == large.utf8.count)
    }
    let failure = try client.call(single(.global)).ends.first ?? nil
    #expect(failure?.kind == .forbidden)
    if kind == .wire {
      #expect(try client.loop.call { (client.transport as? WireTransport)?.openConnections } == 0)
    }
    try client.stop()
  }

  private func exchanges(_ kind: TransportKind, _ provider: TLSProvider) throws {
    let client = try Client(kind, authorities: provider.authorities)
    let route = route(provider.ports["right"])
    let large = String(repeating: "0123456789abcdef", count: 65_536)
    for body in ["{}", large, "", large, "{}"] {
      let recorder = try client.call(route, body)
      #expect(recorder.isComplete && recorder.body == Array(body.utf8))
    }
    if kind == .wire {
      #expect(try client.loop.call { (client.transport as? WireTransport)?.openConnections } == 1)
      try pauses(client, route, large)
    }
    let many = (0..<10).map { _ in Recorder() }
    try client.loop.call {
      let transfers = many.compactMap { client.transport?.start(route, body: Client.body(large), observer: $0) }
      for transfer in transfers.prefix(3) { transfer.cancel() }
    }
    #expect(eventually { (try? client.loop.call { many[3...].allSatisfy { $0.isComplete } }) ?? false })
    #expect(many[3...].allSatisfy { $0.body.count == large.utf8.count } && many[..<3].allSatisfy { $0.ends.isEmpty })
    try client.stop()
  }

  /// Bytes that are decrypted already are not lost while a call is paused.
  private func pauses(_ client: Client, _ route: UpstreamRoute, _ body: String) throws {
    let recorder = Recorder()
    recorder.onBytes = { $0.pause() }
    let transfer = Box(try client.start(route, body, recorder))
    #expect(
      eventually {
        (try? client.loop.call {
          transfer.value.resume()
          return !recorder.ends.isEmpty
        }) ?? false
      })
    #expect(recorder.isComplete && recorder.body == Array(body.utf8))
  }

  /// The end of TLS is an end; the end of TCP below it is a cut.
  private func ends(_ kind: TransportKind, _ provider: TLSProvider) throws {
    let client = try Client(kind, authorities: provider.authorities)
    let closed = try client.call(route(provider.ports["right"], "/close"), "hello")
    #expect(closed.isComplete && closed.body == Array("hello".utf8))
    let cut = try client.call(route(provider.ports["right"], "/cut"), "hello")
    // Libcurl itself takes both for an end.
    #expect(cut.ends.count == 1 && cut.isComplete == (kind == .curl))
    try client.stop()
  }

  private func refusals(_ kind: TransportKind, _ provider: TLSProvider) throws {
    let client = try Client(kind, authorities: provider.authorities)
    for name in ["wrong", "expired", "untrusted", "old"] {
      let recorder = try client.call(route(provider.ports[name]))
      let failure = try #require(recorder.ends.first ?? nil)
      #expect(failure.kind == .providerFailed && failure.resend == .safe && recorder.heads.isEmpty, "\(name)")
    }
    try client.stop()
  }
}

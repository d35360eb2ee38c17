import Core
import TestSupport
import Testing
import Upstream

@testable import UpstreamCurl

/// Where a route's connections may go, and what is kept of a route for one call.
@Suite(.serialized)
struct AddressRuleTests {
  private static let fine = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

  private static func kept(_ count: Int) -> [ScriptedProvider.Step] {
    Array(repeating: [ScriptedProvider.Step.readRequest, .send(fine)], count: count).flatMap { $0 } + [.waitForClose]
  }

  private func route(
    _ port: Int, host: String = "127.0.0.1", _ rule: AddressRule = .any, isKept: Bool = true
  ) -> UpstreamRoute {
    UpstreamRoute(
      provider: "p", url: "http://\(host):\(port)/x", headers: [], connectMilliseconds: 20_000, addresses: rule,
      isKept: isKept)
  }

  @Test("An address that the rule does not allow is never connected to", arguments: TransportKind.allCases)
  func refuses(_ kind: TransportKind) throws {
    let provider = try ScriptedProvider([Self.kept(1)])
    let client = try Client(kind)
    let other = try #require(IPAddress("10.0.0.1"))
    for route in [
      route(provider.port, host: "localhost", .global), route(provider.port, .global),
      route(provider.port, .only(other)),
    ] {
      let failure = try client.call(route).ends.first ?? nil
      #expect(failure?.kind == .forbidden && failure?.message.contains("127") == false)
    }
    #expect(provider.connections == 0)
    try client.stop()
  }

  @Test("An address that the rule allows is connected to", arguments: TransportKind.allCases)
  func allows(_ kind: TransportKind) throws {
    let provider = try ScriptedProvider([Self.kept(1)])
    let client = try Client(kind)
    let loopback = try #require(IPAddress("127.0.0.1"))
    for route in [route(provider.port, .only(loopback)), route(provider.port, host: "localhost", .only(loopback))] {
      #expect(try client.call(route).isComplete)
    }
    #expect(provider.connections == 2)
    try client.stop()
  }

  @Test("A connection that another rule has opened is no way around the rule", arguments: TransportKind.allCases)
  func pools(_ kind: TransportKind) throws {
    let provider = try ScriptedProvider([Self.kept(2)])
    let client = try Client(kind)
    #expect(try client.call(route(provider.port)).isComplete)
    let failure = try client.call(route(provider.port, .global)).ends.first ?? nil
    #expect(failure?.kind == .forbidden && provider.requests.count == 1)
    try client.stop()
  }

  @Test("Nothing is kept of a route for one call", arguments: TransportKind.allCases)
  func single(_ kind: TransportKind) throws {
    let provider = try ScriptedProvider([Self.kept(1)])
    let client = try Client(kind)
    weak var seen: UpstreamRoute?
    do {
      let route = route(provider.port, isKept: false)
      seen = route
      for _ in 0..<2 { #expect(try client.call(route).isComplete) }
    }
    #expect(eventually { provider.closes == 2 } && provider.connections == 2)
    #expect(eventually { seen == nil })
    try client.stop()
  }

  @Test("A redirect's target and the announced length are in the head", arguments: TransportKind.allCases)
  func head(_ kind: TransportKind) throws {
    let long = "https://a.example/" + String(repeating: "x", count: 1000)
    let tooLong = "/" + String(repeating: "x", count: FetchTarget.limit)
    let provider = try ScriptedProvider([
      [.readRequest, .send("HTTP/1.1 302 Found\r\nLOCATION:  \(long) \r\nContent-Length: 0\r\n\r\n"), .close],
      [
        .readRequest,
        .send(
          "HTTP/1.1 301 Moved\r\nLocation: /\u{e9}\r\nLast-Modified: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        .close,
      ],
      [.readRequest, .send("HTTP/1.1 301 Moved\r\nLocation: \(tooLong)\r\nContent-Length: 2\r\n\r\nok"), .close],
    ])
    let client = try Client(kind)
    let heads = try (0..<3).map { _ in try client.call(route(provider.port), nil).heads.first }
    #expect(heads.map { $0?.location } == [long, "/\u{e9}", nil])
    #expect(heads.map { $0?.contentLength } == [0, nil, 2])
    try client.stop()
  }
}

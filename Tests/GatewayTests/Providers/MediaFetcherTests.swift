import Core
import Gateway
import TestSupport
import Testing
import Translation
import Upstream

@Suite("Fetching what URLs of requests lead to", .serialized)
struct MediaFetcherTests {
  private static let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 1, 2]

  /// What a fetch has said; nil while it runs.
  private final class Outcome: @unchecked Sendable {
    var result: Result<[String: MediaSource], GatewayError>?
    var calls = 0
  }

  private static func rule(_ hosts: [String], maxBytes: Int = 1000, milliseconds: Int64 = 10_000) throws -> FetchRule {
    FetchRule(hosts: try hosts.map { try HostPattern($0) }, maxBytes: maxBytes, milliseconds: milliseconds)
  }

  /// Fetches paths of a site on this machine, whose address is listed.
  private static func fetch(
    _ paths: [String], from site: ScriptedSite, _ edit: (inout FetchRule) -> Void = { _ in }
  ) throws -> Result<[String: MediaSource], GatewayError> {
    let server = try TestServer(handler: site)
    defer { server.stop() }
    let bench = try Bench()
    var rule = try rule(["127.0.0.1:\(server.port)"])
    edit(&rule)
    let result = try fetch(paths.map { "http://127.0.0.1:\(server.port)\($0)" }, rule, bench)
    try bench.stop()
    return result
  }

  private static func fetch(
    _ urls: [String], _ rule: FetchRule, _ bench: Bench
  ) throws -> Result<[String: MediaSource], GatewayError> {
    let outcome = Outcome()
    _ = try bench.media { media in
      media.fetch(urls, rule) { result in
        outcome.result = result.map(\.sources)
        outcome.calls += 1
      }
    }
    #expect(eventually { (try? bench.loop.call { outcome.result != nil }) ?? false })
    #expect(try bench.loop.call { outcome.calls } == 1)
    return try #require(try bench.loop.call { outcome.result })
  }

  private static func sources(_ result: Result<[String: MediaSource], GatewayError>) throws -> [MediaSource] {
    try result.get().sorted { $0.key < $1.key }.map(\.value)
  }

  private static func message(_ result: Result<[String: MediaSource], GatewayError>) -> String {
    guard case .failure(let error) = result else { return "fetched" }
    return "\(error.kind.status) \(error.message)"
  }

  @Test("Pictures and documents become bytes of the type that they are", arguments: [true, false])
  func types(_ isChunked: Bool) throws {
    let contents: [(path: String, type: String, bytes: [UInt8], is: String)] = [
      ("/a", "image/png", MediaFetcherTests.png, "image/png"), ("/b", "image/jpeg", MediaFetcherTests.png, "image/png"),
      ("/c", "application/octet-stream", [0xFF, 0xD8, 0xFF, 0xE0], "image/jpeg"),
      ("/d", "image/gif", Array("GIF89a..".utf8), "image/gif"),
      ("/e", "text/html", Array("RIFF\u{1}\u{1}\u{1}\u{1}WEBPVP8 ".utf8), "image/webp"),
      ("/f", "application/pdf", Array("\n%PDF-1.7".utf8), "application/pdf"),
      ("/g", "Text/Plain; charset=utf-8", Array("hello".utf8), "text/plain"),
    ]
    let site = ScriptedSite { request in
      contents.first { $0.path == request.target }.map {
        ScriptedSite.Reply(type: $0.type, body: $0.bytes, isChunked: isChunked)
      }
    }
    let result = try MediaFetcherTests.fetch(contents.map(\.path), from: site)
    #expect(
      try MediaFetcherTests.sources(result)
        == contents.map { MediaSource.data(type: $0.is, base64: Base64.encode($0.bytes)) })
    #expect(site.requests.count == 7)
    for request in site.requests { #expect(request.fields["authorization"] == nil && request.fields["cookie"] == nil) }
  }

  @Test("Content that comes in pieces is put together")
  func large() throws {
    let bytes = MediaFetcherTests.png + (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    let site = ScriptedSite { _ in ScriptedSite.Reply(type: "image/png", body: bytes) }
    let result = try MediaFetcherTests.fetch(["/x"], from: site) { $0.maxBytes = 200_010 }
    #expect(try MediaFetcherTests.sources(result) == [.data(type: "image/png", base64: Base64.encode(bytes))])
  }

  @Test(
    "What is no such content is the caller's error",
    arguments: [
      (ScriptedSite.Reply(type: "image/png", body: Array("<html>".utf8)), "not what its Content-Type says"),
      (ScriptedSite.Reply(type: "application/octet-stream", body: [1, 2]), "says nothing"),
      (ScriptedSite.Reply(type: "text/plain"), "says nothing"),
      (ScriptedSite.Reply(status: 404, type: "image/png", body: png), "answered with status 404"),
      (ScriptedSite.Reply(status: 302, type: "image/png", body: png), "answered with status 302"),
      (ScriptedSite.Reply(status: 206, type: "image/png", body: png), "answered with status 206"),
    ])
  func notContent(_ row: (reply: ScriptedSite.Reply, says: String)) throws {
    let message = MediaFetcherTests.message(
      try MediaFetcherTests.fetch(["/secret?token=1"], from: ScriptedSite { _ in row.reply }))
    #expect(message.hasPrefix("400 A URL in the request cannot be fetched") && message.contains(row.says))
    #expect(!message.contains("secret") && !message.contains("token"))
  }

  @Test("All URLs of a request together stay below the limit, announced or not", arguments: [true, false])
  func size(_ isChunked: Bool) throws {
    let body = MediaFetcherTests.png + [UInt8](repeating: 0, count: 590)
    let site = ScriptedSite { _ in ScriptedSite.Reply(type: "image/png", body: body, isChunked: isChunked) }
    #expect(try MediaFetcherTests.sources(try MediaFetcherTests.fetch(["/a"], from: site)).count == 1)
    let message = MediaFetcherTests.message(try MediaFetcherTests.fetch(["/a", "/b"], from: site))
    #expect(message.hasPrefix("413 ") && message.contains("larger than 1000 bytes"))
  }

  @Test("A host that does not answer in time is given up, and one that cannot be reached too")
  func time() throws {
    let silent = MediaFetcherTests.message(
      try MediaFetcherTests.fetch(["/a"], from: ScriptedSite { _ in nil }) { $0.milliseconds = 20 })
    #expect(silent.hasPrefix("400 ") && silent.contains("not there within 20 ms"))
    let server = try TestServer(handler: ScriptedSite { _ in nil })
    server.stop()
    let bench = try Bench()
    let gone = MediaFetcherTests.message(
      try MediaFetcherTests.fetch(
        ["http://127.0.0.1:\(server.port)/"], try MediaFetcherTests.rule(["127.0.0.1:\(server.port)"]), bench))
    #expect(gone.contains("gave no answer"))
    try bench.stop()
  }

  @Test("Redirects are followed, at most three, and only to allowed places")
  func redirects() throws {
    let site = ScriptedSite { request in
      if request.target == "/end" { return ScriptedSite.Reply(type: "image/png", body: MediaFetcherTests.png) }
      let locations = [
        "/3": "2", "/2": "/1", "/1": "//\(request.fields["host"] ?? "")/end", "/4": "/3",
        "/out": "https://example.com/",
        "/port": "http://127.0.0.1:1/", "/data": "data:image/png;base64,AA",
      ]
      return ScriptedSite.Reply(status: 302, type: "text/html", location: locations[request.target], body: [1])
    }
    #expect(
      try MediaFetcherTests.sources(try MediaFetcherTests.fetch(["/3"], from: site)) == [
        .data(type: "image/png", base64: Base64.encode(MediaFetcherTests.png))
      ])
    for (path, says) in [
      ("/4", "redirected more than 3 times"), ("/out", "the host example.com is not in privacy.fetch.hosts"),
      ("/port", "the host 127.0.0.1 is not in"), ("/data", "neither http nor https"),
    ] {
      #expect(MediaFetcherTests.message(try MediaFetcherTests.fetch([path], from: site)).contains(says))
    }
  }

  @Test("A name that leads to this machine is not followed, though the name is allowed")
  func names() throws {
    let site = ScriptedSite { _ in ScriptedSite.Reply(type: "image/png", body: MediaFetcherTests.png) }
    let server = try TestServer(handler: site)
    let bench = try Bench()
    let rule = try MediaFetcherTests.rule(["localhost:\(server.port)", "127.0.0.1:\(server.port)"])
    let message = MediaFetcherTests.message(
      try MediaFetcherTests.fetch(["http://localhost:\(server.port)/"], rule, bench))
    #expect(message.contains("the host localhost has an address that is not public") && site.requests.isEmpty)
    try bench.stop()
    server.stop()
  }

  @Test("What is not allowed fails at once, and nothing is asked")
  func refusals() throws {
    let bench = try Bench()
    let rule = try MediaFetcherTests.rule(["img.example.com"])
    let many = (0...MediaFetcher.mostURLs).map { "https://img.example.com/\($0)" }
    for (urls, says) in [
      (["https://img.example.com/", "https://evil.example/"], "evil.example is not in privacy.fetch.hosts"),
      (many, "more than 16"), (["file:///etc/passwd"], "neither http nor https"),
    ] {
      let outcome = Outcome()
      let pending = try bench.media { $0.fetch(urls, rule) { outcome.result = $0.map(\.sources) } }
      #expect(pending == nil)
      #expect(MediaFetcherTests.message(try #require(outcome.result)).contains(says))
    }
    let empty = MediaFetcherTests.message(
      try MediaFetcherTests.fetch(["https://img.example.com/"], FetchRule(), bench))
    #expect(empty.contains("privacy.fetch.hosts is empty"))
    try bench.stop()
  }

  @Test("Nothing is fetched when memory is short")
  func pressure() throws {
    let server = try TestServer(
      handler: ScriptedSite { _ in ScriptedSite.Reply(type: "image/png", body: MediaFetcherTests.png) })
    let bench = try Bench()
    bench.pressure.setShort(true)
    let rule = try MediaFetcherTests.rule(["127.0.0.1:\(server.port)"])
    let message = MediaFetcherTests.message(
      try MediaFetcherTests.fetch(["http://127.0.0.1:\(server.port)/"], rule, bench))
    #expect(message.hasPrefix("503 "))
    try bench.stop()
    server.stop()
  }

  @Test("A fetch that is given up says nothing and closes its connections")
  func cancelled() throws {
    let site = ScriptedSite { _ in nil }
    let server = try TestServer(handler: site)
    let bench = try Bench()
    let outcome = Outcome()
    let rule = try MediaFetcherTests.rule(["127.0.0.1:\(server.port)"])
    let pending = Box<(any Cancellable)?>(nil)
    try bench.media { media in
      pending.value = media.fetch(["http://127.0.0.1:\(server.port)/"], rule) { outcome.result = $0.map(\.sources) }
    }
    #expect(eventually { site.requests.count == 1 })
    try bench.loop.call { pending.value?.cancel() }
    #expect(eventually { server.openConnections == 0 } && outcome.result == nil)
    try bench.stop()
    server.stop()
  }
}

import Core
import HTTPServer
import TestSupport
import Testing

@Suite("The HTTP/1.1 server")
struct ServerTests {
  private func withServer(
    _ limits: ServerLimits = ServerLimits(), _ body: (TestServer, ScriptedHandler) throws -> Void
  ) throws {
    let handler = ScriptedHandler()
    let server = try TestServer(limits: limits, handler: handler)
    defer { server.stop() }
    try body(server, handler)
  }

  private func get(_ target: String, _ fields: String = "") -> String {
    "GET \(target) HTTP/1.1\r\nHost: a\r\n\(fields)\r\n"
  }

  private func post(_ target: String, _ fields: String, _ body: String) -> String {
    "POST \(target) HTTP/1.1\r\nHost: a\r\n\(fields)\r\n\(body)"
  }

  // MARK: Requests in order

  @Test("one connection serves many requests")
  func keepAlive() throws {
    try withServer { server, _ in
      let client = try server.client()
      for index in 0..<50 {
        try client.send(get("/\(index)"))
        #expect(try client.readResponse().text == "GET /\(index) ")
      }
      #expect(server.openConnections == 1)
    }
  }

  @Test("pipelined requests are answered once each, in order, though answered at different times")
  func pipelining() throws {
    try withServer { server, _ in
      let client = try server.client()
      let targets = (0..<200).map { $0 % 3 == 0 ? "/later" : "/p\($0)" }
      try client.send(targets.map { get($0) }.joined())
      for target in targets {
        #expect(try client.readResponse().text == (target == "/later" ? "later" : "GET \(target) "))
      }
    }
  }

  @Test("a caller that pipelines far ahead is read only as far as the bound")
  func readAhead() throws {
    try withServer { server, handler in
      let client = try server.client(seconds: 1)
      let body = String(repeating: "b", count: 65_000)
      try client.send(get("/hold"))
      let filler = Array(post("/x", "Content-Length: \(body.utf8.count)\r\n", body).utf8)
      var sent = 0
      while sent < 64 << 20 {
        guard (try? client.send(filler)) != nil else { break }
        sent += filler.count
      }
      #expect(sent < 64 << 20)
      #expect(eventually { handler.counts.withLock { $0.ready } == 1 })
    }
  }

  @Test("sized, chunked and gzip bodies arrive as they were meant")
  func bodies() throws {
    try withServer { server, _ in
      let client = try server.client()
      try client.send(post("/a", "Content-Length: 5\r\n", "sized"))
      #expect(try client.readResponse().text == "POST /a sized")
      try client.send(post("/a", "Transfer-Encoding: chunked\r\n", "3\r\nchu\r\n4\r\nnked\r\n0\r\n\r\n"))
      #expect(try client.readResponse().text == "POST /a chunked")
      let packed = Gzip.compress(Array("compressed".utf8))
      try client.send(
        Array(post("/a", "Content-Encoding: gzip\r\nContent-Length: \(packed.count)\r\n", "").utf8) + packed)
      #expect(try client.readResponse().text == "POST /a compressed")
    }
  }

  @Test("a large body and a large answer go through whole")
  func largeBody() throws {
    try withServer { server, _ in
      let client = try server.client()
      let body = [UInt8](repeating: 122, count: 8 << 20)
      try client.send(Array(post("/a", "Content-Length: \(body.count)\r\n", "").utf8) + body)
      #expect(try client.readResponse().body.count == body.count + 8)
    }
  }

  @Test("HEAD gets the length and no body, 204 neither")
  func bodiless() throws {
    try withServer { server, _ in
      let client = try server.client()
      try client.send(
        "HEAD /size?bytes=77 HTTP/1.1\r\nHost: a\r\n\r\n" + get("/empty") + "HEAD /stream HTTP/1.1\r\nHost: a\r\n\r\n")
      let head = try client.readResponse(isHead: true)
      #expect(head.first("content-length") == "77")
      let empty = try client.readResponse()
      #expect(empty.status == 204)
      #expect(empty.first("content-length") == nil)
      #expect(try client.readResponse(isHead: true).status == 200)
      try client.send(get("/next"))
      #expect(try client.readResponse().text == "GET /next ")
    }
  }

  @Test("writes of one turn leave as one chunk")
  func coalescing() throws {
    try withServer { server, _ in
      let client = try server.client()
      try client.send(get("/stream?writes=20"))
      let response = try client.readResponse()
      #expect(response.chunkSizes.count == 1)
      #expect(response.text.hasSuffix("piece 19;"))
    }
  }

  @Test("a stream that is finished in a turn without a write still ends")
  func lateFinish() throws {
    try withServer { server, _ in
      let client = try server.client()
      try client.send(get("/finish-later") + get("/next"))
      #expect(try client.readResponse().text == "late end")
      #expect(try client.readResponse().text == "GET /next ")
    }
  }

  @Test("HTTP/1.0 gets a body ended by the close, and stays open only when it asks for it")
  func oldVersion() throws {
    try withServer { server, _ in
      let stream = try server.client()
      try stream.send("GET /stream?writes=2 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
      let response = try stream.readResponse()
      #expect(response.first("transfer-encoding") == nil)
      #expect(response.text == "piece 0;piece 1;")
      let client = try server.client()
      try client.send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
      #expect(try client.readResponse().first("connection") == "keep-alive")
      try client.send("GET /b HTTP/1.0\r\n\r\n")
      #expect(try client.readResponse().first("connection") == "close")
      #expect(try client.isAtEnd())
    }
  }

  @Test("Connection: close is answered and honoured")
  func close() throws {
    try withServer { server, _ in
      let client = try server.client()
      try client.send(get("/a", "Connection: close\r\n"))
      #expect(try client.readResponse().first("connection") == "close")
      #expect(try client.isAtEnd())
    }
  }

  @Test("100 Continue comes when the head is accepted, and not when it is refused")
  func expectation() throws {
    try withServer { server, _ in
      let client = try server.client()
      try client.send(post("/a", "Expect: 100-continue\r\nContent-Length: 2\r\n", ""))
      #expect(try client.readUntil("\r\n\r\n").text == "HTTP/1.1 100 Continue\r\n\r\n")
      try client.send("ok")
      #expect(try client.readResponse().text == "POST /a ok")
      let refused = try server.client()
      try refused.send(post("/refuse", "Expect: 100-continue\r\nContent-Length: 2\r\n", ""))
      #expect(try refused.readResponse().status == 401)
      #expect(try refused.isAtEnd())
    }
  }

  @Test("a refused request whose body is there keeps the connection, otherwise the body is never a request")
  func refusal() throws {
    try withServer { server, handler in
      let client = try server.client()
      try client.send(post("/refuse", "Content-Length: 4\r\n", "body") + get("/next"))
      #expect(try client.readResponse().status == 401)
      #expect(try client.readResponse().text == "GET /next ")
      let hidden = get("/smuggled")
      let other = try server.client()
      try other.send(post("/refuse", "Content-Length: \(hidden.utf8.count + 10)\r\n", ""))
      #expect(try other.readResponse().status == 401)
      try? other.send(hidden)
      other.finishSending()
      #expect(try other.readToEnd().isEmpty)
      #expect(handler.counts.withLock { $0.ready } == 1)
    }
  }

  @Test("errors carry their fields and every response the common ones")
  func errors() throws {
    try withServer { server, _ in
      let client = try server.client()
      try client.send(get("/fail"))
      let response = try client.readResponse()
      #expect(response.status == 405)
      #expect(response.first("allow") == "GET")
      #expect(response.first("retry-after") == "7")
      #expect(response.first("x-common") == "yes")
      #expect(response.text == "{\"status\":405}")
      try client.send("nonsense\r\n\r\n")
      #expect(try client.readResponse().first("x-common") == "no head")
    }
  }

  // MARK: Limits

  @Test("a body above the limit is a 413 that the caller can read although it is still sending")
  func tooLarge() throws {
    var limits = ServerLimits()
    limits.bodyBytes = 100_000
    try withServer(limits) { server, _ in
      let body = [UInt8](repeating: 97, count: 4 << 20)
      for fields in ["Content-Length: \(body.count)\r\n", "Transfer-Encoding: chunked\r\n"] {
        let client = try server.client()
        try client.send(Array(post("/a", fields, fields.hasPrefix("T") ? "400000\r\n" : "").utf8) + body)
        let response = try client.readResponse()
        #expect(response.status == 413)
        #expect(response.first("connection") == "close")
        client.finishSending()
        #expect(try client.isAtEnd())
      }
    }
  }

  @Test("a gzip bomb is a 413, several members are one body, a cut one is a 400")
  func gzip() throws {
    var limits = ServerLimits()
    limits.bodyBytes = 1 << 20
    try withServer(limits) { server, handler in
      func send(_ packed: [UInt8]) throws -> RawResponse {
        let client = try server.client()
        try client.send(
          Array(post("/a", "Content-Encoding: gzip\r\nContent-Length: \(packed.count)\r\n", "").utf8) + packed)
        return try client.readResponse()
      }
      let full = [UInt8](repeating: 97, count: 1 << 20)
      let word = Gzip.compress(Array("abc".utf8))
      let bomb = try send(Gzip.compress([UInt8](repeating: 0, count: 64 << 20)))
      #expect(bomb.status == 413)
      let largest = try send(Gzip.compress(full))
      #expect(largest.body.count == full.count + 8)
      let above = try send(Gzip.compress(full + [97]))
      #expect(above.status == 413)
      let members = try send(word + word)
      #expect(members.text == "POST /a abcabc")
      let cut = try send(Array(word.dropLast(3)))
      #expect(cut.status == 400)
      let trailing = try send(word + [1, 2, 3])
      #expect(trailing.status == 400)
    }
  }

  @Test("a slow head and a slow body are a 408, a silent connection is just closed")
  func deadlines() throws {
    var limits = ServerLimits()
    limits.headerSeconds = 1
    limits.bodySeconds = 1
    limits.idleSeconds = 1
    try withServer(limits) { server, handler in
      let head = try server.client()
      let body = try server.client()
      let silent = try server.client()
      let used = try server.client()
      try used.send(get("/a"))
      _ = try used.readResponse()
      try head.send("GET /a HT")
      try body.send(post("/a", "Content-Length: 10\r\n", "abc"))
      #expect(try head.readResponse().status == 408)
      #expect(try body.readResponse().status == 408)
      #expect(try silent.isAtEnd())
      #expect(try used.isAtEnd())
      #expect(handler.counts.withLock { $0.left } == 1)
    }
  }

  @Test("connections above the maximum wait until one ends")
  func maximum() throws {
    var limits = ServerLimits()
    limits.connections = 2
    try withServer(limits) { server, _ in
      let first = try server.client()
      let second = try server.client()
      for client in [first, second] {
        try client.send(get("/a"))
        _ = try client.readResponse()
      }
      let third = try server.client()
      try third.send(get("/third"))
      #expect(server.openConnections == 2)
      first.close()
      #expect(try third.readResponse().text == "GET /third ")
    }
  }
}

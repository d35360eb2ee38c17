import Core
import HTTPServer
import TestSupport
import Testing

@Suite("Callers that leave, stall or are cut off")
struct CallerTests {
  private func withServer(
    _ limits: ServerLimits = ServerLimits(), _ body: (TestServer, ScriptedHandler) throws -> Void
  ) throws {
    let handler = ScriptedHandler()
    let server = try TestServer(limits: limits, handler: handler)
    defer { server.stop() }
    try body(server, handler)
  }

  private func get(_ target: String) -> String { "GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n" }

  @Test(
    "the handler learns that the caller has left", arguments: ["close", "reset", "half-close", "close with more sent"])
  func leaving(_ way: String) throws {
    try withServer { server, handler in
      let client = try server.client()
      try client.send(get("/hold"))
      #expect(eventually { handler.counts.withLock { $0.ready } == 1 })
      switch way {
      case "close": client.close()
      case "reset": client.reset()
      case "half-close": client.finishSending()
      default:
        try client.send([UInt8](repeating: 65, count: 30_000))
        client.close()
      }
      #expect(eventually { handler.counts.withLock { $0.left } == 1 })
      #expect(eventually { server.openConnections == 0 })
    }
  }

  @Test("a caller that leaves in the middle of its body is told of, and its connection freed")
  func leavingInBody() throws {
    try withServer { server, handler in
      let client = try server.client()
      try client.send("POST /a HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 100\r\n\r\n")
      _ = try client.readUntil("100 Continue")
      try client.send("abc")
      client.reset()
      #expect(eventually { handler.counts.withLock { $0.left } == 1 && server.openConnections == 0 })
      #expect(handler.counts.withLock { $0.ready } == 0)
    }
  }

  @Test("a caller that closed its half after the request still gets an answer made at once")
  func halfClose() throws {
    try withServer { server, _ in
      let client = try server.client()
      try client.send(get("/size?bytes=3000000"))
      client.finishSending()
      #expect(try client.readResponse().body.count == 3_000_000)
      #expect(try client.isAtEnd())
    }
  }

  @Test("a stream waits for a slow caller and is complete in the end")
  func backpressure() throws {
    try withServer { server, handler in
      let client = try server.client(receiveBuffer: 4096)
      try client.send("GET /pump HTTP/1.0\r\n\r\n")
      _ = try client.readUntil("\r\n\r\n")
      #expect(handler.counts.withLock { $0.written } < 16 << 20)
      let whole = try client.readToEnd()
      #expect(whole.count > ScriptedHandler.pumped && whole.count < ScriptedHandler.pumped + 1000)
      #expect(handler.counts.withLock { $0.written } == ScriptedHandler.pumped)
      #expect(handler.counts.withLock { $0.drained } > 10)
    }
  }

  @Test("a caller that takes nothing is given up after the write timeout")
  func writeTimeout() throws {
    var limits = ServerLimits()
    limits.writeSeconds = 1
    try withServer(limits) { server, handler in
      let client = try server.client(receiveBuffer: 4096)
      try client.send(get("/pump"))
      #expect(eventually { handler.counts.withLock { $0.left } == 1 })
      #expect(eventually { server.openConnections == 0 })
      client.close()
    }
  }

  @Test("an aborted stream ends without its last chunk")
  func abort() throws {
    try withServer { server, handler in
      let client = try server.client()
      try client.send(get("/cut"))
      let text = try client.readUntil("half").text
      #expect(text.hasSuffix("0004\r\nhalf") || text.hasSuffix("0004\r\nhalf\r\n"))
      client.finishSending()
      #expect(try !client.readToEnd().text.hasSuffix("0\r\n\r\n"))
      let old = try server.client()
      try old.send("GET /cut HTTP/1.0\r\n\r\n")
      _ = try old.readToEnd()
      let silent = try server.client()
      try silent.send(get("/abort"))
      silent.finishSending()
      #expect(try silent.readToEnd().isEmpty)
      #expect(handler.counts.withLock { $0.left } == 0)
    }
  }

  @Test("a connection that was taken over carries raw bytes only", arguments: ["close", "reset"])
  func takeOver(_ way: String) throws {
    try withServer { server, _ in
      let client = try server.client()
      try client.send(get("/raw?\(way)"))
      #expect(try client.readToEnd().text == "not HTTP at all")
      client.close()
      #expect(eventually { server.openConnections == 0 })
    }
  }

  @Test("a thousand connections that stop anywhere leave nothing behind")
  func strays() throws {
    try withServer { server, _ in
      let request = Array("POST /later HTTP/1.1\r\nHost: a\r\nContent-Length: 20\r\n\r\n01234567890123456789".utf8)
      for index in 0..<1000 {
        let client = try server.client()
        try client.send(Array(request.prefix(index % (request.count + 1))))
        index % 2 == 0 ? client.reset() : client.close()
      }
      #expect(eventually { server.openConnections == 0 })
    }
  }

  // MARK: Draining

  @Test("draining serves who is there, closes who is idle and then says so")
  func drain() throws {
    try withServer { server, _ in
      let idle = try server.client()
      try idle.send(get("/a"))
      _ = try idle.readResponse()
      let busy = try server.client(receiveBuffer: 4096)
      try busy.send("GET /pump HTTP/1.0\r\n\r\n")
      _ = try busy.readUntil("\r\n\r\n")
      let isIdle = Box(false)
      try server.drain { isIdle.value = true }
      #expect(try idle.isAtEnd())
      #expect(throws: ClientFailure.self) { try server.client() }
      #expect(try !server.loop.call { isIdle.value })
      #expect(try busy.readToEnd().count > ScriptedHandler.pumped)
      busy.close()
      #expect(eventually { (try? server.loop.call { isIdle.value }) == true })
    }
  }

  @Test("a response begun before draining announces nothing, one begun after it closes")
  func drainAnnounces() throws {
    try withServer { server, handler in
      let client = try server.client()
      try client.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n")
      #expect(eventually { server.openConnections == 1 })
      try client.send("o")
      let isIdle = Box(false)
      try server.drain { isIdle.value = true }
      try client.send("k")
      let response = try client.readResponse()
      #expect(response.text == "POST /a ok")
      #expect(response.first("connection") == "close")
      client.close()
      #expect(eventually { (try? server.loop.call { isIdle.value }) == true })
    }
  }

  @Test("closing everything tells the handler of every open exchange")
  func closeAll() throws {
    try withServer { server, handler in
      let clients = try (0..<5).map { _ in try server.client() }
      for client in clients { try client.send(get("/hold")) }
      #expect(eventually { handler.counts.withLock { $0.ready } == 5 })
      try server.closeAll()
      #expect(handler.counts.withLock { $0.left } == 5)
      #expect(server.openConnections == 0)
    }
  }
}

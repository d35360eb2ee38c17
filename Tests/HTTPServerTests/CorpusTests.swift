import HTTPServer
import TestSupport
import Testing

@Suite("Hostile and odd requests")
struct CorpusTests {
  private static let goodRequest = "GET /good HTTP/1.1\r\nHost: a\r\n\r\n"

  private enum Delivery: CaseIterable { case whole, byteByByte, pipelined }

  @Test("every request of the corpus gets exactly one right answer and the next caller is served")
  func corpus() throws {
    #expect(Corpus.all.count >= 120)
    let handler = ScriptedHandler()
    let server = try TestServer(handler: handler)
    defer { server.stop() }
    for sample in Corpus.all {
      for delivery in Delivery.allCases { try deliver(sample, delivery, to: server) }
      let client = try server.client()
      try client.send(CorpusTests.goodRequest)
      #expect(try client.readResponse().status == 200, "after \(sample.name)")
    }
    #expect(eventually { server.openConnections == 0 })
  }

  @Test("mutated requests are answered or closed, never with a server error, and none breaks the server")
  func mutations() throws {
    let handler = ScriptedHandler()
    let server = try TestServer(handler: handler)
    defer { server.stop() }
    var generator = SplitMix(state: 11)
    for round in 0..<3000 {
      let sample = Mutation.of(Corpus.all[round % Corpus.all.count].bytes, &generator)
      let client = try server.client(seconds: 5)
      try? client.send(sample)
      client.finishSending()
      let answer = try client.readToEnd()
      for status in Mutation.statuses(answer) {
        #expect(status < 500 || status == 505, "\(sample.text.debugDescription)")
      }
    }
    let client = try server.client()
    try client.send(CorpusTests.goodRequest)
    #expect(try client.readResponse().status == 200)
    client.close()
    #expect(eventually { server.openConnections == 0 })
  }

  private func deliver(_ sample: CorpusCase, _ delivery: Delivery, to server: TestServer) throws {
    let client = try server.client(seconds: 5)
    defer { client.close() }
    switch delivery {
    case .whole: try? client.send(sample.bytes)
    case .byteByByte: client.sendByteByByte(sample.bytes)
    case .pipelined: try? client.send(Array(CorpusTests.goodRequest.utf8) + sample.bytes)
    }
    let comment = Comment(rawValue: "\(sample.name), \(delivery), \(sample.section)")
    do {
      if delivery == .pipelined { #expect(try client.readResponse().status == 200, comment) }
      let response = try client.readResponse()
      #expect(sample.statuses.contains(response.status), comment)
      #expect(response.first("x-request-id")?.hasPrefix("req-") == true, comment)
      #expect(response.first("date") != nil, comment)
      if sample.isGood {
        try client.send(CorpusTests.goodRequest)
        #expect(try client.readResponse().status == 200, comment)
      } else {
        #expect(response.first("content-type") == "application/json", comment)
        client.finishSending()
        #expect(try client.readToEnd().isEmpty, comment)
      }
    } catch {
      #expect(sample.mayClose && (error as? ClientFailure) == .closed, "\(comment): \(error)")
    }
  }
}

import Core
import HTTPServer
import TestSupport
import Testing

@Suite("Hostile and odd requests")
struct CorpusTests {
  private static let goodRequest = "GET /good HTTP/1.1\r\nHost: a\r\n\r\n"

  private enum Delivery: CaseIterable { case whole, byteByByte, pipelined }

  @Test("every request of the corpus gets exactly one right answer and the next caller is served")
  func corpus() throws {
    #expect(Corpus.all.count >= 300)
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

  @Test("names are unique, so that a failure names one request")
  func names() {
    let repeated = Dictionary(grouping: Corpus.all, by: \.name).filter { $0.value.count > 1 }.keys
    #expect(repeated.isEmpty)
  }

  @Test("one connection serves a thousand requests of every good kind, ten at a time")
  func thousand() throws {
    let server = try TestServer(handler: ScriptedHandler())
    defer { server.stop() }
    let client = try server.client()
    let samples = Corpus.all.filter { $0.isGood && !$0.closes }
    #expect(samples.count >= 60)
    for round in 0..<100 {
      let batch = (0..<10).map { samples[(round * 10 + $0) % samples.count] }
      try client.send(batch.flatMap(\.bytes))
      for sample in batch {
        #expect(try client.readResponse(isHead: sample.isHead).status == 200, "\(sample.name)")
      }
    }
    #expect(server.openConnections == 1)
  }

  @Test("mutated requests are answered or closed, never with a server error, and none breaks the server")
  func mutations() throws {
    let handler = ScriptedHandler()
    let server = try TestServer(handler: handler)
    defer { server.stop() }
    // PATCHBAY_MUTATIONS and PATCHBAY_SEED make it a longer or another run.
    let environment = ProcessEnvironment.read()
    var generator = SplitMix(state: environment["PATCHBAY_SEED"].flatMap(UInt64.init) ?? 11)
    for round in 0..<(environment["PATCHBAY_MUTATIONS"].flatMap(Int.init) ?? 3000) {
      let sample = Mutation.of(Corpus.all[round % Corpus.all.count].bytes, &generator)
      let client = try server.client()
      try? client.send(sample)
      client.finishSending()
      let answer = try client.readToEnd()
      let statuses = Mutation.statuses(answer)
      for status in statuses {
        #expect(status < 500 || status == 505, "\(sample.text.debugDescription)")
      }
      // Every answer belongs to a request line that was sent, but for one refusal of what is none.
      let version = Array("HTTP/".utf8)
      let lines = sample.indices.count { sample[$0...].starts(with: version) }
      #expect(statuses.count { $0 >= 200 } <= lines + 1, "\(sample.text.debugDescription)")
    }
    let client = try server.client()
    try client.send(CorpusTests.goodRequest)
    #expect(try client.readResponse().status == 200)
    client.close()
    #expect(eventually { server.openConnections == 0 })
  }

  private func deliver(_ sample: CorpusCase, _ delivery: Delivery, to server: TestServer) throws {
    let client = try server.client()
    defer { client.close() }
    switch delivery {
    case .whole: try? client.send(sample.bytes)
    case .byteByByte: client.sendByteByByte(sample.bytes)
    case .pipelined: try? client.send(Array(CorpusTests.goodRequest.utf8) + sample.bytes)
    }
    let comment = Comment(rawValue: "\(sample.name), \(delivery), \(sample.section)")
    do {
      if delivery == .pipelined { #expect(try client.readResponse().status == 200, comment) }
      let response = try client.readResponse(isHead: sample.isHead)
      #expect(sample.statuses.contains(response.status), comment)
      #expect(response.first("x-request-id")?.hasPrefix("req-") == true, comment)
      #expect(response.first("date") != nil, comment)
      if sample.isGood, sample.closes {
        #expect(try client.readToEnd().isEmpty, comment)
      } else if sample.isGood {
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

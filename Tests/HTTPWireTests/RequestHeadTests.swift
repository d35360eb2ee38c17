import Core
import HTTPWire
import TestSupport
import Testing

@Suite("Request heads")
struct RequestHeadTests {
  /// What a parser made of bytes: the head in a comparable form, or the error.
  private func outcome(_ pieces: [[UInt8]], limits: HeadLimits = HeadLimits()) -> String {
    var parser = RequestHeadParser(limits: limits)
    var received: [UInt8] = []
    do throws(GatewayError) {
      for piece in pieces {
        received += piece
        if let (head, length) = try parse(&parser, received) {
          return
            "\(head.method) \(head.path) \(head.query ?? "-") \(head.host ?? "-") \(head.framing) \(head.keepsAlive) "
            + "\(head.expectsContinue) \(head.fields.list) \(length)"
        }
      }
      return "incomplete"
    } catch {
      return "\(error.kind.status) \(error.message)"
    }
  }

  private func parse(
    _ parser: inout RequestHeadParser, _ bytes: [UInt8]
  ) throws(GatewayError) -> (head: RequestHead, length: Int)? {
    var result: Result<(head: RequestHead, length: Int)?, GatewayError> = .success(nil)
    bytes.withUnsafeBytes { raw in
      do throws(GatewayError) { result = .success(try parser.parse(raw)) } catch { result = .failure(error) }
    }
    return try result.get()
  }

  private func head(_ text: String) throws -> RequestHead {
    var parser = RequestHeadParser(limits: HeadLimits())
    return try #require(try parse(&parser, Array(text.utf8))).head
  }

  @Test("the outcome does not depend on how the bytes are cut", arguments: Corpus.all.filter { $0.bytes.count < 3000 })
  func splits(_ sample: CorpusCase) {
    let expected = outcome([sample.bytes])
    for pieces in Splits.all(of: sample.bytes) { #expect(outcome(pieces) == expected) }
  }

  @Test("small limits give the same outcome for every cut")
  func limits() {
    let bytes = Array("\r\nGET /abcdef HTTP/1.1\r\nHost: a\r\nX-A: b\r\nX-B: c\r\n\r\n".utf8)
    for size in 4...60 {
      let limits = HeadLimits(headBytes: size, fields: 2, requestLineBytes: size / 2)
      let expected = outcome([bytes], limits: limits)
      for pieces in Splits.all(of: bytes, seed: UInt64(size)) { #expect(outcome(pieces, limits: limits) == expected) }
    }
  }

  @Test("a path is decoded exactly once and an escaped slash is a slash")
  func path() throws {
    #expect(try head("GET /v1/models/a%2Fb%2541 HTTP/1.1\r\nHost: a\r\n\r\n").path == "/v1/models/a/b%41")
  }

  @Test("query parameters are decoded, the raw query stays as it was")
  func query() throws {
    let head = try head("GET /a?x=1+2%26&y&z=%C3%A9=&x=3 HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(head.query == "x=1+2%26&y&z=%C3%A9=&x=3")
    #expect(head.queryValue("x") == "1 2&")
    #expect(head.queryValue("y") == "")
    #expect(head.queryValue("z") == "é=")
    #expect(head.queryValue("w") == nil)
    #expect(head.queryItems.count == 4)
  }

  @Test("the authority of an absolute target replaces Host")
  func authority() throws {
    let head = try head("GET http://real.example:81/p?q HTTP/1.1\r\nHost: other.example\r\n\r\n")
    #expect(head.host == "real.example:81")
    #expect(head.path == "/p")
    #expect(head.query == "q")
  }

  @Test("field names match in any case and values lose the blanks around them")
  func fields() throws {
    let head = try head("GET / HTTP/1.1\r\nhOsT: a\r\nX-One: \t1 \r\nx-one:2\r\n\r\n")
    #expect(head.first("x-one") == "1")
    #expect(head.all("X-ONE") == ["1", "2"])
    #expect(head.first("x-two") == nil)
    #expect(head.fields.count == 3)
  }

  @Test(
    "the connection stays open as version and Connection say",
    arguments: [
      ("HTTP/1.1", "", true), ("HTTP/1.1", "Connection: close\r\n", false),
      ("HTTP/1.1", "Connection: x, Close\r\n", false), ("HTTP/1.1", "Connection: a\r\nConnection: close\r\n", false),
      ("HTTP/1.0", "", false), ("HTTP/1.0", "Connection: Keep-Alive\r\n", true),
      ("HTTP/1.0", "Connection: keep-alive, close\r\n", false),
    ])
  func persistence(version: String, field: String, expected: Bool) throws {
    #expect(try head("GET / \(version)\r\nHost: a\r\n\(field)\r\n").keepsAlive == expected)
  }

  @Test("HTTP/1.0 needs no Host and its Expect is ignored")
  func oldVersion() throws {
    let head = try head("POST / HTTP/1.0\r\nExpect: x\r\nContent-Length: 5\r\n\r\n")
    #expect(head.host == nil)
    #expect(!head.expectsContinue)
    #expect(head.framing == .length(5))
  }

  @Test("bytes behind the head are not counted to it")
  func length() throws {
    var parser = RequestHeadParser(limits: HeadLimits())
    let text = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
    #expect(try parse(&parser, Array((text + "GET /next").utf8))?.length == text.utf8.count)
  }

  @Test("100,000 mutations of good requests neither crash nor depend on the cut")
  func mutations() {
    var generator = SplitMix(state: 7)
    let samples = Corpus.good.map(\.bytes)
    for round in 0..<100_000 {
      let bytes = Mutation.of(samples[round % samples.count], &generator)
      let middle = Int.random(in: 0...bytes.count, using: &generator)
      #expect(outcome([bytes]) == outcome([Array(bytes[..<middle]), Array(bytes[middle...])]))
    }
  }
}

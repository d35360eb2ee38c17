extension Corpus {
  /// Persistence and framing that must be understood.
  static let goodFraming: [CorpusCase] = [
    CorpusCase("HTTP/1.0 without Host", "GET /a HTTP/1.0\r\n\r\n", 200, closes: true, section: "RFC 9112 3.2"),
    CorpusCase(
      "HTTP/1.0 with a body", "POST /a HTTP/1.0\r\nContent-Length: 2\r\n\r\nab", 200, closes: true,
      section: "RFC 9112 9.3"),
    CorpusCase(
      "HTTP/1.0 that stays", "GET /a HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", 200, section: "RFC 9112 9.3"),
    CorpusCase(
      "HTTP/1.0 with an expectation", "POST /a HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\na", 200,
      closes: true, section: "RFC 9110 10.1.1"),
    CorpusCase("Connection: close", get("Connection: close\r\n"), 200, closes: true, section: "RFC 9112 9.6"),
    CorpusCase("Connection: CLOSE", get("Connection: CLOSE\r\n"), 200, closes: true, section: "RFC 9110 7.6.1"),
    CorpusCase("close among options", get("Connection: te, close\r\n"), 200, closes: true, section: "RFC 9110 7.6.1"),
    CorpusCase(
      "close in the second field", get("Connection: te\r\nConnection: close\r\n"), 200, closes: true,
      section: "RFC 9110 5.3"),
    CorpusCase(
      "close and keep-alive", get("Connection: keep-alive, close\r\n"), 200, closes: true, section: "RFC 9112 9.3"),
    CorpusCase("keep-alive in HTTP/1.1", get("Connection: keep-alive\r\n"), 200, section: "RFC 9112 9.3"),
    CorpusCase(
      "a length named as an option", post("Connection: content-length\r\nContent-Length: 1\r\n", "a"), 200,
      section: "RFC 9110 7.6.1"),
    CorpusCase("empty options", get("Connection: ,, ,\r\n"), 200, section: "RFC 9110 5.6.1"),
    CorpusCase(
      "upgrade to h2c", get("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMA\r\n"),
      200, section: "RFC 9110 7.8"),
    CorpusCase(
      "upgrade to WebSocket", get("Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"),
      200, section: "RFC 9110 7.8"),
    CorpusCase("HEAD", line("HEAD /a HTTP/1.1"), 200, section: "RFC 9110 9.3.2"),
    CorpusCase(
      "length with many leading zeros", post("Content-Length: 0000000000000000000000003\r\n", "abc"), 200,
      section: "RFC 9110 8.6"),
    CorpusCase("GET with length 0", get("Content-Length: 0\r\n"), 200, section: "RFC 9110 8.6"),
    CorpusCase(
      "GET with chunks", get("Transfer-Encoding: chunked\r\n") + "1\r\na\r\n0\r\n\r\n", 200,
      section: "RFC 9112 6.3"),
    CorpusCase(
      "tab before the coding", post("Transfer-Encoding:\tchunked\r\n", "0\r\n\r\n"), 200,
      section: "RFC 9112 5.1"),
    CorpusCase(
      "blanks behind the coding", post("Transfer-Encoding: chunked \t\r\n", "0\r\n\r\n"), 200,
      section: "RFC 9112 5.1"),
    CorpusCase(
      "a name that only looks like a coding's", post("Transfer_Encoding: chunked\r\nContent-Length: 1\r\n", "a"),
      200, section: "RFC 9110 5.1"),
    CorpusCase("expectation without a body", get("Expect: 100-continue\r\n"), 200, section: "RFC 9110 10.1.1"),
    CorpusCase(
      "expectation with chunks", post("eXPECT: 100-CONTINUE\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
      200, section: "RFC 9110 10.1.1"),
  ]

  /// Heads that must be understood.
  static let goodHeads: [CorpusCase] =
    [
      CorpusCase(
        "names in any case", "POST /a HTTP/1.1\r\nhOsT: a\r\ncOnTeNt-LeNgTh: 1\r\nACCEPT: */*\r\n\r\na", 200,
        section: "RFC 9110 5.1"),
      CorpusCase(
        "names in capitals", "POST /a HTTP/1.1\r\nHOST: a\r\nTRANSFER-ENCODING: CHUNKED\r\n\r\n0\r\n\r\n", 200,
        section: "RFC 9110 5.1"),
      CorpusCase(
        "Host behind other fields", "GET /a HTTP/1.1\r\nX-A: b\r\nhost:\tA.B\t\r\n\r\n", 200,
        section: "RFC 9112 3.2"),
      CorpusCase(
        "another Host beside an absolute target",
        "GET http://a:80/b HTTP/1.1\r\nHost: example.com\r\n\r\n", 200, section: "RFC 9112 3.2.2"),
      CorpusCase(
        "absolute target with an IPv6 host", line("GET http://[::1]:4000/a?b HTTP/1.1"), 200,
        section: "RFC 9112 3.2.2"),
      CorpusCase("higher minor version 9", line("GET /a HTTP/1.9"), 200, section: "RFC 9110 2.5"),
      CorpusCase(
        "a long value", get("X-A: " + String(repeating: "a", count: 30_000) + "\r\n"), 200,
        section: "RFC 9110 5.4"),
      CorpusCase("two hundred fields", get((0..<200).map { "X-\($0): b\r\n" }.joined()), 200, section: "RFC 9110 5.4"),
      CorpusCase("a long name", get(String(repeating: "x", count: 2000) + ": b\r\n"), 200, section: "RFC 9110 5.1"),
      CorpusCase(
        "a long target", line("GET /" + String(repeating: "a", count: 8000) + " HTTP/1.1"), 200,
        section: "RFC 9112 3"),
      CorpusCase("a colon in a value", get("X-A::b: c\r\n"), 200, section: "RFC 9110 5.5"),
      CorpusCase("a value of blanks", get("X-A: \t \t\r\n"), 200, section: "RFC 9110 5.5"),
      CorpusCase("an unclosed quote", get("X-A: \"b\r\n"), 200, section: "RFC 9110 5.6.4"),
      CorpusCase("a request in a value", get("X-A: GET /b HTTP/1.1\r\n"), 200, section: "RFC 9110 5.5"),
      CorpusCase("trailers wanted", get("TE: trailers\r\nTrailer: X-A\r\n"), 200, section: "RFC 9110 10.1.4"),
      CorpusCase(
        "conditions and ranges", get("If-Match: \"a\"\r\nRange: bytes=0-0\r\nIf-Range: \"b\"\r\n"), 200,
        section: "RFC 9110 13.1"),
      CorpusCase("Proxy-Connection", get("Proxy-Connection: close\r\n"), 200, section: "RFC 9112 C.2.2"),
    ]
    + [
      "EXAMPLE.ORG", "127.0.0.1:4000", "localhost:", "xn--bcher-kva.example", "[::ffff:1.2.3.4]", "[::1]:", "a.", "a_b",
    ]
    .map {
      CorpusCase("good Host '\($0)'", "GET /a HTTP/1.1\r\nHost: \($0)\r\n\r\n", 200, section: "RFC 9110 7.2")
    }
    + ["PUT", "PATCH", "DELETE", "OPTIONS", "get", "M-SEARCH", "A!#$%&'*+-.^_`|~"].map {
      CorpusCase("method \($0)", line("\($0) /a HTTP/1.1"), 200, section: "RFC 9110 9.1")
    }
    + [
      "//a//b", "/a;b=c", "/a%25", "/a%3Fb?c", "/?", "/a?", "/a???", "/%E6%BC%A2", "/a:b@c", "/..a", "/a..", "/a?..%2f",
    ]
    .map { CorpusCase("target \($0)", line("GET \($0) HTTP/1.1"), 200, section: "RFC 3986 3.3") }

  /// Bodies that must arrive, whatever is in them.
  static let goodBodies: [CorpusCase] = [
    CorpusCase(
      "a sized body that looks like a request", post("Content-Length: 38\r\n", line("GET /b HTTP/1.1")), 200,
      section: "RFC 9112 6.2"),
    CorpusCase(
      "a GET whose body looks like a request", get("Content-Length: 38\r\n") + line("GET /b HTTP/1.1"), 200,
      section: "RFC 9110 9.3.1"),
    CorpusCase(
      "a chunk that looks like a request", chunked("26\r\n" + line("GET /b HTTP/1.1") + "\r\n0\r\n\r\n"), 200,
      section: "RFC 9112 7.1"),
    CorpusCase(
      "a chunk that looks like the last one", chunked("5\r\n0\r\n\r\n\r\n0\r\n\r\n"), 200,
      section: "RFC 9112 7.1"),
    CorpusCase("a size in 15 digits", chunked("000000000000003\r\nabc\r\n0\r\n\r\n"), 200, section: "RFC 9112 7.1"),
    CorpusCase("a last chunk in 15 digits", chunked("1\r\na\r\n000000000000000\r\n\r\n"), 200, section: "RFC 9112 7.1"),
    CorpusCase(
      "a thousand chunks", chunked(String(repeating: "1\r\na\r\n", count: 1000) + "0\r\n\r\n"), 200,
      section: "RFC 9112 7.1"),
    CorpusCase(
      "growing chunks",
      chunked(
        (1...40).map { "\(String($0, radix: 16))\r\n\(String(repeating: "a", count: $0))\r\n" }
          .joined() + "0\r\n\r\n"), 200, section: "RFC 9112 7.1"),
    CorpusCase(
      "a large chunk", chunked("10000\r\n" + String(repeating: "a", count: 65_536) + "\r\n0\r\n\r\n"), 200,
      section: "RFC 9112 7.1"),
    CorpusCase("an extension in quotes", chunked("1;a=\"b;c\\\"d\"\r\na\r\n0\r\n\r\n"), 200, section: "RFC 9112 7.1.1"),
    CorpusCase("an extension without a value", chunked("1;;a;\r\na\r\n0;\r\n\r\n"), 200, section: "RFC 9112 7.1.1"),
    CorpusCase("blanks around an extension", chunked("1 \t; a = b\r\na\r\n0\r\n\r\n"), 200, section: "RFC 9112 7.1.1"),
    CorpusCase(
      "a trailer that names a length", chunked("1\r\na\r\n0\r\nContent-Length: 500\r\n\r\n"), 200,
      section: "RFC 9110 6.5.1"),
    CorpusCase(
      "a trailer that names a coding", chunked("0\r\nTransfer-Encoding: chunked\r\nHost: b\r\n\r\n"), 200,
      section: "RFC 9110 6.5.1"),
    CorpusCase(
      "every byte in a body", bytes: Array(post("Content-Length: 256\r\n", "").utf8) + (0...255), [200],
      section: "RFC 9112 6"),
  ]

  /// Compressed bodies.
  static let packed: [CorpusCase] = {
    let small = Gzip.compress(Array("abc".utf8))
    func sent(_ body: [UInt8], coding: String = "gzip") -> [UInt8] {
      Array(post("Content-Encoding: \(coding)\r\nContent-Length: \(body.count)\r\n", "").utf8) + body
    }
    var damaged = small
    damaged[small.count - 6] ^= 0xff
    return [
      CorpusCase("gzip", bytes: sent(small), [200], section: "RFC 9110 8.4.1.3"),
      CorpusCase("gzip by its old name", bytes: sent(small, coding: "X-GZip"), [200], section: "RFC 9110 8.4.1.3"),
      CorpusCase("two gzip members", bytes: sent(small + small), [200], section: "RFC 1952 2.2"),
      CorpusCase("truncated gzip", bytes: sent(Array(small.dropLast(4))), [400], section: "RFC 1952 2.3"),
      CorpusCase("gzip with a wrong sum", bytes: sent(damaged), [400], section: "RFC 1952 2.3.1"),
      CorpusCase("gzip with something behind it", bytes: sent(small + [1, 2, 3]), [400], section: "RFC 1952 2.2"),
      CorpusCase(
        "gzip bomb", bytes: sent(Gzip.compress([UInt8](repeating: 0, count: 40 << 20))), [413],
        section: "RFC 9110 15.5.14"),
      CorpusCase("coding with a parameter", bytes: sent(small, coding: "gzip;q=1"), [415], section: "RFC 9110 8.4"),
      CorpusCase("deflate", bytes: sent(small, coding: "deflate"), [415], section: "RFC 9110 8.4"),
    ]
  }()
}

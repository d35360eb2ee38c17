/// One raw request and what a strict server may answer.
package struct CorpusCase: Sendable, CustomStringConvertible {
  /// What is special about it.
  package let name: String
  /// What is sent.
  package let bytes: [UInt8]
  /// The statuses that are right.
  package let statuses: [Int]
  /// Whether closing without an answer is right too.
  package let mayClose: Bool
  /// Whether the connection closes after the answer although nothing is wrong.
  package let closes: Bool
  /// Where the rule stands.
  package let section: String

  /// A case given as text.
  init(
    _ name: String, _ text: String, _ statuses: Int..., mayClose: Bool = false, closes: Bool = false, section: String
  ) {
    self.init(name, bytes: Array(text.utf8), statuses, mayClose: mayClose, closes: closes, section: section)
  }

  /// A case given as bytes.
  init(
    _ name: String, bytes: [UInt8], _ statuses: [Int], mayClose: Bool = false, closes: Bool = false, section: String
  ) {
    self.name = name
    self.bytes = bytes
    self.statuses = statuses
    self.mayClose = mayClose
    self.closes = closes
    self.section = section
  }

  /// Whether the request is in order.
  package var isGood: Bool { statuses == [200] }
  /// Whether the answer has a head only.
  package var isHead: Bool { bytes.starts(with: Array("HEAD ".utf8)) }
  /// Its name, for the test report.
  package var description: String { name }
}

/// Raw requests by family, as data. Every one is complete: the server can tell what it is without waiting.
package enum Corpus {
  /// All of them.
  package static let all: [CorpusCase] =
    good + requestLines + targets + hosts + lineEnds + fieldLines + framing + chunks + limits + others
    + goodFraming + goodHeads + goodBodies + smuggling + otherProtocols + oddVersions + oddTargets + oddHosts
    + oddChunks
    + packed

  static let host = "Host: example.org\r\n"

  static func get(_ fields: String) -> String { "GET /a HTTP/1.1\r\n" + host + fields + "\r\n" }
  static func post(_ fields: String, _ body: String) -> String {
    "POST /a HTTP/1.1\r\n" + host + fields + "\r\n" + body
  }
  static func chunked(_ body: String) -> String { post("Transfer-Encoding: chunked\r\n", body) }
  static func line(_ requestLine: String) -> String { requestLine + "\r\n" + host + "\r\n" }

  /// Requests that must be served.
  package static let good: [CorpusCase] = [
    CorpusCase("plain GET", get(""), 200, section: "RFC 9112 3"),
    CorpusCase("one empty line in front", "\r\n" + get(""), 200, section: "RFC 9112 2.2"),
    CorpusCase("absolute target", line("GET http://example.org/a HTTP/1.1"), 200, section: "RFC 9112 3.2.2"),
    CorpusCase("absolute target without path", line("GET http://example.org HTTP/1.1"), 200, section: "RFC 9112 3.2.2"),
    CorpusCase(
      "absolute target with query only", line("GET http://example.org?a=b HTTP/1.1"), 200, section: "RFC 9112 3.2.2"),
    CorpusCase("scheme in capitals", line("GET HTTPS://example.org/a HTTP/1.1"), 200, section: "RFC 3986 3.1"),
    CorpusCase("asterisk for OPTIONS", line("OPTIONS * HTTP/1.1"), 200, section: "RFC 9112 3.2.4"),
    CorpusCase("unknown method", line("BREW /a HTTP/1.1"), 200, section: "RFC 9110 9.1"),
    CorpusCase("escaped slash and blank", line("GET /a%2Fb%20c HTTP/1.1"), 200, section: "RFC 3986 2.4"),
    CorpusCase("escaped UTF-8", line("GET /%C3%A9 HTTP/1.1"), 200, section: "RFC 3986 2.5"),
    CorpusCase("three dots as a segment", line("GET /.../a HTTP/1.1"), 200, section: "RFC 3986 3.3"),
    CorpusCase("dots inside a segment", line("GET /a..b/.c HTTP/1.1"), 200, section: "RFC 3986 3.3"),
    CorpusCase("query with everything", line("GET /a?b=c&d=%20+e&/..;? HTTP/1.1"), 200, section: "RFC 3986 3.4"),
    CorpusCase("higher minor version", line("GET /a HTTP/1.2"), 200, section: "RFC 9110 2.5"),
    CorpusCase("no blank after the colon", "GET /a HTTP/1.1\r\nHost:example.org\r\n\r\n", 200, section: "RFC 9112 5.1"),
    CorpusCase("blanks around a value", get("X-A: \t b \t \r\n"), 200, section: "RFC 9110 5.5"),
    CorpusCase("empty value", get("X-A:\r\n"), 200, section: "RFC 9110 5.5"),
    CorpusCase("tab inside a value", get("X-A: b\tc\r\n"), 200, section: "RFC 9110 5.5"),
    CorpusCase(
      "bytes above ASCII in a value", bytes: Array(get("X-A: ").utf8.dropLast(2)) + [0xE9, 13, 10, 13, 10], [200],
      section: "RFC 9110 5.5"),
    CorpusCase("odd but legal name", get("!#$%&'*+-.^_`|~9z: 1\r\n"), 200, section: "RFC 9110 5.6.2"),
    CorpusCase("host with port", "GET /a HTTP/1.1\r\nHost: example.org:8080\r\n\r\n", 200, section: "RFC 9110 7.2"),
    CorpusCase("IPv6 host", "GET /a HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n", 200, section: "RFC 9110 7.2"),
    CorpusCase("sized body", post("Content-Length: 3\r\n", "abc"), 200, section: "RFC 9112 6.2"),
    CorpusCase("length with leading zeros", post("Content-Length: 003\r\n", "abc"), 200, section: "RFC 9110 8.6"),
    CorpusCase("empty sized body", post("Content-Length: 0\r\n", ""), 200, section: "RFC 9112 6.2"),
    CorpusCase("POST without body", post("", ""), 200, section: "RFC 9112 6.3"),
    CorpusCase("GET with a body", get("Content-Length: 2\r\n") + "ab", 200, section: "RFC 9110 9.3.1"),
    CorpusCase("chunked body", chunked("3\r\nabc\r\n0\r\n\r\n"), 200, section: "RFC 9112 7.1"),
    CorpusCase("coding in capitals", post("Transfer-Encoding: Chunked\r\n", "0\r\n\r\n"), 200, section: "RFC 9112 7"),
    CorpusCase(
      "chunk sizes with zeros and capitals", chunked("000A\r\n0123456789\r\n00\r\n\r\n"), 200, section: "RFC 9112 7.1"),
    CorpusCase("chunk extensions", chunked("3;a=b;c=\"d\"\r\nabc\r\n0;e\r\n\r\n"), 200, section: "RFC 9112 7.1.1"),
    CorpusCase("blank before a chunk extension", chunked("3 ;a\r\nabc\r\n0\r\n\r\n"), 200, section: "RFC 9112 7.1.1"),
    CorpusCase("trailers", chunked("3\r\nabc\r\n0\r\nX-A: b\r\nX-C: d\r\n\r\n"), 200, section: "RFC 9112 7.1.2"),
    CorpusCase("several unknown fields of one name", get("X-A: 1\r\nX-A: 2\r\n"), 200, section: "RFC 9110 5.3"),
    CorpusCase(
      "expectation with the body", post("Expect: 100-Continue\r\nContent-Length: 1\r\n", "a"), 200,
      section: "RFC 9110 10.1.1"),
    CorpusCase(
      "identity coding", post("Content-Encoding: identity\r\nContent-Length: 1\r\n", "a"), 200, section: "RFC 9110 8.4"),
  ]

  private static let requestLines: [CorpusCase] = [
    CorpusCase("HTTP/0.9", "GET /a\r\n", 400, section: "RFC 9112 3"),
    CorpusCase("HTTP/0.9 with fields", line("GET /a"), 400, section: "RFC 9112 3"),
    CorpusCase("two spaces", line("GET  /a HTTP/1.1"), 400, section: "RFC 9112 3"),
    CorpusCase("two spaces before the version", line("GET /a  HTTP/1.1"), 400, section: "RFC 9112 3"),
    CorpusCase("tab instead of space", line("GET\t/a HTTP/1.1"), 400, section: "RFC 9112 3"),
    CorpusCase("space at the end", line("GET /a HTTP/1.1 "), 400, section: "RFC 9112 3"),
    CorpusCase("space in front", line(" GET /a HTTP/1.1"), 400, section: "RFC 9112 3"),
    CorpusCase("four parts", line("GET /a b HTTP/1.1"), 400, section: "RFC 9112 3"),
    CorpusCase("no target", line("GET HTTP/1.1"), 400, section: "RFC 9112 3"),
    CorpusCase("version in small letters", line("GET /a http/1.1"), 400, section: "RFC 9112 2.3"),
    CorpusCase("no version number", line("GET /a HTTP/"), 400, section: "RFC 9112 2.3"),
    CorpusCase("version with two digits", line("GET /a HTTP/1.10"), 400, section: "RFC 9112 2.3"),
    CorpusCase("version without point", line("GET /a HTTP/11"), 400, section: "RFC 9112 2.3"),
    CorpusCase("version with a comma", line("GET /a HTTP/1,1"), 400, section: "RFC 9112 2.3"),
    CorpusCase("version with letters", line("GET /a HTTP/x.y"), 400, section: "RFC 9112 2.3"),
    CorpusCase("other protocol", line("GET /a RTSP/1.0"), 400, section: "RFC 9112 2.3"),
    CorpusCase("HTTP/2.0", line("GET /a HTTP/2.0"), 505, section: "RFC 9110 15.6.6"),
    CorpusCase("HTTP/3.0", line("GET /a HTTP/3.0"), 505, section: "RFC 9110 15.6.6"),
    CorpusCase("HTTP/0.9 spelled out", line("GET /a HTTP/0.9"), 505, section: "RFC 9110 15.6.6"),
    CorpusCase("HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, 505, section: "RFC 9113 3.4"),
    CorpusCase("method with a colon", line("GE:T /a HTTP/1.1"), 400, section: "RFC 9110 9.1"),
    CorpusCase("method with a NUL", line("GE\0T /a HTTP/1.1"), 400, section: "RFC 9110 9.1"),
    CorpusCase("TLS handshake", bytes: [0x16, 3, 1, 0, 5, 1, 0, 0, 1, 0], [400], section: "RFC 9112 3"),
    CorpusCase("random bytes", bytes: [0xff, 0xfe, 0, 1, 2, 13, 10, 13, 10], [400], section: "RFC 9112 3"),
    CorpusCase("two empty lines in front", "\r\n\r\n" + get(""), 400, section: "RFC 9112 2.2"),
    CorpusCase("a response", "HTTP/1.1 200 OK\r\n\r\n", 400, section: "RFC 9112 3"),
    CorpusCase("JSON", "{\"a\":1}\r\n\r\n", 400, section: "RFC 9112 3"),
    CorpusCase("SSH", "SSH-2.0-OpenSSH_9.2\r\n", 400, section: "RFC 9112 3"),
  ]

  private static let targets: [CorpusCase] = [
    CorpusCase("relative target", line("GET a/b HTTP/1.1"), 400, section: "RFC 9112 3.2"),
    CorpusCase("asterisk for GET", line("GET * HTTP/1.1"), 400, section: "RFC 9112 3.2.4"),
    CorpusCase("CONNECT", line("CONNECT example.org:443 HTTP/1.1"), 400, section: "RFC 9112 3.2.3"),
    CorpusCase("other scheme", line("GET ftp://example.org/a HTTP/1.1"), 400, section: "RFC 9112 3.2.2"),
    CorpusCase("absolute target without host", line("GET http:///a HTTP/1.1"), 400, section: "RFC 9110 4.2.1"),
    CorpusCase(
      "absolute target with user", line("GET http://u:p@example.org/a HTTP/1.1"), 400, section: "RFC 9110 4.2.4"),
    CorpusCase(
      "absolute target with bad port", line("GET http://example.org:x/a HTTP/1.1"), 400, section: "RFC 3986 3.2.3"),
    CorpusCase(
      "absolute target without Host", "GET http://example.org/a HTTP/1.1\r\n\r\n", 400, section: "RFC 9112 3.2"),
    CorpusCase("fragment", line("GET /a#b HTTP/1.1"), 400, section: "RFC 9112 3.2.1"),
    CorpusCase("raw UTF-8 in the path", line("GET /\u{e9} HTTP/1.1"), 400, section: "RFC 3986 2.1"),
    CorpusCase("DEL in the path", line("GET /a\u{7f} HTTP/1.1"), 400, section: "RFC 3986 2"),
    CorpusCase("dot segment", line("GET /a/./b HTTP/1.1"), 400, section: "RFC 3986 3.3"),
    CorpusCase("double dot segment", line("GET /a/../b HTTP/1.1"), 400, section: "RFC 3986 3.3"),
    CorpusCase("double dot at the end", line("GET /a/.. HTTP/1.1"), 400, section: "RFC 3986 3.3"),
    CorpusCase("escaped double dot", line("GET /a/%2e%2E/b HTTP/1.1"), 400, section: "RFC 3986 6.2.2"),
    CorpusCase("double dot behind an escaped slash", line("GET /a%2f..%2fb HTTP/1.1"), 400, section: "RFC 3986 6.2.2"),
    CorpusCase("escaped NUL", line("GET /a%00 HTTP/1.1"), 400, section: "RFC 3986 7.3"),
    CorpusCase("escaped CR LF", line("GET /a%0d%0ab HTTP/1.1"), 400, section: "RFC 3986 7.3"),
    CorpusCase("escaped DEL", line("GET /a%7f HTTP/1.1"), 400, section: "RFC 3986 7.3"),
    CorpusCase("escape without digits", line("GET /a%zz HTTP/1.1"), 400, section: "RFC 3986 2.1"),
    CorpusCase("escape cut short", line("GET /a%4 HTTP/1.1"), 400, section: "RFC 3986 2.1"),
    CorpusCase("escape cut short in the query", line("GET /a?b=%4 HTTP/1.1"), 400, section: "RFC 3986 2.1"),
    CorpusCase("escaped broken UTF-8", line("GET /%C3%28 HTTP/1.1"), 400, section: "RFC 3986 2.5"),
    CorpusCase("overlong escaped slash", line("GET /a%C0%AFb HTTP/1.1"), 400, section: "RFC 3629 3"),
    CorpusCase("escaped surrogate", line("GET /%ED%A0%80 HTTP/1.1"), 400, section: "RFC 3629 3"),
  ]

  private static let hosts: [CorpusCase] =
    [
      CorpusCase("no Host", "GET /a HTTP/1.1\r\nX-A: b\r\n\r\n", 400, section: "RFC 9112 3.2"),
      CorpusCase("two Hosts", get("Host: example.com\r\n"), 400, section: "RFC 9112 3.2"),
      CorpusCase("the same Host twice", get(host), 400, section: "RFC 9112 3.2"),
    ]
    + [
      "", "a b", "a,b", "u@example.org", "http://example.org", "example.org/", "example.org:", "a:b:c", "a:99999",
      "a:-1",
      "[::1", "[]", "[::g]", "[::1]x", "a\\b", "\"a\"", "<a>", "a?b", "a#b",
    ].filter { $0 != "example.org:" }.map {
      CorpusCase("Host '\($0)'", "GET /a HTTP/1.1\r\nHost: \($0)\r\n\r\n", 400, section: "RFC 9110 7.2")
    }

  private static let lineEnds: [CorpusCase] = [
    CorpusCase("LF alone after the request line", "GET /a HTTP/1.1\n" + host + "\r\n", 400, section: "RFC 9112 2.2"),
    CorpusCase("LF alone after a field", "GET /a HTTP/1.1\r\nHost: example.org\n\r\n", 400, section: "RFC 9112 2.2"),
    CorpusCase("LF alone at the end", "GET /a HTTP/1.1\r\n" + host + "\n", 400, section: "RFC 9112 2.2"),
    CorpusCase("LF everywhere", "GET /a HTTP/1.1\nHost: example.org\n\n", 400, section: "RFC 9112 2.2"),
    CorpusCase("LF in front", "\n" + get(""), 400, section: "RFC 9112 2.2"),
    CorpusCase("CR alone in the request line", line("GET /a\rb HTTP/1.1"), 400, section: "RFC 9112 2.2"),
    CorpusCase("CR alone in a value", get("X-A: b\rc\r\n"), 400, section: "RFC 9112 2.2"),
    CorpusCase("CR alone in a name", get("X-\rA: b\r\n"), 400, section: "RFC 9112 2.2"),
    CorpusCase("two CR before LF", get("X-A: b\r\r\n"), 400, section: "RFC 9112 2.2"),
    CorpusCase("CR alone as an empty line", "GET /a HTTP/1.1\r\n" + host + "\r\r\n\r\n", 400, section: "RFC 9112 2.2"),
    CorpusCase(
      "CR alone hides a request", "GET /a HTTP/1.1\r\n" + host + "X: y\rContent-Length: 5\r\n\r\n", 400,
      section: "RFC 9112 2.2"),
  ]

  private static let fieldLines: [CorpusCase] =
    [
      CorpusCase("folded line", get("X-A: b\r\n c\r\n"), 400, section: "RFC 9112 5.2"),
      CorpusCase("folded line with a tab", get("X-A: b\r\n\tc\r\n"), 400, section: "RFC 9112 5.2"),
      CorpusCase("folded first line", "GET /a HTTP/1.1\r\n X: y\r\n" + host + "\r\n", 400, section: "RFC 9112 2.2"),
      CorpusCase("folded line of blanks", get("X-A: b\r\n \r\n"), 400, section: "RFC 9112 5.2"),
      CorpusCase("blank before the colon", get("X-A : b\r\n"), 400, section: "RFC 9112 5.1"),
      CorpusCase("tab before the colon", get("X-A\t: b\r\n"), 400, section: "RFC 9112 5.1"),
      CorpusCase(
        "blank before the colon of a length", post("Content-Length : 3\r\n", "abc"), 400, section: "RFC 9112 5.1"),
      CorpusCase("no colon", get("X-A\r\n"), 400, section: "RFC 9112 5"),
      CorpusCase("no name", get(": b\r\n"), 400, section: "RFC 9110 5.1"),
      CorpusCase("only a colon", get(":\r\n"), 400, section: "RFC 9110 5.1"),
      CorpusCase("blank in a name", get("X A: b\r\n"), 400, section: "RFC 9110 5.1"),
      CorpusCase("brackets in a name", get("X(A): b\r\n"), 400, section: "RFC 9110 5.1"),
      CorpusCase("quotes in a name", get("\"X\": b\r\n"), 400, section: "RFC 9110 5.1"),
      CorpusCase("NUL in a name", get("X\0A: b\r\n"), 400, section: "RFC 9110 5.1"),
      CorpusCase("UTF-8 in a name", get("X\u{e9}: b\r\n"), 400, section: "RFC 9110 5.1"),
      CorpusCase("NUL in a value", get("X-A: b\0c\r\n"), 400, section: "RFC 9110 5.5"),
      CorpusCase("escape character in a value", get("X-A: b\u{1b}c\r\n"), 400, section: "RFC 9110 5.5"),
      CorpusCase("DEL in a value", get("X-A: b\u{7f}\r\n"), 400, section: "RFC 9110 5.5"),
      CorpusCase("vertical tab in a value", get("X-A: b\u{0b}c\r\n"), 400, section: "RFC 9110 5.5"),
    ]
    + ["Authorization", "Content-Type", "x-api-key", "X-Goog-Api-Key", "Content-Encoding", "Expect"].map {
      CorpusCase(
        "\($0) twice", get("\($0): 100-continue\r\n\($0.lowercased()): 100-continue\r\n"), 400, section: "RFC 9110 5.3")
    }

  private static let framing: [CorpusCase] =
    [
      CorpusCase(
        "length and chunked", post("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400,
        section: "RFC 9112 6.1"),
      CorpusCase(
        "chunked and length", post("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", "0\r\n\r\n"), 400,
        section: "RFC 9112 6.1"),
      CorpusCase(
        "two lengths", post("Content-Length: 3\r\nContent-Length: 4\r\n", "abcd"), 400, section: "RFC 9112 6.3"),
      CorpusCase(
        "the same length twice", post("Content-Length: 3\r\nContent-Length: 3\r\n", "abc"), 400, section: "RFC 9112 6.3"
      ),
      CorpusCase(
        "chunked twice", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400,
        section: "RFC 9112 6.1"),
      CorpusCase(
        "chunked in HTTP/1.0", "POST /a HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400,
        section: "RFC 9112 6.1"),
    ]
    + ["3, 3", "3,4", "+3", "-3", "0x3", "3.0", "3 3", "", "abc", "3;", "\u{661}"].map {
      CorpusCase("length '\($0)'", post("Content-Length: \($0)\r\n", "abc"), 400, section: "RFC 9110 8.6")
    }
    + [
      "gzip", "gzip, chunked", "chunked, gzip", "chunked, chunked", "identity", "xchunked", "chunked;q=1", "",
      "chunked,",
      ",chunked", "\"chunked\"", "x chunked", "compress", "deflate",
    ].map {
      CorpusCase(
        "transfer coding '\($0)'", post("Transfer-Encoding: \($0)\r\n", "0\r\n\r\n"), 400, section: "RFC 9112 6.1")
    }

  private static let chunks: [CorpusCase] =
    [
      "\r\n", "g\r\n", "-1\r\n", "+3\r\nabc\r\n", "0x3\r\nabc\r\n", " 3\r\nabc\r\n", "3 \r\nabc\r\n", "3\nabc\r\n",
      "3\r\nabc0\r\n\r\n", "3\r\nabcd\r\n", "3\r\nabc\n0\r\n", "3\r\nab\r\n\r\n\r\n", "3\r\nabc\r\r\n",
      "3,3\r\nabc\r\n",
      "3;a\n", "3;a\rb\r\n", "3;\0\r\n", "1000000000000000\r\n", "0000000000000003\r\nabc\r\n", "0\r\nX-A\r\n\r\n",
      "0\r\nX-A: b\n\r\n", "0\r\n\n", "0\r\n folded\r\n\r\n", "0\r\nX A: b\r\n\r\n", "0\r\nX-A: b\rc\r\n\r\n",
    ].map {
      CorpusCase("chunks \($0.debugDescription)", chunked($0), 400, section: "RFC 9112 7.1")
    } + [
      CorpusCase("chunk beyond the limit", chunked("fffffffffffffff\r\n"), 413, section: "RFC 9110 15.5.14"),
      CorpusCase(
        "endless chunk extension", chunked("3;" + String(repeating: "a", count: 70_000)), 400, section: "RFC 9112 7.1.1"
      ),
      CorpusCase(
        "endless trailers", chunked("0\r\nX: " + String(repeating: "a", count: 9000)), 431, section: "RFC 9112 7.1.2"),
    ]

  private static let limits: [CorpusCase] = [
    CorpusCase(
      "very long target", line("GET /" + String(repeating: "a", count: 20_000) + " HTTP/1.1"), 414,
      section: "RFC 9112 3"),
    CorpusCase(
      "very long method", line(String(repeating: "A", count: 20_000) + " / HTTP/1.1"), 414, section: "RFC 9112 3"),
    CorpusCase("request line without end", "GET /" + String(repeating: "a", count: 17_000), 414, section: "RFC 9112 3"),
    CorpusCase(
      "very long value", get("X-A: " + String(repeating: "a", count: 70_000) + "\r\n"), 431, section: "RFC 6585 5"),
    CorpusCase(
      "value without end", "GET /a HTTP/1.1\r\nX: " + String(repeating: "a", count: 66_000), 431, section: "RFC 6585 5"),
    CorpusCase("many fields", get((0..<300).map { "X-\($0): b\r\n" }.joined()), 431, section: "RFC 6585 5"),
    CorpusCase(
      "announced body too large", post("Content-Length: 99999999999\r\n", ""), 413, section: "RFC 9110 15.5.14"),
    CorpusCase(
      "length beyond every number", post("Content-Length: 99999999999999999999999999\r\n", ""), 413,
      section: "RFC 9110 8.6"),
  ]

  private static let others: [CorpusCase] = [
    CorpusCase("unknown expectation", get("Expect: the-unexpected\r\n"), 417, section: "RFC 9110 10.1.1"),
    CorpusCase(
      "unknown content coding", post("Content-Encoding: br\r\nContent-Length: 1\r\n", "a"), 415, section: "RFC 9110 8.4"
    ),
    CorpusCase(
      "two content codings", post("Content-Encoding: gzip, gzip\r\nContent-Length: 1\r\n", "a"), 415,
      section: "RFC 9110 8.4"),
    CorpusCase(
      "gzip that is none", post("Content-Encoding: gzip\r\nContent-Length: 3\r\n", "abc"), 400,
      section: "RFC 9110 8.4.1.3"),
  ]
}

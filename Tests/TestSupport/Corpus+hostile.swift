extension Corpus {
  /// Requests that two readers could end at different places. Each hides a second request that must never be answered.
  static let smuggling: [CorpusCase] =
    [
      ("length beside chunks, short", "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", "1\r\nZ\r\nQ\r\n\r\n"),
      ("length beside chunks, long", "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\nX"),
      ("coding twice, second unknown", "Transfer-Encoding: chunked\r\nTRANSFER-ENCODING: identity\r\n", "0\r\n\r\n"),
      ("coding twice, first unknown", "Transfer-Encoding: cow\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
      ("vertical tab before the coding", "Transfer-Encoding: \u{0b}chunked\r\n", "0\r\n\r\n"),
      ("form feed before the coding", "Transfer-Encoding: \u{0c}chunked\r\n", "0\r\n\r\n"),
      ("no-break space before the coding", "Transfer-Encoding: \u{a0}chunked\r\n", "0\r\n\r\n"),
      ("NUL behind the coding", "Transfer-Encoding: chunked\0\r\n", "0\r\n\r\n"),
      ("NUL behind the coding's name", "Transfer-Encoding\0: chunked\r\n", "0\r\n\r\n"),
      ("Kelvin sign in the coding", "Transfer-Encoding: chun\u{212A}ed\r\n", "0\r\n\r\n"),
      ("coding in a folded line", "Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n"),
      ("coding behind a bare LF", "X: y\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
      ("coding behind a bare CR", "X: y\rTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
      ("coding behind two CR", "X: y\r\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
      ("name cut by a line end", "Transfer-Encoding\r\n: chunked\r\n", "0\r\n\r\n"),
      ("blank before the coding's name", " Transfer-Encoding: chunked\r\n", "0\r\n\r\n"),
      ("blank behind the coding's name", "Transfer-Encoding : chunked\r\n", "0\r\n\r\n"),
      ("length behind a bare LF", "Content-Length: 3\r\nX: y\nContent-Length: 0\r\n", "abc"),
      ("length twice in another case", "Content-Length: 3\r\ncontent-length: 0\r\n", "abc"),
      ("length in a folded line", "Content-Length: 1\r\n 0\r\n", "a"),
      ("no-break space in a length", "Content-Length: 3\u{a0}\r\n", "abc"),
      ("full-width digit in a length", "Content-Length: \u{FF13}\r\n", "abc"),
      ("tab in a length", "Content-Length: 3\t3\r\n", "abc"),
      ("NUL in a length", "Content-Length: 3\0\r\n", "abc"),
      ("length with an exponent", "Content-Length: 1e1\r\n", "abc"),
      ("length with a comma behind", "Content-Length: 3,\r\n", "abc"),
      ("length with a comma in front", "Content-Length: ,3\r\n", "abc"),
      ("length with a minus zero", "Content-Length: -0\r\n", ""),
      ("length in quotes", "Content-Length: \"3\"\r\n", "abc"),
      ("length as octal", "Content-Length: 0o3\r\n", "abc"),
    ].map { name, fields, body in
      CorpusCase(name, post(fields, body + line("GET /b HTTP/1.1")), 400, section: "RFC 9112 11.2")
    } + [
      CorpusCase("length beyond 32 bits", post("Content-Length: 4294967299\r\n", "abc"), 413, section: "RFC 9110 8.6"),
      CorpusCase(
        "length beyond 64 bits", post("Content-Length: 18446744073709551619\r\n", "abc"), 413, section: "RFC 9110 8.6"),
      CorpusCase(
        "two lengths in HTTP/1.0", "POST /a HTTP/1.0\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na", 400,
        section: "RFC 9112 6.3"),
      CorpusCase(
        "two Hosts in HTTP/1.0", "GET /a HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", 400, section: "RFC 9112 3.2"),
    ]
    + ["100-continue, x", "100-continue;q=1", "", "200-ok", "100 continue"].map {
      CorpusCase("expectation '\($0)'", get("Expect: \($0)\r\n"), 417, section: "RFC 9110 10.1.1")
    }

  /// The first bytes of other protocols.
  static let otherProtocols: [CorpusCase] =
    [
      ("Redis", "*1\r\n$4\r\nPING\r\n"), ("Redis inline", "PING\r\n"), ("memcached", "get key\r\n"),
      ("SMTP", "EHLO example.org\r\n"), ("FTP", "USER anonymous\r\n"), ("IMAP", "a1 CAPABILITY\r\n"),
      ("PROXY protocol 1", "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n"),
      ("PROXY protocol 2", "\r\n\r\n\0\r\nQUIT\n\u{21}\u{11}\0\u{0c}"), ("SIP", "OPTIONS sip:a SIP/2.0\r\n\r\n"),
      ("RTSP", "OPTIONS * RTSP/1.0\r\n\r\n"), ("ICY", "SOURCE /a ICE/1.0\r\n\r\n"),
      ("XML", "<?xml version=\"1.0\"?>\r\n"),
      ("HTML", "<html>\r\n"), ("a status line", "HTTP/1.1 100 Continue\r\n\r\n"),
    ].map { CorpusCase("protocol: \($0)", $1, 400, section: "RFC 9112 3") }
    + [
      ("SOCKS 5", [5, 1, 0]), ("SOCKS 4", [4, 1, 0, 80, 127, 0, 0, 1, 0]), ("TLS 1.0", [0x16, 3, 1, 2, 0]),
      ("SSL 2", [0x80, 0x2e, 1, 0, 2]), ("RDP", [3, 0, 0, 0x13]), ("SMB", [0, 0, 0, 0x54, 0xff, 0x53]),
      ("MQTT", [0x10, 0x0e, 0, 4]), ("zeros", [UInt8](repeating: 0, count: 100)),
    ].map { CorpusCase("protocol: \($0)", bytes: $1, [400], section: "RFC 9112 3") }

  /// Versions and methods that are none.
  static let oddVersions: [CorpusCase] =
    [
      "HTTP/1", "HTTP/1.", "HTTP/.1", "HTTP/1.1.1", "HTTP/01.1", "HTTP/1.01", "HTTP/+1.1", "HTTP/-1.1", "HTTP/1. 1",
      "HTTP /1.1", "hTTP/1.1", "HTTPS/1.1", "HTTP/1.1a", "HTTP/\u{0661}.1", "HTTP\\1.1", "HTTP/1.1 HTTP/1.1",
      "HTTP/1.1\t", "HTTP/1.1\u{0b}", "HTTP/1.1\0", "HTTP/A.1",
    ].map { CorpusCase("version '\($0)'", line("GET /a \($0)"), 400, section: "RFC 9112 2.3") }
    + [
      ("(GET)", "(GET)"), ("G\"ET", "G\"ET"), ("GÉT", "G\u{c9}T"), ("GET,", "GET,"), ("[GET]", "[GET]"),
      ("G\\ET", "G\\ET"),
      ("GET with DEL", "GET\u{7f}"), ("GET with a vertical tab", "GET\u{0b}"), ("empty", ""),
    ].map { CorpusCase("no method: \($0)", line("\($1) /a HTTP/1.1"), 400, section: "RFC 9110 9.1") }
    + ["HTTP/4.0", "HTTP/0.0", "HTTP/9.9"].map {
      CorpusCase("version \($0)", line("GET /a \($0)"), 505, section: "RFC 9110 15.6.6")
    }

  /// Targets that are none.
  static let oddTargets: [CorpusCase] =
    [
      "a", "?a", "", "http:/a", "http:a", "http//a", "://a", "http://", "https://?a", "http://a:b@c/", "http://a b/",
      "http://[::1/a", "http://[]/a", "http://a:99999/b", "http://a:-1/b", "http://a/../b", "http://a/%2e%2e/b",
      "http://a/%00", "http://a#b", "javascript:alert(1)", "file:///etc/passwd", "/a/..", "/../../etc/passwd",
      "/..%2f..%2fetc/passwd", "/%2e%2e/a", "/a%2f%2e%2e%2fb", "/%c0%ae%c0%ae/a", "/a%", "/a%0", "/%u0061", "/a%0ab",
      "/a%1bb", "/a%80", "/%ff", "/%c2%85", "/%f4%90%80%80", "/a\0b", "/a\u{0b}b", "/a\tb", "/a?b=%", "/a?b=%g0",
      "/a?#",
    ].map {
      CorpusCase("target \($0.debugDescription)", line("GET \($0) HTTP/1.1"), 400, section: "RFC 9112 3.2")
    }

  /// Hosts that are none.
  static let oddHosts: [CorpusCase] = [
    "a:0x50", "a:+80", "a:80:80", "a:80a", "a:100000", ":80", "::1", "[::1]80", "[::1", "[v1.x]", "a@b:80", "a/b",
    "a, b",
    "a;b", "a=b", "\u{e9}", "a\0", "a\u{7f}", "'a'", "a|b", "{a}", "a*b", "(a)", "$a",
  ].map {
    CorpusCase(
      "no Host: \($0.debugDescription)", "GET /a HTTP/1.1\r\nHost: \($0)\r\n\r\n", 400, section: "RFC 9110 7.2")
  }

  /// Chunked bodies that are none.
  static let oddChunks: [CorpusCase] =
    [
      "ffffffffffffffff\r\n", "10000000000000003\r\nabc\r\n", "\u{0663}\r\nabc\r\n", "3 3\r\nabc\r\n",
      "3\t3\r\nabc\r\n", "3h\r\nabc\r\n", "3.0\r\nabc\r\n", "\"3\"\r\nabc\r\n", ";a\r\nabc\r\n", "3\r\r\nabc\r\n",
      "3\rabc\r\n", "3;a=\"\r\n\"\r\nabc\r\n", "3;a\u{0b}\r\nabc\r\n", "3;a\u{7f}\r\nabc\r\n", "\u{0b}3\r\nabc\r\n",
      "3\u{a0}\r\nabc\r\n", "3\r\nabc\n\r0\r\n\r\n", "3\r\nabc\r0\r\n\r\n", "2\r\nabc\r\n0\r\n\r\n",
      "4\r\nabc\r\n0\r\n\r\n", "-0\r\n\r\n", "+0\r\n\r\n", "0x0\r\n\r\n", "0\r\n\rX\r\n\r\n",
      "0\r\nContent-Length : 5\r\n\r\n",
      "0\r\nX: a\0\r\n\r\n", "0\r\n: a\r\n\r\n", "0\r\nX: a\r\n b\r\n\r\n", "0\r\nGET /b HTTP/1.1\r\n\r\n",
      "0\r\n" + line("GET /b HTTP/1.1"), "1\r\na\r\n" + line("GET /b HTTP/1.1"),
    ].map { CorpusCase("odd chunks \($0.debugDescription)", chunked($0), 400, section: "RFC 9112 7.1") }
    + [
      CorpusCase("chunk of 2 GiB", chunked("80000000\r\n"), 413, section: "RFC 9110 15.5.14"),
      CorpusCase(
        "chunks that add up beyond the limit", chunked("1\r\na\r\n2000000\r\n"), 413, section: "RFC 9110 15.5.14"),
      CorpusCase(
        "many extensions", chunked(String(repeating: "1;\(String(repeating: "x", count: 1000))\r\na\r\n", count: 70)),
        400, section: "RFC 9112 7.1.1"),
    ]
}

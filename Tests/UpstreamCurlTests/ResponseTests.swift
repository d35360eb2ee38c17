import CBrotli
import CZstd
import TestSupport
import Testing

@testable import UpstreamCurl

/// Responses as bytes: where they end, what is refused, and that neither depends on how the bytes come.
@Suite
struct ResponseTests {
  /// A response and what is to be heard of it.
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let bytes: [UInt8]
    var body = "hello"
    var status = 200
    var closes = false
    var keeps = true
    var testDescription: String { name }

    init(
      _ name: String, _ text: String, body: String = "hello", status: Int = 200, closes: Bool = false,
      keeps: Bool = true
    ) {
      self.name = name
      bytes = Array(text.utf8)
      (self.body, self.status, self.closes, self.keeps) = (body, status, closes, keeps)
    }
  }

  static let good: [Case] = [
    Case("length", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
    Case("no reason", "HTTP/1.1 200\r\ncontent-length:5\r\n\r\nhello"),
    Case("the same length twice", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nCONTENT-LENGTH: 005\r\n\r\nhello"),
    Case("line feeds alone", "HTTP/1.1 200 OK\nContent-Length: 5\n\nhello"),
    Case("folded line that decides nothing", "HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 5\r\n\r\nhello"),
    Case("chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nh\r\n003\r\nell\r\n1\r\no\r\n0\r\n\r\n"),
    Case(
      "chunks with extensions and trailers",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding:  CHUNKED \r\n\r\n5;a=\"b\"\r\nhello\r\n0;c\r\nX-Sum: 1\r\nY: 2\r\n\r\n"),
    Case("until close", "HTTP/1.1 200 OK\r\n\r\nhello", closes: true),
    Case("HTTP/1.0 until close", "HTTP/1.0 200 OK\r\n\r\nhello", closes: true, keeps: false),
    Case("HTTP/1.0 with a length", "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", keeps: false),
    Case(
      "connection: close", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: x, Close\r\n\r\nhello", keeps: false),
    Case(
      "100 informational heads",
      String(repeating: "HTTP/1.1 103 Early Hints\r\nContent-Length: 9\r\n\r\n", count: 100)
        + "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
    Case("204", "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", body: "", status: 204),
    Case("304", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", body: "", status: 304),
    Case("empty body", "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", body: "", status: 500),
    Case("empty gzip body", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 0\r\n\r\n", body: ""),
    Case("identity coding", "HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\nContent-Length: 5\r\n\r\nhello"),
    Case("surplus", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\n\r\n", keeps: false),
  ]

  @Test("A response is the same in whatever pieces it comes, paused or not", arguments: good)
  func splits(_ one: Case) throws {
    let feed = try ResponseFeed()
    let whole = try feed.run([one.bytes], closes: one.closes)
    #expect(whole.status == one.status && whole.body == Array(one.body.utf8) && whole.failure == nil)
    #expect(whole.isOver && whole.keepsConnection == one.keeps)
    guard one.name != "surplus" else { return try feed.stop() }
    for pieces in Splits.all(of: one.bytes) {
      for pauses in [false, true] {
        #expect(try feed.run(pieces, closes: one.closes, pauses: pauses) == whole)
      }
    }
    try feed.stop()
  }

  @Test(
    "What leaves the end of a response open, or is none, is refused",
    arguments: [
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\nhello",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n 6\r\n\r\nhello",
      "HTTP/1.1 200 OK\r\nContent-Length : 5\r\n\r\nhello",
      "HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello",
      "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello",
      "HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\nhello",
      "HTTP/1.1 200 OK\r\nContent-Length: 0x5\r\n\r\nhello",
      "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\nhello",
      "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nhello",
      "HTTP/1.1 200 OK\r\nno colon\r\n\r\nhello", "HTTP/1.1 200 OK\r\n: x\r\n\r\n",
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", "HTTP/2 200\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n",
      "HTTP/1.1 2000 OK\r\n\r\n", "HTTP/1.1 099 OK\r\n\r\n", "HTTP/1.x 200 OK\r\n\r\n", "http/1.1 200 OK\r\n\r\n",
      "\r\nHTTP/1.1 200 OK\r\n\r\n", "ICY 200 OK\r\n\r\n", "<html>\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello!\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\nhello\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nhello\r\n",
      String(repeating: "HTTP/1.1 100 Continue\r\n\r\n", count: 101) + "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 200 OK\r\nX: " + String(repeating: "a", count: 300_000),
      "HTTP/1.1 200 OK\r\n" + String(repeating: "X: y\r\n", count: 60_000),
    ])
  func refused(_ text: String) throws {
    let feed = try ResponseFeed()
    let bytes = Array(text.utf8)
    let ways = text.utf8.count > 10_000 ? [[bytes]] : Splits.all(of: bytes, random: 5)
    for pieces in ways {
      let result = try feed.run(pieces)
      #expect(result.isOver && result.failure != nil)
    }
    try feed.stop()
  }

  @Test("A response that is cut anywhere is a failure, never a clean end", arguments: good)
  func truncated(_ one: Case) throws {
    guard !one.closes, one.name != "surplus", one.bytes.count < 400 else { return }
    let feed = try ResponseFeed()
    for end in 0..<one.bytes.count {
      let result = try feed.run([Array(one.bytes[..<end])], closes: true)
      #expect(result.isOver && result.failure != nil, "cut at \(end)")
    }
    try feed.stop()
  }

  /// A content coding and a text in it.
  enum Coded: CaseIterable {
    case gzip, members, zlib, raw, brotli, zstd

    static let text = "Never was anything so well said, never was anything so well said."

    var name: String {
      switch self {
      case .gzip: "gzip"
      case .members: "x-gzip"
      case .zlib, .raw: "deflate"
      case .brotli: "br"
      case .zstd: "zstd"
      }
    }

    var bytes: [UInt8] {
      let plain = Array(Coded.text.utf8)
      switch self {
      case .gzip: return Gzip.compress(plain)
      case .members: return Gzip.compress(Array(plain[..<10])) + Gzip.compress(Array(plain[10...]))
      case .raw: return Array(Gzip.compress(plain).dropFirst(10).dropLast(8))
      case .zlib: return [0x78, 0x9c] + Coded.raw.bytes + Coded.adler(plain)
      case .brotli:
        return [
          27, 64, 0, 200, 29, 137, 113, 44, 201, 58, 123, 30, 70, 168, 244, 4, 113, 113, 171, 185, 187, 10, 123, 3, 135,
          28, 176, 255, 214, 60, 8, 189, 194, 225, 74, 151, 40, 41, 179, 162, 29, 225, 100, 121, 39, 142, 73,
        ]
      case .zstd: return Coded.zstandard(plain)
      }
    }

    private static func adler(_ bytes: [UInt8]) -> [UInt8] {
      var (a, b) = (1, 0)
      for byte in bytes {
        a = (a + Int(byte)) % 65521
        b = (b + a) % 65521
      }
      return [UInt8(b >> 8), UInt8(b & 255), UInt8(a >> 8), UInt8(a & 255)]
    }

    static func zstandard(_ plain: [UInt8]) -> [UInt8] {
      var output = [UInt8](repeating: 0, count: ZSTD_compressBound(plain.count))
      let count = ZSTD_compress(&output, output.count, plain, plain.count, 3)
      return Array(output[..<count])
    }
  }

  @Test("Content codings are undone, in any pieces; cut or damaged ones are failures", arguments: Coded.allCases)
  func codings(_ coded: Coded) throws {
    let feed = try ResponseFeed()
    let head = Array("HTTP/1.1 200 OK\r\nContent-Encoding: \(coded.name)\r\n\r\n".utf8)
    for pieces in Splits.all(of: head + coded.bytes) {
      let result = try feed.run(pieces, closes: true)
      #expect(result.body == Array(Coded.text.utf8) && result.failure == nil && result.isOver)
    }
    for end in 1..<coded.bytes.count
    where coded != .members || end != Gzip.compress(Array(Coded.text.utf8.prefix(10))).count {
      let result = try feed.run([head + coded.bytes[..<end]], closes: true)
      #expect(result.failure != nil, "cut at \(end)")
    }
    let damaged = try feed.run([head + coded.bytes.reversed()], closes: true)
    #expect(damaged.failure != nil && damaged.isOver)
    let behind = try feed.run([head + coded.bytes + Array("more".utf8)], closes: true)
    #expect(behind.failure != nil)
    try feed.stop()
  }

  @Test("Several or unknown codings are refused", arguments: ["gzip, br", "snappy", "gzip\r\nContent-Encoding: gzip"])
  func unknownCodings(_ coding: String) throws {
    let feed = try ResponseFeed()
    let result = try feed.run([
      Array("HTTP/1.1 200 OK\r\nContent-Encoding: \(coding)\r\nContent-Length: 5\r\n\r\nhello".utf8)
    ])
    #expect(result.status == 200 && result.failure != nil && result.body.isEmpty)
    try feed.stop()
  }

  @Test("A small body that stands for a huge one comes out step by step", arguments: ["gzip", "br", "zstd"])
  func bomb(_ coding: String) throws {
    let plain = [UInt8](repeating: UInt8(ascii: "x"), count: 16 << 20)
    let coded: [UInt8] =
      switch coding {
      case "gzip": Gzip.compress(plain)
      case "zstd": Coded.zstandard(plain)
      default:
        [
          203, 255, 255, 63, 0, 36, 240, 226, 177, 64, 114, 239, 255, 242, 255, 255, 15, 128, 4, 64, 28, 22, 128, 238,
          253, 31,
        ]
      }
    let feed = try ResponseFeed()
    let head = "HTTP/1.1 200 OK\r\nContent-Encoding: \(coding)\r\nContent-Length: \(coded.count)\r\n\r\n"
    let result = try feed.run([Array(head.utf8) + coded], pauses: true)
    #expect(result.body.count == plain.count && result.failure == nil && result.isOver)
    try feed.stop()
  }
}

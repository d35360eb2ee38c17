#if DEBUG || FUZZING
  import TestSupport
  @testable import UpstreamCurl

  extension FuzzTarget {
    /// Responses of a provider: head, framing and content coding give the same whole and in pieces.
    static let response = FuzzTarget(
      name: "response", seeds: { CutInput.seeds(ResponseSeeds.all) },
      check: { input in
        guard let input = CutInput(input) else { return nil }
        let whole = ResponseOutcome([input.bytes[...]])
        let cut = ResponseOutcome(input.pieces)
        if whole != cut { return "whole: \(whole), in pieces: \(cut)" }
        return whole.length >= 0 && whole.isChunked ? "a length beside chunks was accepted" : nil
      })
  }

  /// What was made of some bytes.
  private struct ResponseOutcome: Equatable {
    /// Plain bytes that are looked at; a small input may stand for a huge body.
    private static let limit = 1 << 16

    var head = ""
    var length = -1
    var isChunked = false
    var data: [UInt8] = []
    var isComplete = false
    var isTooLarge = false
    var isRefused = false

    init(_ pieces: [ArraySlice<UInt8>]) {
      var parser = ResponseHeadParser(limit: 2048)
      var body: ResponseBody?
      var stage: ContentStage?
      do throws(ResponseFault) {
        for piece in pieces {
          var rest = piece
          if body == nil {
            guard let used = try ResponseOutcome.take(&parser, rest) else { continue }
            rest = rest.dropFirst(used)
            body = ResponseBody(try parser.head.framing())
            stage = ContentStage(parser.head.coding)
            note(parser.head)
          }
          if var current = body {
            try take(rest, &current, stage)
            body = current
          }
        }
      } catch {
        isRefused = true
        // How much came before the error depends on the pieces.
        data = []
      }
      isComplete = body?.isComplete == true && stage?.mayEnd != false
      if isRefused || isTooLarge { isComplete = false }
      if isTooLarge { data = [] }
    }

    private mutating func note(_ head: ResponseHead) {
      self.head = "\(head)"
      length = head.length
      isChunked = head.isChunked
    }

    private static func take(
      _ parser: inout ResponseHeadParser, _ bytes: ArraySlice<UInt8>
    ) throws(ResponseFault) -> Int? {
      let result = bytes.withUnsafeBytes { raw in Result { () throws(ResponseFault) in try parser.take(raw) } }
      return try result.get()
    }

    private mutating func take(
      _ bytes: ArraySlice<UInt8>, _ body: inout ResponseBody, _ stage: ContentStage?
    ) throws(ResponseFault) {
      if isTooLarge { return }
      var framed: [UInt8] = []
      let result = bytes.withUnsafeBytes { raw in
        Result { () throws(ResponseFault) in try body.take(raw) { framed.append(contentsOf: $0) } }
      }
      _ = try result.get()
      guard let stage else { return data.append(contentsOf: framed) }
      let decoded = framed.withUnsafeBytes { raw in
        Result { () throws(ResponseFault) in
          try stage.run(raw) { plain in
            data.append(contentsOf: plain)
            isTooLarge = data.count > ResponseOutcome.limit
            return !isTooLarge
          }
        }
      }
      _ = try decoded.get()
    }
  }

  /// Responses to begin with.
  private enum ResponseSeeds {
    static let all: [[UInt8]] =
      [
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;a=b\r\n{}\r\n0\r\nX: y\r\n\r\n",
        "HTTP/1.0 200\r\nx-request-id: abc\r\n\r\nuntil the close",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: a\r\n\r\nHTTP/1.1 204 None\r\n\r\n",
        "HTTP/1.1 429 Slow\nRetry-After: 7\nConnection: keep-alive, close\nContent-Length: 0\n\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n folded\r\n\r\na",
        "HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 3\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nContent-Encoding: zstd\r\nContent-Length: 4\r\n\r\n(\u{b5}/\u{fd}",
        "HTTP/1.1 304 Same\r\nContent-Length: 5\r\nTransfer-Encoding: gzip\r\n\r\n",
        "HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n",
      ].map { Array($0.utf8) } + [packed("gzip", Gzip.compress(Array("data: {}\n\n".utf8)))]

    private static func packed(_ coding: String, _ body: [UInt8]) -> [UInt8] {
      Array("HTTP/1.1 200 OK\r\nContent-Encoding: \(coding)\r\nContent-Length: \(body.count)\r\n\r\n".utf8) + body
    }
  }
#endif

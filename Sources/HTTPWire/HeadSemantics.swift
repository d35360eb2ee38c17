import Core

/// What the header fields of a complete head mean for the message itself: host, framing, persistence, expectation.
struct HeadSemantics {
  private var seen = 0
  private var singles = RequestHead.SingleFields()
  private var framing = RequestHead.Framing.none
  private var wantsClose = false
  private var wantsKeepAlive = false
  private var expectsContinue = false

  /// Fields that may stand in a request only once: two of them could be read differently by two readers.
  private enum Known: Int {
    case host, contentLength, transferEncoding, authorization, contentType, apiKey, googleKey, contentEncoding, expect
    /// Who asks, for whom, and what may be kept: read by the gateway (contract section 3, reference section 1).
    case origin, referer, title, session, zeroRetention, compliance, evidence, earlierEvidence

    static func named(_ name: UnsafeRawBufferPointer) -> Known? {
      switch name.count {
      case 4: Grammar.matches(name, "host") ? .host : nil
      case 6: Grammar.matches(name, "expect") ? .expect : Grammar.matches(name, "origin") ? .origin : nil
      case 7: Grammar.matches(name, "x-title") ? .title : nil
      case 9: Grammar.matches(name, "x-api-key") ? .apiKey : nil
      case 12:
        Grammar.matches(name, "content-type")
          ? .contentType
          : Grammar.matches(name, "http-referer") ? .referer : Grammar.matches(name, "x-session-id") ? .session : nil
      case 13: Grammar.matches(name, "authorization") ? .authorization : nil
      case 14:
        Grammar.matches(name, "content-length")
          ? .contentLength : Grammar.matches(name, "x-goog-api-key") ? .googleKey : nil
      case 16:
        Grammar.matches(name, "content-encoding")
          ? .contentEncoding : Grammar.matches(name, "x-openrouter-zdr") ? .zeroRetention : nil
      case 17: Grammar.matches(name, "transfer-encoding") ? .transferEncoding : nil
      case 21: Grammar.matches(name, "x-openrouter-metadata") ? .evidence : nil
      case 34: Grammar.matches(name, "x-openrouter-experimental-metadata") ? .earlierEvidence : nil
      case 26: Grammar.matches(name, "x-openai-enable-compliance") ? .compliance : nil
      default: nil
      }
    }
  }

  /// Reads the fields. Throws 400 or 417.
  init(line: RequestLine, entries: [HeaderFields.Entry], bytes: UnsafeRawBufferPointer) throws(GatewayError) {
    for entry in entries {
      let name = UnsafeRawBufferPointer(rebasing: bytes[entry.name])
      let value = UnsafeRawBufferPointer(rebasing: bytes[entry.value])
      if let known = Known.named(name) {
        guard seen & 1 << known.rawValue == 0 else {
          throw .caller(
            .invalidRequest, "Header '\(Grammar.text(bytes, entry.name))' is sent more than once; send it once.")
        }
        seen |= 1 << known.rawValue
        try take(known, value, entry.value, version: line.version)
      } else if Grammar.matches(name, "connection") {
        takeConnection(value)
      }
    }
    try checkWhole(line)
  }

  /// The head itself, which owns a copy of its bytes.
  func head(
    line: RequestLine, entries: [HeaderFields.Entry], bytes: UnsafeRawBufferPointer, length: Int
  ) -> RequestHead {
    RequestHead(
      method: line.method, targetRange: line.target, path: line.path, queryRange: line.query, version: line.version,
      fields: HeaderFields(bytes: Array(UnsafeRawBufferPointer(rebasing: bytes[..<length])), entries: entries),
      singles: singles, authority: line.authority,
      framing: framing, keepsAlive: line.version == .http11 ? !wantsClose : wantsKeepAlive && !wantsClose,
      expectsContinue: expectsContinue)
  }

  private func has(_ known: Known) -> Bool { seen & 1 << known.rawValue != 0 }

  private mutating func take(
    _ known: Known, _ value: UnsafeRawBufferPointer, _ range: Range<Int>, version: RequestHead.Version
  ) throws(GatewayError) {
    switch known {
    case .host:
      guard HostName.isValid(value) else {
        throw .caller(.invalidRequest, "Header 'Host' is not valid; write it as HOST or HOST:PORT.")
      }
      singles.host = range
    case .contentLength: framing = .length(try HeadSemantics.length(value))
    case .transferEncoding:
      guard Grammar.matches(value, "chunked") else {
        throw .caller(
          .invalidRequest, "Only 'Transfer-Encoding: chunked' is understood; send the body sized or chunked.")
      }
    case .expect where version == .http11:
      guard Grammar.matches(value, "100-continue") else {
        throw .caller(.expectationFailed, "Only 'Expect: 100-continue' can be met; remove the Expect header.")
      }
      expectsContinue = true
    case .evidence: singles.evidence = range
    case .earlierEvidence: if singles.evidence == nil { singles.evidence = range }
    case .expect, .origin, .referer, .title, .session, .zeroRetention, .compliance: break
    case .authorization: singles.authorization = range
    case .contentType: singles.contentType = range
    case .apiKey: singles.apiKey = range
    case .googleKey: singles.googleKey = range
    case .contentEncoding: singles.contentEncoding = range
    }
  }

  private mutating func checkWhole(_ line: RequestLine) throws(GatewayError) {
    if line.version == .http11, !has(.host) {
      throw .caller(.invalidRequest, "The request has no Host header; HTTP/1.1 requires one.")
    }
    guard has(.transferEncoding) else { return }
    if has(.contentLength) {
      throw .caller(
        .invalidRequest,
        "The request has both Content-Length and Transfer-Encoding; send the body sized or chunked, not both.")
    }
    if line.version == .http10 {
      throw .caller(.invalidRequest, "HTTP/1.0 has no Transfer-Encoding; send a Content-Length or use HTTP/1.1.")
    }
    framing = .chunked
  }

  /// A length of digits only; one that does not fit is `Int.max`, which every body limit refuses.
  private static func length(_ value: UnsafeRawBufferPointer) throws(GatewayError) -> Int {
    guard !value.isEmpty, value.allSatisfy({ $0 >= 48 && $0 <= 57 }) else {
      throw .caller(.invalidRequest, "Header 'Content-Length' is not a number; send one decimal number.")
    }
    var length = 0
    for byte in value {
      let (product, overflow) = length.multipliedReportingOverflow(by: 10)
      let (sum, over) = product.addingReportingOverflow(Int(byte - 48))
      if overflow || over { return .max }
      length = sum
    }
    return length
  }

  private mutating func takeConnection(_ value: UnsafeRawBufferPointer) {
    var start = 0
    while start < value.count {
      let end = Grammar.position(of: UInt8(ascii: ","), in: value, from: start) ?? value.count
      let option = UnsafeRawBufferPointer(rebasing: value[Grammar.trimmed(value, start..<end)])
      if Grammar.matches(option, "close") { wantsClose = true }
      if Grammar.matches(option, "keep-alive") { wantsKeepAlive = true }
      start = end + 1
    }
  }
}

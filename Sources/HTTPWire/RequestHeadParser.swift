import Core

/// Bounds of a request's head.
package struct HeadLimits: Sendable {
  /// Longest request line, without its line end. Unit: bytes. Longer ones are a 414.
  package let requestLineBytes: Int
  /// Longest head, line ends included. Unit: bytes. Longer ones are a 431.
  package let headBytes: Int
  /// Most header fields. More are a 431.
  package let fields: Int

  /// Bounds; the request line is never longer than the head may be.
  package init(headBytes: Int = 65_536, fields: Int = 256, requestLineBytes: Int = 16_384) {
    self.headBytes = headBytes
    self.fields = fields
    self.requestLineBytes = max(0, min(requestLineBytes, headBytes - 4))
  }
}

/// Reads the head of one HTTP/1 request from bytes that arrive in any pieces. It goes line by line and judges each
/// line when its end is there, so the outcome does not depend on how the bytes were cut. Strict where RFC 9112 leaves
/// room: whatever two readers could understand differently is an error. After an error the connection is unusable.
package struct RequestHeadParser: Sendable {
  private let limits: HeadLimits
  private var scanned = 0
  private var lineStart = 0
  private var skippedEmptyLine = false
  private var line: RequestLine?
  private var entries: [HeaderFields.Entry] = []

  /// A parser for one head.
  package init(limits: HeadLimits) { self.limits = limits }

  /// Takes all bytes of the request received so far, from its first one; call it again with more when it returns nil.
  /// Returns the head and how many bytes it takes up. Throws a `GatewayError` of the caller: 400, 414, 417, 431, 505.
  package mutating func parse(
    _ bytes: UnsafeRawBufferPointer
  ) throws(GatewayError) -> (head: RequestHead, length: Int)? {
    while true {
      if line == nil { try checkFirstByte(bytes) }
      guard let end = Grammar.position(of: Grammar.lineFeed, in: bytes, from: scanned) else {
        try checkRoom(bytes.count)
        scanned = bytes.count
        return nil
      }
      let isLast = try take(bytes, lineFeed: end)
      lineStart = end + 1
      scanned = lineStart
      if isLast, let line {
        let semantics = try HeadSemantics(line: line, entries: entries, bytes: bytes)
        return (semantics.head(line: line, entries: entries, bytes: bytes, length: lineStart), lineStart)
      }
    }
  }

  /// Handles one complete line; returns whether it ended the head.
  private mutating func take(_ bytes: UnsafeRawBufferPointer, lineFeed: Int) throws(GatewayError) -> Bool {
    if line == nil, lineFeed - lineStart - 1 > limits.requestLineBytes { throw lineTooLong }
    if lineFeed + 1 > limits.headBytes { throw headTooLarge }
    guard lineFeed > lineStart, bytes[lineFeed - 1] == Grammar.carriageReturn else {
      throw .caller(.invalidRequest, "A line of the request's head ends with LF alone; end every line with CR LF.")
    }
    let range = lineStart..<lineFeed - 1
    if line == nil {
      if range.isEmpty {
        guard !skippedEmptyLine else {
          throw .caller(.invalidRequest, "The request begins with empty lines; begin with the request line.")
        }
        skippedEmptyLine = true
        return false
      }
      line = try RequestLine(UnsafeRawBufferPointer(rebasing: bytes[range]), at: range.lowerBound)
      return false
    }
    if range.isEmpty { return true }
    try takeField(bytes, range)
    return false
  }

  private mutating func takeField(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) throws(GatewayError) {
    let (name, value) = try FieldLine.parse(bytes, range)
    guard entries.count < limits.fields else {
      throw .caller(.headerFieldsTooLarge, "The request has more than \(limits.fields) header fields; send fewer.")
    }
    if entries.isEmpty { entries.reserveCapacity(16) }
    entries.append(HeaderFields.Entry(name: name, value: value))
  }

  /// An incomplete line may not outgrow its bounds either; its last byte may be the CR of its end.
  private func checkRoom(_ count: Int) throws(GatewayError) {
    if line == nil, count - lineStart > limits.requestLineBytes + 1 { throw lineTooLong }
    if count >= limits.headBytes { throw headTooLarge }
  }

  /// Tells other protocols at once instead of waiting for a line end that may never come.
  private func checkFirstByte(_ bytes: UnsafeRawBufferPointer) throws(GatewayError) {
    guard lineStart < bytes.count else { return }
    let byte = bytes[lineStart]
    if Grammar.isToken(byte) || byte == Grammar.carriageReturn || byte == Grammar.lineFeed { return }
    throw .caller(
      .invalidRequest,
      byte == 0x16
        ? "This port speaks plain HTTP and got a TLS handshake; write http:// instead of https://."
        : "This is not an HTTP/1.1 request: it does not begin with a method.")
  }

  private var lineTooLong: GatewayError {
    .caller(
      .uriTooLong,
      "The request line is longer than \(limits.requestLineBytes) bytes; shorten the URL or send the data in the body.")
  }

  private var headTooLarge: GatewayError {
    .caller(
      .headerFieldsTooLarge,
      "The request's head is larger than \(limits.headBytes) bytes; send fewer or shorter headers.")
  }
}

/// The first line of a request, understood. Ranges count from the first byte of the request.
struct RequestLine: Sendable {
  /// The method as written.
  var method: String
  /// The target as written.
  var target: Range<Int>
  /// The decoded path.
  var path: String
  /// The raw query.
  var query: Range<Int>?
  /// The authority of an absolute target.
  var authority: Range<Int>?
  /// The version, one that is served.
  var version: RequestHead.Version

  /// Reads `METHOD SP TARGET SP HTTP/1.x`, which begins at `offset` of the request. Throws 400 or 505.
  init(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(GatewayError) {
    guard let first = Grammar.position(of: Grammar.space, in: bytes, from: 0), first > 0,
      bytes[..<first].allSatisfy(Grammar.isToken)
    else {
      throw .caller(.invalidRequest, "The request line is malformed; write it as 'METHOD /path HTTP/1.1'.")
    }
    guard let second = Grammar.position(of: Grammar.space, in: bytes, from: first + 1) else {
      throw .caller(
        .invalidRequest, "The request line names no version (HTTP/0.9 is not served); end it with ' HTTP/1.1'.")
    }
    guard second > first + 1 else {
      throw .caller(.invalidRequest, "The request line holds two spaces in a row; separate its parts by one.")
    }
    version = try RequestLine.version(UnsafeRawBufferPointer(rebasing: bytes[(second + 1)...]))
    method = RequestLine.method(UnsafeRawBufferPointer(rebasing: bytes[..<first]))
    let parts = try RequestTarget(UnsafeRawBufferPointer(rebasing: bytes[first + 1..<second]), method: method)
    let start = offset + first + 1
    target = start..<offset + second
    path = parts.path
    query = parts.query.map { $0.lowerBound + start..<$0.upperBound + start }
    authority = parts.authority.map { $0.lowerBound + start..<$0.upperBound + start }
  }

  /// The usual methods without making a text of their bytes.
  private static func method(_ bytes: UnsafeRawBufferPointer) -> String {
    if Grammar.equals(bytes, "POST") { return "POST" }
    if Grammar.equals(bytes, "GET") { return "GET" }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func version(_ bytes: UnsafeRawBufferPointer) throws(GatewayError) -> RequestHead.Version {
    guard bytes.count == 8, bytes[6] == UInt8(ascii: "."), (48...57).contains(bytes[5]), (48...57).contains(bytes[7]),
      Grammar.equals(UnsafeRawBufferPointer(rebasing: bytes[..<5]), "HTTP/")
    else {
      throw .caller(.invalidRequest, "The request line does not end with a version; end it with ' HTTP/1.1'.")
    }
    guard bytes[5] == UInt8(ascii: "1") else {
      throw .caller(
        .versionNotSupported, "Only HTTP/1.1 and HTTP/1.0 are served on this port; send the request as HTTP/1.1.")
    }
    return bytes[7] == UInt8(ascii: "0") ? .http10 : .http11
  }
}

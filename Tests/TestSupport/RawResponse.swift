/// A response as a client sees it.
package struct RawResponse {
  /// The status code.
  package var status: Int
  /// The header fields, names in lower case.
  package var fields: [(name: String, value: String)]
  /// The body, chunks joined.
  package var body: [UInt8]
  /// The sizes of the chunks, in order; empty when the body was not chunked.
  package var chunkSizes: [Int] = []

  /// The first field of this (lower-case) name.
  package func first(_ name: String) -> String? { fields.first { $0.name == name }?.value }
  /// The body as text.
  package var text: String { body.text }

  /// Reads one response from the front of `bytes` and returns its length too; nil when more bytes are needed. Skips
  /// `100 Continue`. `isAtEnd`: nothing more will come, which ends a body without length. Throws `ClientFailure`.
  package static func parse(
    _ bytes: [UInt8], isHead: Bool, isAtEnd: Bool
  ) throws -> (response: RawResponse, length: Int)? {
    guard let headEnd = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
    let lines = Array(bytes[..<headEnd.lowerBound]).text.components(separatedBy: "\r\n")
    guard let first = lines.first, first.hasPrefix("HTTP/1.1 "), let status = Int(first.dropFirst(9).prefix(3)) else {
      throw ClientFailure.malformed(lines.first ?? "")
    }
    let fields = try lines.dropFirst().map { line in
      guard let colon = line.firstIndex(of: ":") else { throw ClientFailure.malformed(line) }
      return (
        name: line[..<colon].lowercased(),
        value: String(line[line.index(after: colon)...].drop(while: { $0 == " " }))
      )
    }
    let start = headEnd.upperBound
    if status == 100 {
      guard let rest = try parse(Array(bytes[start...]), isHead: isHead, isAtEnd: isAtEnd) else { return nil }
      return (rest.response, rest.length + start)
    }
    var response = RawResponse(status: status, fields: fields, body: [])
    if isHead || status == 204 || status == 304 { return (response, start) }
    if response.first("transfer-encoding") == "chunked" {
      guard let end = try response.takeChunks(bytes, from: start) else { return nil }
      return (response, end)
    }
    if let length = response.first("content-length").flatMap({ Int($0) }) {
      guard bytes.count >= start + length else { return nil }
      response.body = Array(bytes[start..<start + length])
      return (response, start + length)
    }
    guard isAtEnd else { return nil }
    response.body = Array(bytes[start...])
    return (response, bytes.count)
  }

  private mutating func takeChunks(_ bytes: [UInt8], from start: Int) throws -> Int? {
    var position = start
    while true {
      guard let lineEnd = bytes[position...].firstRange(of: [13, 10]) else { return nil }
      guard let size = Int(Array(bytes[position..<lineEnd.lowerBound]).text, radix: 16) else {
        throw ClientFailure.malformed("chunk size")
      }
      let end = lineEnd.upperBound + size
      guard bytes.count >= end + 2 else { return nil }
      guard bytes[end] == 13, bytes[end + 1] == 10 else { throw ClientFailure.malformed("chunk end") }
      if size == 0 { return end + 2 }
      chunkSizes.append(size)
      body.append(contentsOf: bytes[lineEnd.upperBound..<end])
      position = end + 2
    }
  }
}

extension String {
  /// The parts between occurrences of `separator`.
  fileprivate func components(separatedBy separator: String) -> [String] {
    var parts: [String] = []
    var rest = self[...]
    while let range = rest.firstRange(of: separator) {
      parts.append(String(rest[..<range.lowerBound]))
      rest = rest[range.upperBound...]
    }
    return parts + [String(rest)]
  }
}

import Core
import Upstream

/// Collects a response head from the lines libcurl hands over one at a time. Only the headers of `UpstreamHead` are kept.
struct CurlHead {
  /// What a line came to.
  enum Step {
    case more
    case complete(UpstreamHead)
    case tooLarge
  }

  private var value = UpstreamHead()
  private var size = 0
  /// Whether the final head has been handed over; later lines are trailers and ignored.
  private(set) var isComplete = false

  /// Takes one line with its line end.
  mutating func take(_ line: UnsafeRawBufferPointer, limit: Int) -> Step {
    size += line.count
    if size > limit { return .tooLarge }
    if isComplete { return .more }
    if line.count >= 9, line.starts(with: "HTTP/".utf8) {
      value = UpstreamHead()
      value.status = CurlHead.status(line)
      return .more
    }
    if line.count <= 2 {
      if value.status < 200 { return .more }  // an informational head; the real one follows
      isComplete = true
      return .complete(value)
    }
    field(line)
    return .more
  }

  private static func status(_ line: UnsafeRawBufferPointer) -> Int {
    guard let space = line.firstIndex(of: 32) else { return 0 }
    return line[(space + 1)...].prefix { $0 >= 48 && $0 <= 57 }.reduce(0) { min($0 * 10 + Int($1 - 48), 1000) }
  }

  private mutating func field(_ line: UnsafeRawBufferPointer) {
    // The names that matter begin with c, r, x or d; the first byte spares the rest of them a comparison.
    switch line[0] | 32 {
    case UInt8(ascii: "c"):
      if let text = CurlHead.value("content-type:", line) {
        let type = text.prefix { $0 != ";" }.lowercased()
        value.contentType = String(type.reversed().drop { $0 == " " }.reversed())
      }
    case UInt8(ascii: "r"):
      if let text = CurlHead.value("retry-after:", line) { value.retryAfter = text }
    case UInt8(ascii: "x"):
      if let text = CurlHead.value("x-request-id:", line) { value.requestID = text }
    case UInt8(ascii: "d"):
      if let text = CurlHead.value("date:", line) { value.date = text }
    default: break
    }
  }

  /// The value of the line's field if it is called `name` (in lower case, with the colon); visible ASCII and spaces
  /// only, at most 128 bytes, else nil.
  private static func value(_ name: StaticString, _ line: UnsafeRawBufferPointer) -> String? {
    let length = name.utf8CodeUnitCount
    guard line.count > length else { return nil }
    for index in 0..<length {
      let byte = line[index]
      let lower = byte >= 65 && byte <= 90 ? byte | 32 : byte
      if lower != name.utf8Start[index] { return nil }
    }
    var rest = line[length...]
    while let first = rest.first, first == 32 || first == 9 { rest = rest.dropFirst() }
    while let last = rest.last, last == 32 || last == 9 || last == 13 || last == 10 { rest = rest.dropLast() }
    guard rest.count <= 128, rest.allSatisfy({ $0 >= 32 && $0 < 127 }) else { return nil }
    return String(decoding: rest, as: UTF8.self)
  }
}

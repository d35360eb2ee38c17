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
    if line.count >= 9, line[0] == UInt8(ascii: "H"), line[4] == UInt8(ascii: "/") {
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
    var index = 5
    while index < line.count, line[index] != 32 { index += 1 }
    var status = 0
    index += 1
    while index < line.count, line[index] >= 48, line[index] <= 57, status < 1000 {
      status = status * 10 + Int(line[index] - 48)
      index += 1
    }
    return status
  }

  private mutating func field(_ line: UnsafeRawBufferPointer) {
    // The names that matter begin with c, r, x or d; the first byte spares the rest of them a comparison.
    switch line[0] | 32 {
    case UInt8(ascii: "c"):
      if let media = CurlHead.mediaType(line) { value.contentType = media }
    case UInt8(ascii: "r"):
      if let text = CurlHead.value("retry-after:", line) { value.retryAfter = text }
    case UInt8(ascii: "x"):
      if let text = CurlHead.value("x-request-id:", line) { value.requestID = text }
    case UInt8(ascii: "d"):
      if let text = CurlHead.value("date:", line) { value.date = text }
    default: break
    }
  }

  /// The media type of a `Content-Type` line: what stands before a semicolon, in lower case. Nil for other lines. The two
  /// types that matter are recognised without making a string.
  private static func mediaType(_ line: UnsafeRawBufferPointer) -> String? {
    guard let range = valueRange("content-type:", line) else { return nil }
    var media = line[range].prefix { $0 != UInt8(ascii: ";") }
    while media.last == 32 || media.last == 9 { media = media.dropLast() }
    if media.elementsEqual("application/json".utf8) { return "application/json" }
    if media.elementsEqual("text/event-stream".utf8) { return "text/event-stream" }
    return String(decoding: media, as: UTF8.self).lowercased()
  }

  /// The value of the line's field if it is called `name` (in lower case, with the colon); visible ASCII and spaces
  /// only, at most 128 bytes, else nil.
  private static func value(_ name: StaticString, _ line: UnsafeRawBufferPointer) -> String? {
    valueRange(name, line).map { String(decoding: line[$0], as: UTF8.self) }
  }

  private static func valueRange(_ name: StaticString, _ line: UnsafeRawBufferPointer) -> Range<Int>? {
    let length = name.utf8CodeUnitCount
    guard line.count > length else { return nil }
    for index in 0..<length {
      let byte = line[index]
      let lower = byte >= 65 && byte <= 90 ? byte | 32 : byte
      if lower != name.utf8Start[index] { return nil }
    }
    var start = length
    var end = line.count
    while start < end, line[start] == 32 || line[start] == 9 { start += 1 }
    while end > start, line[end - 1] <= 32 { end -= 1 }
    guard end - start <= 128 else { return nil }
    for index in start..<end where line[index] < 32 || line[index] >= 127 { return nil }
    return start..<end
  }
}

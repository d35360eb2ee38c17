import Core
import Upstream

/// The header fields that the gateway takes from a provider's head: the allow-list of `UpstreamHead`.
enum HeadField {
  /// Takes one line of a head, line end allowed, if it is a field of the list.
  static func take(_ line: UnsafeRawBufferPointer, into head: inout UpstreamHead) {
    guard let first = line.first else { return }
    // The names that matter begin with c, r, x, d or l; the first byte spares the rest of them a comparison.
    switch first | 32 {
    case UInt8(ascii: "c"):
      if let media = mediaType(line) {
        head.contentType = media
      } else if let text = value("content-length:", line) {
        head.contentLength = Int(text).flatMap { $0 >= 0 ? $0 : nil }
      }
    case UInt8(ascii: "r"):
      if let text = value("retry-after:", line) { head.retryAfter = text }
    case UInt8(ascii: "x"):
      if let text = value("x-request-id:", line) {
        head.requestID = text
      } else if let text = value("x-amzn-errortype:", line) {
        head.errorType = text
      } else if let text = value("x-amzn-bedrock-input-token-count:", line) {
        head.promptTokens = Int64(text).flatMap { $0 >= 0 ? $0 : nil }
      }
    case UInt8(ascii: "d"):
      if let text = value("date:", line) { head.date = text }
    case UInt8(ascii: "l"):
      if let range = textRange("location:", line), range.count <= FetchTarget.limit {
        head.location = String(decoding: line[range], as: UTF8.self)
      }
    default: break
    }
  }

  /// The media type of a `Content-Type` line: what stands before a semicolon, in lower case. Nil for other lines. The two
  /// types that matter are recognised without making a string.
  private static func mediaType(_ line: UnsafeRawBufferPointer) -> String? {
    guard let range = valueRange("content-type:", line) else { return nil }
    let value = UnsafeRawBufferPointer(rebasing: line[range])
    var end = value.firstIndex(of: UInt8(ascii: ";")) ?? value.count
    while end > 0, value[end - 1] == 32 || value[end - 1] == 9 { end -= 1 }
    let media = UnsafeRawBufferPointer(rebasing: value[..<end])
    if FramingField.isExactly(media, "application/json") { return "application/json" }
    if FramingField.isExactly(media, "text/event-stream") { return "text/event-stream" }
    return String(decoding: media, as: UTF8.self).lowercased()
  }

  /// The value of the line's field if it is called `name` (in lower case, with the colon); visible ASCII and spaces
  /// only, at most 128 bytes, else nil.
  private static func value(_ name: StaticString, _ line: UnsafeRawBufferPointer) -> String? {
    valueRange(name, line).map { String(decoding: line[$0], as: UTF8.self) }
  }

  private static func valueRange(_ name: StaticString, _ line: UnsafeRawBufferPointer) -> Range<Int>? {
    guard let range = textRange(name, line), range.count <= 128 else { return nil }
    for index in range where line[index] < 32 || line[index] >= 127 { return nil }
    return range
  }

  /// Where the value of the line's field stands if it is called `name`, without white space around it.
  private static func textRange(_ name: StaticString, _ line: UnsafeRawBufferPointer) -> Range<Int>? {
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
    return start..<end
  }
}

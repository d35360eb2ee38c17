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
    HeadField.take(line, into: &value)
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
}

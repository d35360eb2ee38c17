/// How the events of a stream are put into bytes.
enum Framing {
  /// Server-sent events.
  case events
  /// One JSON value on each line.
  case lines
  /// The elements of one JSON array.
  case array
  /// AWS's binary event stream.
  case frames

  /// The content type of a stream.
  var contentType: String {
    switch self {
    case .events: "text/event-stream; charset=utf-8"
    case .lines: "application/x-ndjson"
    case .array: "application/json; charset=UTF-8"
    case .frames: "application/vnd.amazon.eventstream"
    }
  }
}

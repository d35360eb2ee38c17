import Core
import HTTPWire

/// Binary event streams as they stand in the fixtures, where people can read them: a line for each message, its kind, its
/// type and its payload.
///
///     event contentBlockDelta {"contentBlockIndex":0,"delta":{"text":"Hi"}}
///     exception throttlingException {"message":"Too many requests"}
enum GoldenFrames {
  /// The stream that the lines mean.
  static func bytes(_ lines: [UInt8]) throws -> [UInt8] {
    let buffer = ByteBuffer()
    for line in lines.split(separator: UInt8(ascii: "\n")) {
      let words = line.split(separator: UInt8(ascii: " "), maxSplits: 2).map(Array.init)
      guard words.count == 3 else { throw Unreadable(line: String(decoding: line, as: UTF8.self)) }
      let type = String(decoding: words[1], as: UTF8.self)
      switch String(decoding: words[0], as: UTF8.self) {
      case "event": try EventStreamEncoder.append(event: type, json: words[2], to: buffer)
      case "exception": try EventStreamEncoder.append(exception: type, json: words[2], to: buffer)
      default: throw Unreadable(line: String(decoding: line, as: UTF8.self))
      }
    }
    return buffer.copyBytes()
  }

  /// A line that is no message.
  struct Unreadable: Error {
    /// The line.
    let line: String
  }
}

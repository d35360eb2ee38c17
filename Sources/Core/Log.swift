import CPosix
import Dispatch
import Glibc
import Synchronization

/// How much a log line matters.
package enum LogLevel: Int, Comparable, Sendable {
  case debug, info, warning, error

  /// Orders levels by weight.
  package static func < (a: LogLevel, b: LogLevel) -> Bool { a.rawValue < b.rawValue }

  /// The level of that name, or nil.
  package init?(name: String?) {
    switch name {
    case "debug": self = .debug
    case "info": self = .info
    case "warning": self = .warning
    case "error": self = .error
    default: return nil
    }
  }

  /// The word in front of a line.
  package var word: String {
    switch self {
    case .debug: "debug"
    case .info: "info"
    case .warning: "warning"
    case .error: "error"
    }
  }
}

/// Writes log lines to a descriptor from a queue of its own, so that a blocked or full destination never holds up
/// a loop: at most `capacity` lines wait, further ones are counted and dropped, and the count is written when
/// the destination takes lines again. Safe from any thread.
package final class Log: Sendable {
  private struct State {
    var waiting: [String] = []
    var dropped = 0
    var isWriting = false
  }

  /// Lines that may wait for the destination. Unit: lines. A line is at most `lineLimit` bytes, so at most 8 MiB wait.
  package static let capacity = 1024
  /// Longest line. Unit: bytes; what is longer is cut.
  package static let lineLimit = 8192

  private let descriptor: Int32
  private let minimum: LogLevel
  private let state = Mutex(State())
  private let queue = DispatchQueue(label: "patchbay.log")

  /// A log that writes lines of at least `minimum` to `descriptor`, which stays open.
  package init(descriptor: Int32, minimum: LogLevel) {
    self.descriptor = descriptor
    self.minimum = minimum
  }

  /// Whether lines of this level are written; lets a caller skip building an expensive line.
  package func isEnabled(_ level: LogLevel) -> Bool { level >= minimum }

  /// Queues one line `time level message key=value …`, cut at `lineLimit`. Whatever ends a line or steers a terminal is
  /// replaced in it, so that what a caller or a provider sent cannot forge a line.
  package func write(_ level: LogLevel, _ message: @autoclosure () -> String, _ fields: [(String, String)] = []) {
    guard level >= minimum else { return }
    var line = Timestamp.iso8601(milliseconds: WallClock.milliseconds()) + " " + level.word + " " + message()
    for (name, value) in fields {
      let needsQuotes = value.utf8.contains { $0 == 32 || $0 == 34 }
      line += " " + name + "=" + (needsQuotes ? "\"" + value.replacingQuotes() + "\"" : value)
    }
    enqueue(Log.clean(line) + "\n")
  }

  /// Waits until what was queued has been written or `milliseconds` have passed, for the end of the process.
  package func flush(milliseconds: Int) {
    let done = DispatchSemaphore(value: 0)
    queue.async { done.signal() }
    _ = done.wait(timeout: .now() + .milliseconds(milliseconds))
  }

  private func enqueue(_ line: String) {
    let start = state.withLock { state -> Bool in
      guard state.waiting.count < Log.capacity else {
        state.dropped += 1
        return false
      }
      state.waiting.append(line)
      defer { state.isWriting = true }
      return !state.isWriting
    }
    if start { queue.async { self.drain() } }
  }

  private func drain() {
    while true {
      let batch = state.withLock { state -> String? in
        guard !state.waiting.isEmpty || state.dropped > 0 else {
          state.isWriting = false
          return nil
        }
        var text = state.waiting.joined()
        if state.dropped > 0 {
          text += "\(state.dropped) log lines were dropped: the destination was not taking them\n"
        }
        state.waiting.removeAll(keepingCapacity: true)
        state.dropped = 0
        return text
      }
      guard let batch else { return }
      Log.writeAll(batch, to: descriptor)
    }
  }

  private static func writeAll(_ text: String, to descriptor: Int32) {
    var text = text
    text.withUTF8 { bytes in
      var rest = UnsafeRawBufferPointer(bytes)
      while rest.count > 0 {
        let written = Glibc.write(descriptor, rest.baseAddress, rest.count)
        if written > 0 {
          rest = UnsafeRawBufferPointer(rebasing: rest[written...])
        } else if written < 0, pb_errno() == EINTR {
          continue
        } else {
          return
        }
      }
    }
  }

  private static func clean(_ line: String) -> String {
    var scalars = String.UnicodeScalarView()
    var room = lineLimit
    for scalar in line.unicodeScalars {
      let size = UTF8.width(scalar)
      guard size <= room else { break }
      room -= size
      scalars.append(isPlain(scalar.value) ? scalar : "?")
    }
    return String(scalars)
  }

  /// Neither a control character of ASCII or of its eight-bit extension nor a separator of lines or paragraphs.
  private static func isPlain(_ value: UInt32) -> Bool {
    value >= 32 && !(127...159).contains(value) && value != 0x2028 && value != 0x2029
  }
}

extension String {
  fileprivate func replacingQuotes() -> String { String(map { $0 == "\"" ? "'" : $0 }) }
}

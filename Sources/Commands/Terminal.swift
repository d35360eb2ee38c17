import Core
import Glibc

/// Where commands write. Closures, so that tests can listen.
package struct Terminal: Sendable {
  /// What a text is for.
  package enum Stream: Int32, Sendable {
    /// The answer, descriptor 1.
    case output = 1
    /// What goes along with it, descriptor 2.
    case error = 2
  }

  /// What a coloured word means.
  package enum Tone: Sendable {
    case good, doubtful, bad

    fileprivate var code: String {
      switch self {
      case .good: "32"
      case .doubtful: "33"
      case .bad: "31"
      }
    }
  }

  /// Whether the answer may hold colours.
  package let isColoured: Bool
  private let sink: @Sendable (String, Stream) -> Void

  /// A terminal that hands every text to `sink`.
  package init(isColoured: Bool, sink: @escaping @Sendable (String, Stream) -> Void) {
    self.isColoured = isColoured
    self.sink = sink
  }

  /// The process's own output, with colours when it is a terminal and neither `NO_COLOR` is set nor `TERM` is `dumb`.
  /// Writes at once, without a buffer; a reader that has gone away is no error.
  package static func system(environment: [String: String]) -> Terminal {
    let wantsNone = environment["NO_COLOR"].map { !$0.isEmpty } ?? false
    let isColoured = !wantsNone && environment["TERM"] != "dumb" && isatty(Stream.output.rawValue) == 1
    return Terminal(isColoured: isColoured) { text, stream in writeAll(text, to: stream.rawValue) }
  }

  /// Writes a part of the answer.
  package func write(_ text: String) { sink(text, .output) }

  /// Writes a line beside the answer.
  package func note(_ line: String) { sink(line + "\n", .error) }

  /// Writes a text beside the answer as it is.
  package func writeError(_ text: String) { sink(text, .error) }

  /// A text in a colour, where colours are wanted.
  package func coloured(_ text: String, _ tone: Tone) -> String {
    isColoured ? "\u{1B}[\(tone.code)m\(text)\u{1B}[0m" : text
  }

  private static func writeAll(_ text: String, to descriptor: Int32) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, SystemFailure("write").code == EINTR { continue }
      guard count > 0 else { return }
      rest = rest.dropFirst(count)
    }
  }
}

import Core

/// A way to misbehave. The raw value is the word users write; `status=503` gives its value.
package enum Fault: String, CaseIterable, Sendable {
  /// Nothing special; for scripts.
  case ok
  /// Answers an error of this status.
  case status
  /// Sends this `Retry-After`, whatever it is, with an error.
  case retryAfter = "retry-after"
  /// Sends a `Retry-After` with an error that is the date of so many seconds from now.
  case retryAfterDate = "retry-after-date"
  /// What else is named happens to the first so many requests for this model only.
  case first
  /// So many requests for this model fail with 503 or the status named, then so many succeed, and so on.
  case flap
  /// Never answers.
  case hang
  /// Closes the connection after so many stream events; a plain answer in the middle of its body.
  case cut
  /// Closes the connection after so many bytes of the body.
  case cutBytes = "cut-bytes"
  /// Falls silent after so many events; a plain answer in the middle of its body.
  case stall
  /// Resets the connection after so many events, with 0 before anything of the answer; a plain answer in the middle of its
  /// body.
  case reset
  /// Breaks the JSON of the event of this number (from 1), or of the plain answer.
  case malformed
  /// After so many events sends an error as an event and ends.
  case errorEvent = "error-event"
  /// Leaves `[DONE]` out.
  case noDone = "no-done"
  /// Leaves the usage out.
  case noUsage = "no-usage"
  /// Ends cleanly behind the last token, without finish reason, usage and `[DONE]`; a plain answer has no finish reason.
  case noFinish = "no-finish"
  /// Sends the body one byte per 100 ms.
  case slowLoris = "slow-loris"
  /// Announces a Content-Length that is off by so many bytes.
  case wrongLength = "wrong-length"
  /// Answers 200 with a web page.
  case html
  /// Answers 200 with nothing.
  case empty
  /// Answers 200 with an error as JSON.
  case error200 = "error-200"
  /// Answers bytes that are not HTTP.
  case garbage
  /// Length of the answer in tokens.
  case tokens
  /// Time to the first token in milliseconds.
  case ttft
  /// Tokens per second; 0: as fast as possible.
  case tps
  /// Sends the usage so far with every event.
  case usageInChunks = "usage-in-chunks"
  /// Ends lines of the stream with CR LF.
  case crlf
  /// Sends comment lines between events.
  case comments
  /// Compresses the answer, asked or not.
  case gzip
  /// Answers 302.
  case redirect
  /// Sends 20,000 header fields.
  case headerFlood = "header-flood"
  /// Sends every byte of the body by itself.
  case split
  /// Makes one token of the answer so many bytes long.
  case giantEvent = "giant-event"
  /// Refuses the content: 403 with `metadata.reasons`.
  case moderation
  /// Refuses the length: 400 `context_length_exceeded`.
  case contextLength = "context-length"
  /// Refuses the key: 401.
  case credentials
  /// Refuses a request whose last message is the assistant's: 400.
  case noPrefill = "no-prefill"
  /// Answers from the beginning when the last message is the assistant's, in place of going on behind it.
  case ignorePrefill = "ignore-prefill"
  /// Ends the answer in its middle because of its content, with the format's own reason.
  case filtered
  /// Gives reasoning that only the provider can read, where the format has such.
  case redactedThinking = "redacted-thinking"
  /// Reads a chat request in OpenAI's format as strictly as OpenAI itself.
  case strict
  /// Makes the checksum of the event of this number (from 1) wrong, in formats with checksums.
  case badChecksum = "bad-checksum"

  /// The number that the word alone stands for, and the range of its values; nil for words that take no number.
  var number: (standard: Int?, range: ClosedRange<Int>)? {
    switch self {
    case .status: (nil, 200...599)
    case .retryAfterDate: (nil, -1_000_000...10_000_000)
    case .first: (1, 0...1_000_000)
    case .flap: (1, 1...1_000_000)
    case .cut, .stall, .reset, .errorEvent: (1, 0...1_000_000)
    case .malformed, .badChecksum: (1, 1...1_000_000)
    case .cutBytes: (nil, 0...1_000_000_000)
    case .wrongLength: (1, -1_000_000...1_000_000)
    case .tokens: (nil, 0...10_000_000)
    case .ttft: (nil, 0...3_600_000)
    case .tps: (nil, 0...1_000_000)
    case .giantEvent: (1 << 20, 1...1_000_000_000)
    default: nil
    }
  }
}

/// The faults of one request, such as `status=429,retry-after=7`.
package struct FaultList: Sendable, Equatable {
  private var numbers: [Fault: Int] = [:]
  private var present: Set<Fault> = []
  /// The value of `retry-after`.
  private(set) var retryAfter: String?

  /// No faults.
  package init() {}

  /// Reads a list with commas between its words. Throws a 400 that names the word and the nearest known one.
  package init(_ text: String) throws(GatewayError) {
    for word in text.split(separator: ",") { try add(String(word.drop { $0 == " " })) }
  }

  /// Whether the list holds the fault.
  package func has(_ fault: Fault) -> Bool { present.contains(fault) }

  /// The number of a fault; nil when the list does not hold it.
  package func number(_ fault: Fault) -> Int? { numbers[fault] }

  /// Adds the faults of another list; its numbers win.
  mutating func merge(_ other: FaultList) {
    present.formUnion(other.present)
    numbers.merge(other.numbers) { $1 }
    retryAfter = other.retryAfter ?? retryAfter
  }

  /// Takes a fault out.
  mutating func remove(_ fault: Fault) {
    present.remove(fault)
    numbers[fault] = nil
  }

  /// Adds one fault with its number.
  mutating func set(_ fault: Fault, _ number: Int) {
    present.insert(fault)
    numbers[fault] = number
  }

  private mutating func add(_ word: String) throws(GatewayError) {
    let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let value = parts.count > 1 ? parts[1] : nil
    guard let fault = Fault(rawValue: parts[0]) else {
      let near = NearestName.find(parts[0], among: Fault.allCases.map(\.rawValue))
      throw .caller(
        .invalidRequest,
        "The simulator knows no fault '\(parts[0].prefix(60))'"
          + (near.map { "; did you mean '\($0)'?" }
            ?? "; it knows \(Fault.allCases.map(\.rawValue).joined(separator: ", "))."))
    }
    present.insert(fault)
    if fault == .retryAfter { return retryAfter = try FaultList.headerValue(value) }
    guard let (standard, range) = fault.number else {
      if value == nil { return }
      throw .caller(.invalidRequest, "The fault '\(fault.rawValue)' takes no value.")
    }
    guard let number = value.map({ Int($0) }) ?? standard, range.contains(number) else {
      throw .caller(
        .invalidRequest,
        "The fault '\(fault.rawValue)' needs a number from \(range.lowerBound) to \(range.upperBound), "
          + "such as \(fault.rawValue)=\(standard ?? range.lowerBound).")
    }
    numbers[fault] = number
  }

  private static func headerValue(_ value: String?) throws(GatewayError) -> String {
    guard let value, value.utf8.allSatisfy({ $0 >= 32 && $0 != 127 }) else {
      throw .caller(.invalidRequest, "The fault 'retry-after' needs a value, such as retry-after=7.")
    }
    return value
  }
}

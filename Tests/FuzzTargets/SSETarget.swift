import HTTPWire

extension FuzzTarget {
  /// Server-sent events: the same events whole, in pieces, and by a plain reading of the standard.
  static let sse = FuzzTarget(
    name: "sse", seeds: { CutInput.seeds(EventSeeds.all) },
    check: { input in
      guard let input = CutInput(input) else { return nil }
      for limit in [32, 1 << 20] {
        let whole = EventOutcome([input.bytes[...]], limit: limit)
        let cut = EventOutcome(input.pieces, limit: limit)
        if whole != cut { return "limit \(limit), whole: \(whole), in pieces: \(cut)" }
        if limit > input.bytes.count, whole.events != PlainEvents.read(input.bytes) {
          return "parser: \(whole.events), plain reader: \(PlainEvents.read(input.bytes))"
        }
      }
      return nil
    })
}

/// One event, copied.
struct CopiedEvent: Equatable {
  /// Its data.
  var data: [UInt8]
  /// Its name.
  var name: [UInt8]?
}

/// What the parser made of some bytes.
private struct EventOutcome: Equatable {
  var events: [CopiedEvent] = []
  var failed = false
  var hasPartialEvent = false
  var comments = 0

  init(_ pieces: [ArraySlice<UInt8>], limit: Int) {
    let parser = SSEParser(eventBytes: limit)
    for piece in pieces where !failed {
      do {
        try piece.withUnsafeBytes {
          try parser.feed($0) { events.append(CopiedEvent(data: Array($0.data), name: $0.event.map { Array($0) })) }
        }
      } catch {
        failed = true
      }
    }
    if failed { return }
    comments = parser.comments
    hasPartialEvent = parser.hasPartialEvent
    try? parser.finish()
  }
}

/// Events read line by line as the standard is written, without any thought of speed or pieces.
enum PlainEvents {
  /// The complete events in `bytes`.
  static func read(_ bytes: [UInt8]) -> [CopiedEvent] {
    var events: [CopiedEvent] = []
    var data: [UInt8]?
    var name: [UInt8] = []
    for (index, line) in lines(bytes).enumerated() {
      let line = index == 0 && line.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(line.dropFirst(3)) : line
      if line.isEmpty {
        if let data { events.append(CopiedEvent(data: data, name: name.isEmpty ? nil : name)) }
        data = nil
        name = []
        continue
      }
      let colon = line.firstIndex(of: 58) ?? line.count
      var value = Array(line.dropFirst(colon + 1))
      if value.first == 32 { value.removeFirst() }
      if line[..<colon].elementsEqual("data".utf8) {
        data = data.map { $0 + [10] + value } ?? value
      } else if line[..<colon].elementsEqual("event".utf8) {
        name = value
      }
    }
    return events
  }

  private static func lines(_ bytes: [UInt8]) -> [[UInt8]] {
    var lines: [[UInt8]] = []
    var line: [UInt8] = []
    var afterReturn = false
    for byte in bytes {
      if byte == 10, afterReturn {
        afterReturn = false
        continue
      }
      afterReturn = byte == 13
      if byte == 10 || byte == 13 {
        lines.append(line)
        line = []
      } else {
        line.append(byte)
      }
    }
    return lines
  }
}

/// Streams to begin with.
enum EventSeeds {
  /// All of them.
  static let all: [[UInt8]] = [
    "data: a\n\n", "data:a\r\n\r\n", "data: a\rdata: b\r\r", ": comment\n\ndata\n\n", "event: x\ndata: a\nid: 1\n\n",
    "\u{FEFF}data: a\n\n", "data: {\"a\":\ndata: 1}\n\n", "retry: 5\nevent:\nevent: y\ndata: \u{6F22}\n\n",
    "data: a", "data: a\n", ":\n:\n\n\ndata:  two blanks\n\n", "datax: a\n\nDATA: b\n\n",
    #"data: {"id":"x","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"Hi"},"finish_reason":null}]}"#
      + "\n\n"
      + #"data: {"id":"x","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":null}"# + "\n\n"
      + #"data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"cost":0.1}}"# + "\n\ndata: [DONE]\n\n",
    #"data: {"error":{"message":"overloaded","code":503}}"# + "\n\n",
    #"data: {"usage":{},"choices":[{"text":"a"}],"provider":"p","usage":{}}"# + "\r\n\r\n",
    #"event: error"# + "\n" + #"data: {"choices":[{"index":1,"message":{"content":"a"},"error":{}}]}"# + "\n\n",
    #"data: {"\u0075sage":{"prompt_tokens":1e99},"\u0069d":1,"choices":[]}"# + "\n\n",
  ].map { Array($0.utf8) }
}

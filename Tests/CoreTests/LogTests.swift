import Core
import Foundation
import Testing

@Suite("The log")
struct LogTests {
  /// What a log writes into a pipe while `body` uses it.
  private func written(minimum: LogLevel = .debug, _ body: (Log) -> Void) throws -> String {
    let pipe = Pipe()
    let log = Log(descriptor: pipe.fileHandleForWriting.fileDescriptor, minimum: minimum)
    body(log)
    log.flush(milliseconds: 30_000)
    try pipe.fileHandleForWriting.close()
    return String(decoding: try #require(try pipe.fileHandleForReading.readToEnd()), as: UTF8.self)
  }

  @Test("a line has its time, its level, its message and its fields")
  func line() throws {
    let text = try written { $0.write(.warning, "it happened", [("count", "3"), ("words", "one two")]) }
    let parts = text.split(separator: " ", maxSplits: 1)
    #expect(parts.first?.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/) != nil)
    #expect(parts.last == "warning it happened count=3 words=\"one two\"\n")
  }

  @Test(
    "nothing that was sent can begin a line or steer a terminal",
    arguments: ["\n", "\r\n", "\u{0}", "\u{1b}[2J", "\u{7f}", "\u{85}", "\u{9b}2J", "\u{2028}", "\u{2029}"])
  func forging(_ sent: String) throws {
    let text = try written {
      $0.write(.info, "message\(sent)forged", [("field", "value\(sent)forged")])
      $0.write(.info, "next")
    }
    #expect(text.filter { $0 == "\n" }.count == 2)
    #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || ($0.value >= 32 && $0.value < 127) })
    #expect(text.contains("message?") && text.contains("value?"))
  }

  @Test("a field cannot pass for two")
  func quotes() throws {
    let text = try written { $0.write(.info, "m", [("key", #"a" outcome="complete"#)]) }
    #expect(text.hasSuffix(#"m key="a' outcome='complete""# + "\n"))
  }

  @Test("a long line is cut, between characters")
  func length() throws {
    let text = try written { $0.write(.info, "m", [("a", String(repeating: "漢", count: 5000)), ("b", "x")]) }
    #expect(text.utf8.count <= Log.lineLimit + 1)
    #expect(text.utf8.count > Log.lineLimit - 3)
    #expect(!text.contains("\u{fffd}"))
  }

  @Test("lines below the level are not written, nor built")
  func level() throws {
    var isBuilt = false
    func build() -> String {
      isBuilt = true
      return "quiet"
    }
    let text = try written(minimum: .warning) {
      $0.write(.info, build())
      $0.write(.error, "loud")
    }
    #expect(text.hasSuffix("error loud\n") && !text.contains("quiet") && !isBuilt)
  }

  @Test("a destination that takes nothing holds nobody up, and the lost lines are counted")
  func blocked() throws {
    let pipe = Pipe()
    let log = Log(descriptor: pipe.fileHandleForWriting.fileDescriptor, minimum: .debug)
    let count = Log.capacity * 3
    for number in 0..<count { log.write(.info, "\(number) " + String(repeating: "x", count: 200)) }
    // Everything was queued without waiting for a reader; now there is one.
    let reading = Thread {
      log.flush(milliseconds: 30_000)
      try? pipe.fileHandleForWriting.close()
    }
    reading.start()
    let text = String(decoding: try #require(try pipe.fileHandleForReading.readToEnd()), as: UTF8.self)
    let lines = text.split(separator: "\n")
    let lost = lines.compactMap { $0.firstMatch(of: /^(\d+) log lines were dropped/).flatMap { Int($0.1) } }.reduce(
      0, +)
    let kept = lines.filter { $0.contains(" info ") }.count
    #expect(lost > 0)
    #expect(kept + lost == count)
  }
}

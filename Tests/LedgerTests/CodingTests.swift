import Core
import Ledger
import Testing

@Suite("Records as bytes")
struct CodingTests {
  private func bytes(_ write: (RecordBuffer) -> Void) -> [UInt8] {
    let buffer = RecordBuffer(capacity: 16)
    write(buffer)
    return Array(buffer.bytes)
  }

  private func opening(_ bytes: [UInt8]) throws -> Opening {
    try bytes.withUnsafeBytes { bytes in
      var reader = RecordReader(bytes)
      let opening = try Opening(&reader)
      #expect(reader.remaining == 0)
      return opening
    }
  }

  private func ending(_ bytes: [UInt8]) throws -> Ending {
    try bytes.withUnsafeBytes { bytes in
      var reader = RecordReader(bytes)
      let ending = try Ending(&reader)
      #expect(reader.remaining == 0)
      return ending
    }
  }

  @Test("A record comes back as it was written, with everything and with nothing in it")
  func roundTrip() throws {
    let openings = [Records.opening(), Opening(id: "gen-2", createdAt: -1, requestedModel: "")]
    for value in openings { #expect(try opening(bytes(value.write(to:))) == value) }
    for outcome in Outcome.allCases {
      let value = Records.ending(outcome)
      #expect(try ending(bytes(value.write(to:))) == value)
    }
    #expect(try ending(bytes(Ending(outcome: .failed).write(to:))) == Ending(outcome: .failed))
  }

  @Test("A draft is written as the ending that it stands for")
  func drafts() throws {
    for whole in [Records.ending(), Records.longestEnding, Ending(outcome: .failed, status: 502)] {
      func facts(_ provider: String, _ endpoint: String, _ model: String) -> EndpointFacts {
        EndpointFacts(
          Ending.Served(model: model, provider: provider, providerName: provider, endpoint: endpoint), prices: nil)
      }
      let draft = EndingDraft(
        outcome: whole.outcome, status: whole.status,
        served: whole.served.map { EndpointFacts($0, prices: whole.prices) }, upstreamID: whole.served?.upstreamID,
        attempts: whole.attempts.map {
          AttemptNote(
            facts($0.provider, $0.endpoint, $0.model), result: $0.result, status: $0.status,
            startMilliseconds: $0.startMilliseconds, milliseconds: $0.milliseconds)
        }, usage: whole.usage, usageSource: whole.usageSource, cost: whole.cost, upstreamCost: whole.upstreamCost,
        firstTokenMilliseconds: whole.firstTokenMilliseconds, generationMilliseconds: whole.generationMilliseconds,
        totalMilliseconds: whole.totalMilliseconds, finishReason: whole.finishReason,
        nativeFinishReason: whole.nativeFinishReason, serviceTier: whole.serviceTier, dropped: whole.dropped)
      let buffer = RecordBuffer()
      draft.write(to: buffer)
      #expect(Array(buffer.bytes) == bytes(whole.write(to:)))
    }
  }

  @Test("Every number comes back", arguments: [0, 1, -1, 63, 64, -64, -65, .max, .min, 1 << 40] as [Int64])
  func numbers(_ value: Int64) throws {
    let read = try bytes { $0.number(value) }.withUnsafeBytes { bytes in
      var reader = RecordReader(bytes)
      return try reader.number()
    }
    #expect(read == value)
  }

  @Test("The longest ending fits into the space that a journal sets aside")
  func longest() throws {
    let written = bytes(Records.longestEnding.write(to:))
    #expect(written.count + RecordLimits.name + 2 <= RecordLimits.ending)
    #expect(try ending(written).attempts.count == RecordLimits.attempts)
  }

  @Test("What callers write is cut between characters, and a decision that is too long is left out")
  func cuts() throws {
    var value = Records.opening()
    value.user = String(repeating: "€", count: 200)
    value.decision = Array(repeating: 32, count: RecordLimits.decision + 1)
    let read = try opening(bytes(value.write(to:)))
    #expect(read.user == String(repeating: "€", count: RecordLimits.caller / 3))
    #expect(read.decision.isEmpty)
  }

  @Test("Bytes that are cut short anywhere are refused, never read beyond")
  func refuses() {
    let whole = bytes(Records.ending().write(to:))
    for count in 0..<whole.count {
      #expect(throws: RecordDamage.self) { try ending(Array(whole.prefix(count))) }
    }
  }

  @Test("What a cache saved is the difference to the price of the prompt")
  func cacheDiscount() {
    var record = GenerationRecord(opening: Records.opening(), ending: Records.ending())
    record.ending.prices = PriceList(
      prompt: Money(units: 100), completion: .zero, cacheRead: Money(units: 10), cacheWrite: Money(units: 125))
    record.ending.usage = Usage(promptTokens: 100, completionTokens: 0, cachedTokens: 40)
    #expect(record.cacheDiscount?.units == 3600)
    record.ending.usage = Usage(promptTokens: 100, completionTokens: 0, cacheWriteTokens: 40)
    #expect(record.cacheDiscount?.units == -1000)
    record.ending.usage = Usage(promptTokens: 100, completionTokens: 0)
    #expect(record.cacheDiscount == nil)
  }

  @Test("A request whose end is unknown costs what its opening says, marked as an estimate")
  func unknown() {
    let record = GenerationRecord(unknown: Records.opening())
    #expect(record.ending.outcome == .unknown)
    #expect(record.ending.usageSource == .estimated)
    #expect(record.ending.cost == Records.opening().costIfUnknown)
    #expect(record.ending.usage.promptTokens == 1200)
  }
}

@Suite("UTC days")
struct UTCDayTests {
  @Test(
    "A day has its text, its Monday and its month",
    arguments: [
      ("1970-01-01", "1969-12-29", "1970-01-01", "1970-02-01"),
      ("2026-11-20", "2026-11-16", "2026-11-01", "2026-12-01"),
      ("2026-11-22", "2026-11-16", "2026-11-01", "2026-12-01"),
      ("2026-11-23", "2026-11-23", "2026-11-01", "2026-12-01"),
      ("2024-02-29", "2024-02-26", "2024-02-01", "2024-03-01"),
      ("2027-01-31", "2027-01-25", "2027-01-01", "2027-02-01"),
    ])
  func calendar(day: String, monday: String, first: String, next: String) throws {
    let number = try #require(UTCDay.parse(day))
    #expect(UTCDay.text(number) == day)
    #expect(UTCDay.text(UTCDay.monday(of: number)) == monday)
    #expect(UTCDay.text(UTCDay.firstOfMonth(of: number)) == first)
    #expect(UTCDay.text(UTCDay.firstOfNextMonth(of: number)) == next)
  }

  @Test(
    "Midnight begins a day",
    arguments: [(1_795_132_800, 0), (1_795_132_799, -1), (1_795_219_199, 0)] as [(Int64, Int64)])
  func midnight(second: Int64, days: Int64) throws {
    let day = try #require(UTCDay.parse("2026-11-20"))
    #expect(UTCDay.of(seconds: second) == day + days)
    #expect(UTCDay.of(milliseconds: second * 1000 + 999) == day + days)
  }

  @Test(
    "What is no day is refused", arguments: ["", "2026-02-30", "2026-13-01", "2026-1-1", "20261120--", "1969-12-31"])
  func refuses(_ text: String) { #expect(UTCDay.parse(text) == nil) }
}

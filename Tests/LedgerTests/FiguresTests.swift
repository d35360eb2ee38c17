import Core
import TestSupport
import Testing

@testable import Ledger

@Suite("What folding reads of records")
struct FiguresTests {
  private func bytes(_ write: (RecordBuffer) -> Void) -> [UInt8] {
    let buffer = RecordBuffer(capacity: 16)
    write(buffer)
    return Array(buffer.bytes)
  }

  private func text(_ span: RecordSpan, _ record: UnsafeRawBufferPointer) -> String {
    String(decoding: RecordSegment.text(span.bytes(in: record)), as: UTF8.self)
  }

  private static let openings = [
    Records.opening(), Opening(id: "", createdAt: -1, requestedModel: ""),
    Opening(
      id: "gen-2", createdAt: .max, keyID: .min, workspace: "ü", isFree: true, requestedModel: "m",
      router: "openrouter/auto", preset: "p", hold: Money(units: .min), decision: Array(repeating: 7, count: 9000)),
  ]

  @Test("They are what the whole opening says", arguments: openings)
  func opening(_ value: Opening) throws {
    try bytes(value.write(to:)).withUnsafeBytes { bytes in
      let figures = try #require(OpeningFigures(bytes))
      #expect(text(figures.id, bytes) == value.id)
      #expect(text(figures.workspace, bytes) == value.workspace)
      #expect(text(figures.model, bytes) == value.requestedModel)
      #expect(figures.createdAt == value.createdAt)
      #expect(figures.keyID == value.keyID)
      #expect(figures.isFree == value.isFree)
      #expect(figures.hold == value.hold)
    }
  }

  @Test(
    "They are what the whole ending says",
    arguments: [Records.ending(), Records.longestEnding, Ending(outcome: .failed, usageSource: .estimated)])
  func ending(_ value: Ending) throws {
    try bytes(value.write(to:)).withUnsafeBytes { bytes in
      let figures = try #require(EndingFigures(bytes))
      #expect(figures.outcome == value.outcome)
      #expect(figures.usage == value.usage)
      #expect(figures.usageSource == value.usageSource)
      #expect(figures.cost == value.cost)
      guard let served = value.served else { return #expect(figures.served == nil) }
      var reader = RecordReader(try #require(figures.served).bytes(in: bytes))
      for text in [served.model, served.provider, served.providerName, served.endpoint] {
        #expect(try reader.text() == String(text.prefix(RecordLimits.name)))
      }
      #expect(try reader.textIfAny() == served.region.map { String($0.prefix(RecordLimits.attempt)) })
      #expect(reader.remaining == 0)
    }
  }

  @Test("Bytes that are no record have none: whatever is cut off or changed, both readers agree")
  func damage() {
    let opening = bytes(Records.opening().write(to:))
    let ending = bytes(Records.ending().write(to:))
    var generator = SplitMix(state: 21)
    for (whole, isOpening) in [(opening, true), (ending, false)] {
      let cut = (0..<whole.count).map { Array(whole.prefix($0)) }
      let changed = (0..<2000).map { _ in
        var bytes = whole
        bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
        return bytes
      }
      for bytes in cut + changed {
        bytes.withUnsafeBytes { bytes in
          var reader = RecordReader(bytes)
          if isOpening {
            #expect((OpeningFigures(bytes) == nil) == ((try? Opening(&reader)) == nil))
          } else {
            #expect((EndingFigures(bytes) == nil) == ((try? Ending(&reader)) == nil))
          }
        }
      }
    }
  }

  @Test(
    "Every number is read alike, whatever stands behind it",
    arguments: [0, 1, -1, 63, 64, -64, -65, 8191, 8192, 1 << 27, 1 << 34, 1 << 48, -(1 << 55), .max, .min, 1 << 40]
      as [Int64])
  func numbers(_ value: Int64) {
    for behind in [[], [0xFF], Array(repeating: 0xFF, count: 20), Array(repeating: 0, count: 20)] as [[UInt8]] {
      (bytes { $0.number(value) } + behind).withUnsafeBytes { bytes in
        var scanner = FieldScanner(bytes)
        #expect(scanner.number() == value)
        #expect(scanner.isSound)
        #expect(scanner.position == bytes.count - behind.count)
      }
    }
  }

  @Test("A number that does not end, or has more than 64 bits, is none")
  func refusesNumbers() {
    for bytes in [[], [0x80], Array(repeating: 0x80, count: 9), Array(repeating: 0xFF, count: 20)] as [[UInt8]] {
      bytes.withUnsafeBytes { bytes in
        var scanner = FieldScanner(bytes)
        _ = scanner.number()
        #expect(!scanner.isSound)
      }
    }
  }

  @Test("A checksum is that of the polynomial, for every length and in pieces")
  func checksum() {
    func reference(_ bytes: [UInt8]) -> UInt32 {
      ~bytes.reduce(~UInt32(0)) { sum, byte in
        (0..<8).reduce(sum ^ UInt32(byte)) { sum, _ in sum >> 1 ^ (sum & 1 == 1 ? 0xEDB8_8320 : 0) }
      }
    }
    let bytes = (0..<400).map { UInt8(truncatingIfNeeded: $0 &* 131 &+ $0 / 7) }
    #expect(Array("123456789".utf8).withUnsafeBytes { Checksum.crc32($0) } == 0xCBF4_3926)
    for count in 0...bytes.count {
      let expected = reference(Array(bytes.prefix(count)))
      bytes.withUnsafeBytes { bytes in
        let part = UnsafeRawBufferPointer(rebasing: bytes[..<count])
        #expect(Checksum.crc32(part) == expected)
        let middle = count * 2 / 3
        let head = Checksum.crc32(UnsafeRawBufferPointer(rebasing: part[..<middle]))
        #expect(Checksum.crc32(UnsafeRawBufferPointer(rebasing: part[middle...]), after: head) == expected)
      }
    }
  }

  @Test("Ids that are made later have a higher number, and one with the same number is another id")
  func order() {
    #expect(RecordID.order("gen-aaaaabzz") < RecordID.order("gen-aaaaacaa"))
    #expect(RecordID.order("gen-aaaaazaa") < RecordID.order("gen-aaaaa2aa"))
    #expect(RecordID.order("gen-abcdefghX") == RecordID.order("gen-abcdefghY"))
    for short in ["", "g", "gen-", "gen-a"] { #expect(RecordID.order(short) >= 0) }
    #expect(RecordID.tail("gen-1") != RecordID.tail("gen-2"))
  }
}

@Suite("Open requests while folding")
struct OpeningTableTests {
  private func insert(_ id: String, into table: OpeningTable, decision: Int = 0, at place: OpeningTable.Place?) -> Bool
  {
    let buffer = RecordBuffer()
    var opening = Records.opening(id)
    opening.decision = Array(repeating: 1, count: decision)
    opening.write(to: buffer)
    guard let figures = OpeningFigures(buffer.bytes) else { return false }
    return table.insert(buffer.bytes, figures, at: place)
  }

  private func find(_ id: String, in table: OpeningTable) -> Int? {
    var id = id
    return id.withUTF8 { table.find(UnsafeRawBufferPointer($0)) }
  }

  private func opening(_ index: Int, in table: OpeningTable) throws -> Opening {
    var reader = RecordReader(table.opening(index))
    return try Opening(&reader)
  }

  private static let place = OpeningTable.Place(loop: 0, number: 1, offset: 0)

  @Test("Requests are told apart by their ids, even if all their hashes are the same")
  func collides() throws {
    for hash in [{ _ in 7 }, RecordID.hash, { UInt64($0.count) << 60 }] as [(UnsafeRawBufferPointer) -> UInt64] {
      let table = OpeningTable(hash: hash)
      let ids = (0..<300).map { "gen-\($0)" }
      for id in ids { #expect(insert(id, into: table, at: OpeningTableTests.place)) }
      #expect(!insert("gen-5", into: table, at: OpeningTableTests.place), "one of a name")
      #expect(find("gen-x", in: table) == nil)
      // From the middle of the chains outwards.
      let order = ids.indices.sorted { ($0 * 37) % 300 < ($1 * 37) % 300 }
      for (done, index) in order.enumerated() {
        let found = try #require(find(ids[index], in: table))
        #expect(try opening(found, in: table).id == ids[index])
        table.remove(found)
        #expect(find(ids[index], in: table) == nil)
        #expect(table.count == 300 - done - 1)
      }
    }
  }

  @Test("Long-lived requests keep their bytes while thousands come and go, and the memory stays small")
  func compacts() throws {
    let table = OpeningTable()
    let long = (0..<20).map { "gen-long-\($0)" }
    for id in long { #expect(insert(id, into: table, decision: 500, at: OpeningTableTests.place)) }
    for round in 0..<5000 {
      #expect(insert("gen-\(round)", into: table, decision: 500, at: OpeningTableTests.place))
      table.remove(try #require(find("gen-\(round)", in: table)))
    }
    for id in long {
      let value = try opening(try #require(find(id, in: table)), in: table)
      #expect(value.id == id)
      #expect(value.decision == Array(repeating: 1, count: 500))
    }
    #expect(table.memory < 512 * 1024)
  }

  @Test("Those whose file is done are for the store to keep, once")
  func leavesBehind() throws {
    let table = OpeningTable()
    for number in 1...4 {
      let place = OpeningTable.Place(loop: number % 2, number: Int64(number), offset: Int64(number * 100))
      #expect(insert("gen-\(number)", into: table, at: place))
    }
    #expect(insert("gen-stored", into: table, at: nil))
    let read = [0: JournalPosition(number: 4, offset: 1), 1: JournalPosition(number: 2, offset: 1)]
    #expect(Set(table.leftBehind(read).map(table.id)) == ["gen-1", "gen-2"])
    #expect(table.leftBehind(read).isEmpty)
    #expect(
      table.positions() == [
        0: [JournalPosition(number: 4, offset: 400)], 1: [JournalPosition(number: 3, offset: 300)],
      ])
    #expect(table.isStored(try #require(find("gen-1", in: table))))
    #expect(!table.isStored(try #require(find("gen-3", in: table))))
  }
}

@Suite("Records as a store keeps them")
struct RecordSegmentTests {
  @Test("They come back one by one; bytes that are cut short or changed in their heads end the reading")
  func iterates() throws {
    let batch = FoldBatch(run: "r")
    let buffer = RecordBuffer()
    let ending = RecordBuffer()
    Records.ending().write(to: ending)
    for index in 0..<3 {
      buffer.truncate(0)
      Records.opening("gen-\(index)", at: Int64(index)).write(to: buffer)
      try batch.add(opening: buffer.bytes, ending: ending.bytes)
    }
    #expect(batch.records.count == 3)
    #expect(batch.records.earliest == 0)
    #expect(batch.records.latest == 2)
    #expect(batch.sums.map(\.requests) == [3])
    var records = RecordIterator(batch.records.bytes)
    for index in 0..<3 {
      let record = try #require(try records.next())
      #expect(
        try record.value()
          == GenerationRecord(opening: Records.opening("gen-\(index)", at: Int64(index)), ending: Records.ending()))
    }
    #expect(try records.next() == nil)
    let whole = Array(batch.records.bytes)
    let length = whole.count / 3
    for count in 1..<whole.count where count % length != 0 {
      try Array(whole.prefix(count)).withUnsafeBytes { bytes in
        var records = RecordIterator(bytes)
        for _ in 0..<(count / length) { _ = try #require(try records.next()) }
        #expect(throws: RecordDamage.self) { _ = try records.next() }
      }
    }
    var changed = whole
    changed[8] = 200
    changed.withUnsafeBytes { bytes in
      var records = RecordIterator(bytes)
      #expect(throws: RecordDamage.self) { _ = try records.next() }
    }
    #expect(throws: RecordDamage.self) { try batch.add(opening: ending.bytes, ending: buffer.bytes) }
  }

  @Test("Sums are kept apart by day, key, workspace and destination, for any number of them")
  func sums() throws {
    let batch = FoldBatch(run: "r")
    let opening = RecordBuffer()
    let ending = RecordBuffer()
    for index in 0..<1200 {
      opening.truncate(0)
      ending.truncate(0)
      var first = Records.opening("gen-\(index)", at: Int64(index % 2) * 86_400_000, key: Int64(index % 3))
      first.workspace = "w\(index % 5)"
      first.write(to: opening)
      var second = Records.ending(cost: 10)
      second.served =
        index % 8 == 7
        ? nil
        : Ending.Served(
          model: "m\(index % 4)", provider: "p", providerName: "P", endpoint: "e", region: index % 8 < 4 ? nil : "eu")
      second.usageSource = index % 10 == 0 ? .estimated : .reported
      second.write(to: ending)
      try batch.add(opening: opening.bytes, ending: ending.bytes)
    }
    let rows = batch.sums
    func key(_ row: UsageRow) -> [String] {
      [
        "\(row.day ?? -1)", "\(row.key ?? -1)", row.workspace ?? "", row.model ?? "", row.provider ?? "",
        row.region ?? "",
      ]
    }
    #expect(Set(rows.map(key)).count == rows.count)
    #expect(rows.count == 120, "every combination that 1200 records make")
    #expect(rows.allSatisfy { $0.requests == 10 && $0.cost.units == 100 && $0.promptTokens == 1000 })
    #expect(rows.map(\.estimated).reduce(0, +) == 120)
    #expect(rows.filter { $0.provider == "" }.allSatisfy { $0.model == "openai/gpt-4o" && $0.region == "" })
  }
}
